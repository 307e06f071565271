"""Writes what was found as a text, as Markdown or as JSON, with nothing in it that others must not read."""

from __future__ import annotations

import json
import platform
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from fake_tuning.doors.conform.comparison import Difference
from fake_tuning.doors.conform.exchange import Found
from fake_tuning.doors.conform.masking import masked
from fake_tuning.doors.conform.verdicts import Finding, Verdict

_LONGEST = 300
"""Characters of a value."""

_FEW = 3
"""Files that a line on the terminal names."""

SIGNS = (
    "- only AWS's answer has the member, + only that of fake_tuning has it, ~ both have it, and they differ"
)


def versions() -> dict[str, str]:
    """Return the versions of what an answer depends on."""
    return {
        "fake_tuning": _version("fake_tuning"),
        "botocore": _version("botocore"),
        "Python": platform.python_version(),
    }


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "(not installed)"


@dataclass(frozen=True)
class Report:
    """What was found in a folder, and what became of it.

    Attributes:
        found: what was found.
        verdicts: what became of each exchange.
    """

    found: Found
    verdicts: Sequence[Verdict]

    @property
    def differences(self) -> int:
        """How many differences are not known."""
        return sum(len(each.unknown) for each in self.verdicts)

    @property
    def is_clean(self) -> bool:
        """Whether every file was read, and every difference is known."""
        return not self.differences and not self.unreadable and not self.found.broken

    @property
    def unreadable(self) -> list[Verdict]:
        """What became of the exchanges whose answers could not be read."""
        return [each for each in self.verdicts if each.obstacles]

    @property
    def has_signs(self) -> bool:
        """Whether a difference is told, known or not."""
        return any(each.findings for each in self.verdicts)

    @property
    def compared(self) -> list[Verdict]:
        """What became of the exchanges that were held against something."""
        return [each for each in self.verdicts if each.checks]


def as_text(report: Report) -> str:
    """Return the report for a terminal."""
    lines = [_heading(), *_counted(report), ""]
    lines += [f"signs: {SIGNS}"] if report.has_signs else []
    known = [f"known: {each}" for each in _known(report, most=_FEW)]
    lines += [*known, ""] if known else []
    lines += [line for verdict in report.verdicts for line in _told(verdict)]
    lines.append(_conclusion(report))
    return "\n".join(lines) + "\n"


def as_markdown(report: Report) -> str:
    """Return the report as a page."""
    lines = ["# fake_tuning held against recorded answers", "", _heading(), ""]
    lines += [f"- {each.strip()}" for each in _counted(report)]
    lines += ["", f"Signs: {SIGNS}."] if report.has_signs else []
    known = _known(report, most=len(report.verdicts), quote="`")
    if known:
        lines += ["", "## Known differences", "", *(f"- {each}" for each in known)]
    if report.differences or report.unreadable:
        lines += ["", "## Differences that are not known", ""]
        lines += ["```text", *(line for verdict in report.verdicts for line in _told(verdict)), "```"]
    return "\n".join([*lines, "", _conclusion(report)]) + "\n"


def as_json(report: Report) -> str:
    """Return the report for a program."""
    document = {
        "versions": versions(),
        "answers": [
            {
                "source": _clean(verdict.exchange.source),
                "operation": verdict.exchange.operation,
                "checks": verdict.checks,
                "differences": [_as_mapping(each) for each in verdict.findings],
                "not readable": [_clean(each) for each in verdict.obstacles],
            }
            for verdict in report.verdicts
        ],
        "foreign": [
            {"source": _clean(each.source), "what": _clean(each.what)} for each in report.found.foreign
        ],
        "broken": [{"source": _clean(each.source), "why": _clean(each.why)} for each in report.found.broken],
    }
    return json.dumps(document, indent=1) + "\n"


def _as_mapping(finding: Finding) -> Mapping[str, Any]:
    difference = finding.difference
    values = {
        name: _value(value, difference.path) for name, value in _sides(difference, "aws", "fake_tuning")
    }
    member = difference.sign + _clean(difference.path)
    return {"check": finding.check, "member": member, **values, "known": finding.reason}


def _heading() -> str:
    return ", ".join(f"{name} {each}" for name, each in versions().items())


