"""The section in the report of a failed test: the calls that its service got, and the state of its jobs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from fake_tuning.domain.vocabulary.durations import spell

if TYPE_CHECKING:
    from collections.abc import Iterable

    from fake_tuning.service.calls import Call
    from fake_tuning.service.handles import JobHandle
    from fake_tuning.service.tuning_service import TuningService

_FIRST, _LAST = 5, 15
"""How many lines of a long list are shown: the first ones and the last ones."""

_LONGEST = 60
"""How many characters are shown of the parameters of a call, and of an error's message."""

_NAMES = ("HyperParameterTuningJobName", "TrainingJobName", "ResourceArn")
"""Parameters that say what a call is about; only their values are shown."""

_JOB = _NAMES[0]
_DESCRIBE = "DescribeHyperParameterTuningJob"


@dataclass(frozen=True)
class Since:
    """Where a test began.

    Attributes:
        instant: the time then; None: that of its first call, because an ambient clock may not be frozen yet.
        calls: how many calls earlier tests had made.
    """

    instant: datetime | None
    calls: int


def report(title: str, service: TuningService, since: Since) -> str:
    """Return the section's text, as things are now.

    Args:
        title: the fixture's name.
        service: the service.
        since: where the test began.
    """
    now = service.clock.now()
    calls = service.calls[since.calls :]
    began = since.instant or (calls[0].at if calls else now)
    head = f"{title} at {_spelt(now)}, {_offset(now, began)}: "
    head += f"seed {service.seed}, {service.region}, account {service.account}"
    handles = _handles(service)
    regions = {region for region, _ in handles}
    return "\n".join(
        [
            head,
            *_section("call", list(_call_lines(service, since, began)), earlier=since.calls),
            *_section("job", [_job_line(job, region if len(regions) > 1 else "") for region, job in handles]),
        ]
    )


def _section(what: str, lines: list[str], *, earlier: int = 0) -> list[str]:
    count = len(lines)
    title = f"{count or 'no'} {what}{'' if count == 1 else 's'}"
    if earlier:
        title += f", after {earlier} of earlier tests"
    return [f"{title}:" if lines else title, *_elided(lines)]


def _elided(lines: list[str]) -> list[str]:
    hidden = len(lines) - _FIRST - _LAST
    # An ellipsis for a single line would save nothing.
    return lines if hidden <= 1 else [*lines[:_FIRST], f"  ... {hidden} more ...", *lines[-_LAST:]]


def _call_lines(service: TuningService, since: Since, began: datetime) -> Iterable[str]:
    calls = service.calls[since.calls :]
    offsets = [_offset(call.at, began) for call in calls]
    digits, width = len(str(len(service.calls))), max(map(len, offsets), default=0)
    for number, (call, offset) in enumerate(zip(calls, offsets, strict=True), since.calls + 1):
        asked = f"{call.operation}{_params(call)}"
        yield f"  {number:>{digits}} {offset:>{width}}  {asked} -> {_outcome(service, call)}"


def _params(call: Call) -> str:
    params = call.params
    shown = [_value(params[name]) for name in _NAMES if name in params]
    others = {name: value for name, value in params.items() if name not in _NAMES and _is_short(value)}
    shown += [f"{name}={_value(value)}" for name, value in others.items()]
    return f"({_cut(', '.join(shown))})"


def _is_short(value: object) -> bool:
    return not isinstance(value, (Mapping, list, tuple))


def _value(value: object) -> str:
    return _spelt(value) if isinstance(value, datetime) else repr(value)


def _outcome(service: TuningService, call: Call) -> str:
    if call.error is not None:
        return f"{call.error.code}: {_cut(call.error.message)}"
    return (_status_then(service, call) if call.operation == _DESCRIBE else None) or "ok"


def _status_then(service: TuningService, call: Call) -> str | None:
    """Return the status that a describe answered: jobs remember their history."""
    job = service.job(call.params[_JOB], region=call.region)
    return next((status for at, status in reversed(job.history) if at <= call.at), None)


def _handles(service: TuningService) -> list[tuple[str, JobHandle]]:
    regions = dict.fromkeys([service.region, *(call.region for call in service.calls)])
    return [(region, job) for region in regions for job in service.jobs(region=region)]


def _job_line(job: JobHandle, region: str) -> str:
    answer = job.describe()
    counters: Mapping[str, Any] = answer.get("TrainingJobStatusCounters") or {}
    trials = ", ".join(f"{count} {name}" for name, count in counters.items() if count) or "none yet"
    line = f"  {job.name!r}{f' in {region}' if region else ''} {job.status}; trials: {trials}"
    return line + (f"; {_cut(job.failure_reason)}" if job.failure_reason else "")


def _offset(at: datetime, began: datetime) -> str:
    length = at - began
    return f"-{spell(-length)}" if length < timedelta(0) else f"+{spell(length)}"


def _spelt(at: datetime) -> str:
    return at.isoformat().replace("+00:00", "Z")


def _cut(text: str) -> str:
    one_line = " ".join(text.split())
    return one_line if len(one_line) <= _LONGEST else f"{one_line[: _LONGEST - 3]}..."
