"""The command ``conform``: its arguments, and what it returns to the shell. What it needs is imported when it runs."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fake_tuning.doors.conform.report import Report

_DESCRIPTION = """\
Hold recorded answers of the real SageMaker against those of fake_tuning, member by member. DIR and the
folders in it are searched for .json, .yaml and .yml files: single answers (as the AWS CLI or an SDK gives
them), files of placebo, and cassettes of VCR (YAML needs PyYAML). Nothing is sent anywhere.
"""

_EPILOG = """\
Each description of a job is read back into a job, which must describe itself as recorded; and the job is
created anew, brought to the same status, and compared by its members, their types and its defaults. Entries
of lists and tags are compared with those of jobs like them. Requests that AWS accepted must be accepted, and
others refused with the same code and text.

The report can be sent in. It has the names of the files in DIR, the members that differ and, of those whose
reason is not known, both values, cut off after 300 characters. Every number of twelve digits is replaced by
111122223333. Look through it before you send it: names of jobs, buckets, roles and hyperparameters stay where
a value that differs has them.

Exit status: 0 if every difference is known, 1 if one is not or a file cannot be read, 2 if there is nothing
to compare, or the arguments are wrong.
"""


def add_to(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command to those of ``python -m fake_tuning``."""
    parser = commands.add_parser(
        "conform",
        help="hold recorded answers of the real service against those of the fake",
        description=_DESCRIPTION,
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("folder", metavar="DIR", help="the folder that has the recorded answers")
    parser.add_argument(
        "--report",
        metavar="FILE",
        type=Path,
        help="also write a report that can be sent in: Markdown (.md) or JSON (.json)",
    )
    parser.set_defaults(run=lambda options: _run(parser, Path(options.folder), options.report))


def _run(parser: argparse.ArgumentParser, folder: Path, file: Path | None) -> int:
    """Compare, print and write the report, and return the exit status."""
    from fake_tuning.doors.conform.folder import ENDINGS, read_folder
    from fake_tuning.doors.conform.report import Report, as_json, as_markdown, as_text
    from fake_tuning.doors.conform.verdicts import verdicts

    forms: Mapping[str, Callable[[Report], str]] = {".md": as_markdown, ".json": as_json}
    if file is not None and file.suffix not in forms:
        parser.error(f"a report is Markdown (.md) or JSON (.json), but --report names {str(file)!r}")
    if not folder.is_dir():
        _refuse_folder(parser, folder)
    found = read_folder(folder)
    if not found.files:
        parser.error(f"there are no {', '.join(ENDINGS[:-1])} or {ENDINGS[-1]} files in {str(folder)!r}")
    report = Report(found, list(verdicts(found.exchanges)))
    _print(as_text(report))
    if file is not None:
        try:
            file.write_text(forms[file.suffix](report), encoding="utf-8")
        except OSError as error:
            parser.error(f"the report cannot be written to {str(file)!r}: {error.strerror}")
    if not report.compared and not found.broken:
        parser.error(f"no file in {str(folder)!r} has an answer that can be compared")
    return 0 if report.is_clean else 1


def _refuse_folder(parser: argparse.ArgumentParser, folder: Path) -> None:
    if folder.exists():
        parser.error(f"{str(folder)!r} is a file: name the folder that it is in, {str(folder.parent)!r}")
    parser.error(f"there is no folder {str(folder)!r}")


def _print(text: str) -> None:
    encoding = sys.stdout.encoding or "utf-8"
    sys.stdout.write(text.encode(encoding, "backslashreplace").decode(encoding))
    sys.stdout.flush()