def _counted(report: Report) -> list[str]:
    found = report.found
    operations = Counter(each.exchange.operation for each in report.verdicts)
    lines = [
        f"{_count(len(report.verdicts), 'answer')} in {_count(len(found.paths), 'file')}: {_each(operations)}"
    ]
    apart = len(report.verdicts) - len(report.compared)
    if apart:
        lines.append(f"not compared: {_count(apart, 'refusal')} that the account or the moment caused")
    if found.foreign:
        what = Counter(_clean(each.what) for each in found.foreign)
        lines.append(f"no answers of an operation that is served: {len(found.foreign)}: {_each(what)}")
    if found.broken:
        lines.append(f"not readable: {len(found.broken)}:")
        lines += [f"  {_clean(each.source)}: {_clean(each.why)}" for each in found.broken]
    return lines


def _each(counted: Counter[str]) -> str:
    return ", ".join(f"{count} {name}" for name, count in counted.most_common()) or "none"


def _known(report: Report, *, most: int, quote: str = "") -> list[str]:
    """Return a line for each reason, with the members that it explains, and with the answers if they are few.

    Args:
        report: the report.
        most: how many answers are named; of more, their number is told.
        quote: stands around a member or the name of a file.
    """
    found: dict[str, list[tuple[str, str]]] = {}
    for verdict in report.verdicts:
        for each in verdict.findings:
            if each.reason is not None:
                found.setdefault(each.reason, []).append((verdict.exchange.source, each.difference.place))
    lines = []
    for reason, met in found.items():
        sources = _unique([source for source, _ in met], quote)
        places = ", ".join(_unique([place for _, place in met], quote))
        named = f" ({', '.join(sources)})" if len(sources) <= most else ""
        lines.append(f"{_count(len(sources), 'answer')}{named}, {places}: {reason}")
    return lines


def _unique(texts: Iterable[str], quote: str) -> list[str]:
    return [f"{quote}{_clean(each)}{quote}" for each in dict.fromkeys(texts)]


def _told(verdict: Verdict) -> list[str]:
    """Return the lines on what is not known of an exchange."""
    if not verdict.unknown and not verdict.obstacles:
        return []
    lines = [f"{_clean(verdict.exchange.source)}: {verdict.exchange.operation}"]
    lines += [f"  not readable: {_clean(each)}" for each in verdict.obstacles]
    return [*lines, *(f"  {each.check}: {_difference(each.difference)}" for each in verdict.unknown)]


def _sides(difference: Difference, aws: str, ours: str) -> list[tuple[str, Any]]:
    """Return what there is of the two answers, each with its name."""
    both = {"-": (aws, difference.theirs), "+": (ours, difference.ours)}
    return list(both.values()) if difference.sign == "~" else [both[difference.sign]]


def _difference(difference: Difference) -> str:
    said = (
        f"{name} {_value(value, difference.path)}" for name, value in _sides(difference, "AWS", "fake_tuning")
    )
    return f"{difference.sign}{_clean(difference.path)}: {', '.join(said)}"


def _conclusion(report: Report) -> str:
    if not report.compared and not report.found.broken:
        return "nothing to compare: no file has an answer that can be held against one of fake_tuning"
    found = []
    if report.differences:
        found.append(f"{_count(report.differences, 'difference')} not known")
    if report.unreadable:
        found.append(f"{_count(len(report.unreadable), 'answer')} not readable")
    if report.found.broken and not found:
        return "no difference that is not known, but not every file could be read"
    return ", ".join(found) or "no difference that is not known"


def _count(count: int, what: str) -> str:
    return f"{count} {what}{'' if count == 1 else 's'}"


# What others may read.


def _value(value: Any, member: str) -> str:
    """Return the value of a member, cut off where it is long, but within nothing that is masked."""
    text = _printable(repr(_plain(masked(value, member))))
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 3]}..."


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat(sep=" ")
    if isinstance(value, Mapping):
        return {name: _plain(each) for name, each in value.items()}
    return [_plain(each) for each in value] if isinstance(value, list) else value


def _clean(text: str) -> str:
    return _printable(masked(text))


def _printable(text: str) -> str:
    """Return a text without what would move the cursor of a terminal, end a line or be no character at all."""
    return "".join(each if each.isprintable() else ascii(each)[1:-1] for each in text)
