"""The command ``conform``: its arguments, and what it returns to the shell. What it needs is imported when it runs."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fake_tuning.doors.conform.report import Report

_DESCRIPTION = """\
Hold recorded answers of the real SageMaker against those of fake_tuning, member by member. DIR and the
folders in it, also those that links lead to, are searched for single answers in .json (as the AWS CLI or an
SDK gives them), files of placebo in .json, and cassettes of VCR in .json, .yaml or .yml (YAML needs PyYAML).
Nothing is sent anywhere.
"""

_EPILOG = """\
Each answer must keep the service model, and have the names that were asked for. What no user chooses in the
description of a job (phases, messages, times, names, the best trial) must follow from what else it tells.
Each description is read back into a job, which must describe itself as recorded; and the job is created
anew, brought to the same status, and compared by its members, their types and its defaults. Entries
of lists and tags are compared with those of jobs like them. Requests that AWS accepted must be accepted, and
others refused with the same code and text.

A sign stands before each member that differs: - only AWS's answer has it, + only that of fake_tuning has it,
~ both have it, and they differ.

The report can be sent in. It has the names of the files in DIR, the members that differ and, of those whose
reason is not known, both values, cut off after 300 characters; of files that are no answers it has no content.
Masked everywhere, in names of files too: every number of twelve digits, also one in groups of three or four
digits, but for the digits behind "0." (111122223333); access keys and ids of IAM; texts of 40 characters or
more of base64 with digits, small and capital letters, private keys, and values whose member or tag is called
like a secret, password, token, credential, signature or key ("(secret)"); the last part of ARNs of users and
assumed roles, mail addresses, and names of users ("(name)"). All else stays where a value that differs has it:
names of jobs, files, buckets, roles, regions, images, hyperparameters and their values, times, metrics, and
secrets in any other form. Look through it before you send it.

Exit status: 0 if every difference is known, 1 if one is not or a file cannot be read, 2 if there is nothing
to compare, DIR cannot be read, the arguments are wrong, or what was found cannot be printed.
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
    try:
        found = read_folder(folder)
    except OSError as error:
        parser.error(f"{str(folder)!r} cannot be read: {error.strerror}")
    if not found.paths and not found.broken:
        parser.error(f"there are no {', '.join(ENDINGS[:-1])} or {ENDINGS[-1]} files in {str(folder)!r}")
    if file is not None and file.exists() and any(file.samefile(each) for each in found.paths):
        parser.error(f"{str(file)!r} is one of the files that are compared: name another one for the report")
    report = Report(found, list(verdicts(found.exchanges)))
    unprinted = _print(as_text(report))
    if file is not None:
        try:
            file.write_text(forms[file.suffix](report), encoding="utf-8")
        except OSError as error:
            parser.error(f"the report cannot be written to {str(file)!r}: {error.strerror}")
    if unprinted is not None:
        parser.error(f"what was found cannot be printed: {unprinted.strerror}")
    if not report.compared and not found.broken:
        return 2
    return 0 if report.is_clean else 1


def _refuse_folder(parser: argparse.ArgumentParser, folder: Path) -> None:
    if folder.exists():
        parser.error(f"{str(folder)!r} is a file: name the folder that it is in, {str(folder.parent)!r}")
    parser.error(f"there is no folder {str(folder)!r}")


def _print(text: str) -> OSError | None:
    """Print a text, and return the error that the terminal, or what stands in its place, answers with."""
    encoding = sys.stdout.encoding or "utf-8"
    try:
        sys.stdout.write(text.encode(encoding, "backslashreplace").decode(encoding))
        sys.stdout.flush()
    except OSError as error:
        # Python would try once more when it ends, and fail aloud.
        sys.stdout = open(os.devnull, "w", encoding=encoding)  # noqa: SIM115  # until the process ends
        return error
    return None
