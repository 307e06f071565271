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

from fake_tuning.doors.conform.accounts import without_accounts
from fake_tuning.doors.conform.comparison import Difference
from fake_tuning.doors.conform.exchange import Found
from fake_tuning.doors.conform.verdicts import Finding, Verdict

_LONGEST = 300
"""Characters of a value."""

_SIGNS = (
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
        return not self.differences and not self.found.broken

    @property
    def compared(self) -> list[Verdict]:
        """What became of the exchanges that were held against something."""
        return [each for each in self.verdicts if each.checks]


def as_text(report: Report) -> str:
    """Return the report for a terminal."""
    lines = [_heading(), *_counted(report), ""]
    known = [f"known: {each}" for each in _known(report)]
    lines += [*known, ""] if known else []
    lines += [line for verdict in report.verdicts for line in _told(verdict)]
    lines.append(_conclusion(report))
    return "\n".join(lines) + "\n"


def as_markdown(report: Report) -> str:
    """Return the report as a page."""
    lines = ["# fake_tuning held against recorded answers", "", _heading(), ""]
    lines += [f"- {each.strip()}" for each in _counted(report)]
    known = _known(report, "`")
    if known:
        lines += ["", "## Known differences", "", *(f"- {each}" for each in known)]
    if report.differences:
        lines += ["", "## Differences that are not known", "", f"{_SIGNS[0].upper()}{_SIGNS[1:]}.", ""]
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
        name: _value(value)
        for sign, name, value in (("+", "aws", difference.theirs), ("-", "fake_tuning", difference.ours))
        if difference.sign != sign
    }
    member = difference.sign + _clean(difference.path)
    return {"check": finding.check, "member": member, **values, "known": finding.reason}


def _heading() -> str:
    return ", ".join(f"{name} {each}" for name, each in versions().items())


def _counted(report: Report) -> list[str]:
    found = report.found
    operations = Counter(each.exchange.operation for each in report.verdicts)
    lines = [
        f"{_count(len(report.verdicts), 'answer')} in {_count(found.files, 'file')}: {_each(operations)}"
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


def _known(report: Report, quote: str = "") -> list[str]:
    """Return a line for each reason, with the members that it explains, which are quoted."""
    found: dict[str, list[tuple[str, str]]] = {}
    for verdict in report.verdicts:
        for each in verdict.findings:
            if each.reason is not None:
                found.setdefault(each.reason, []).append((verdict.exchange.source, each.difference.place))
    return [
        f"{_count(len({source for source, _ in met}), 'answer')}, {', '.join(_unique(met, quote))}: {reason}"
        for reason, met in found.items()
    ]


def _unique(met: Iterable[tuple[str, str]], quote: str) -> list[str]:
    return [f"{quote}{_clean(each)}{quote}" for each in dict.fromkeys(place for _, place in met)]


def _told(verdict: Verdict) -> list[str]:
    """Return the lines on what is not known of an exchange."""
    if not verdict.unknown:
        return []
    lines = [f"{_clean(verdict.exchange.source)}: {verdict.exchange.operation}"]
    return [*lines, *(f"  {each.check}: {_difference(each.difference)}" for each in verdict.unknown)]


def _difference(difference: Difference) -> str:
    member = difference.sign + _clean(difference.path)
    if difference.sign == "-":
        return f"{member}: AWS {_value(difference.theirs)}"
    if difference.sign == "+":
        return f"{member}: fake_tuning {_value(difference.ours)}"
    return f"{member}: AWS {_value(difference.theirs)}, fake_tuning {_value(difference.ours)}"


def _conclusion(report: Report) -> str:
    if report.differences:
        return f"{_count(report.differences, 'difference')} not known ({_SIGNS})"
    if report.found.broken:
        return "no difference that is not known, but not every file could be read"
    return "no difference that is not known"


def _count(count: int, what: str) -> str:
    return f"{count} {what}{'' if count == 1 else 's'}"


# What others may read.


def _value(value: Any) -> str:
    """Return a value, cut off where it is long, but not within an account number, of which a part would stay."""
    text = _printable(repr(without_accounts(_plain(value))))
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 3]}..."


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat(sep=" ")
    if isinstance(value, Mapping):
        return {name: _plain(each) for name, each in value.items()}
    return [_plain(each) for each in value] if isinstance(value, list) else value


def _clean(text: str) -> str:
    return _printable(str(without_accounts(text)))


def _printable(text: str) -> str:
    """Return a text without what would move the cursor of a terminal, end a line or be no character at all."""
    return "".join(each if each.isprintable() else ascii(each)[1:-1] for each in text)
