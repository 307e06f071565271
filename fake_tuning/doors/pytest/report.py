"""The section in the report of a failed test: the calls that its service got, and the state of its jobs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, TypeVar

from fake_tuning.domain.vocabulary.durations import spell
from fake_tuning.domain.vocabulary.shown import shown

if TYPE_CHECKING:
    from collections.abc import Callable

    from fake_tuning.doors.botocore.fake_service import FakeTuningService
    from fake_tuning.service.calls import Call
    from fake_tuning.service.handles import JobHandle, TrialView

_FIRST, _LAST = 5, 15
"""How many lines of a long list are shown: the first ones and the last ones."""

_LONGEST = 60
"""How many characters are shown of the parameters of a call, and of an error's message."""

_NAMES = ("HyperParameterTuningJobName", "TrainingJobName", "ResourceArn")
"""Parameters that say what a call is about; only their values are shown."""


@dataclass(frozen=True)
class Since:
    """Where a test began.

    Attributes:
        instant: the time then; None: that of its first call, because an ambient clock may not be frozen yet.
        calls: how many calls earlier tests had made.
        mishaps: how many of their attempts had not reached the service.
    """

    instant: datetime | None
    calls: int
    mishaps: int


@dataclass
class _Entry:
    """A line on calls: a call, and those that asked the same later and were answered alike, or a mishap.

    Attributes:
        number: that of the first call, or nothing.
        at: when it was made, or None if that is not known.
        text: what was asked and answered.
        count: how many calls it stands for.
        until: when the last of them was made.
    """

    number: int | None
    at: datetime | None
    text: str
    count: int = 1
    until: datetime | None = None


def report(title: str, service: FakeTuningService, since: Since) -> str:
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
    entries = _folded(service, since)
    lines = [head, *_section("call", len(calls), _lines(entries, began), earlier=since.calls)]
    lines += _jobs(service, began)
    sleepers = [
        f"  {sleeper}, {count} time{'' if count == 1 else 's'}"
        for sleeper, count in getattr(service.clock, "real_sleepers", {}).items()
    ]
    lines += [_SLEPT, *_elided(sleepers)] if sleepers else []
    return "\n".join(lines)


_SLEPT = "slept for real, as they do not take part (let them call tuning_clock.join() if they should):"


def _jobs(service: FakeTuningService, began: datetime) -> list[str]:
    try:
        jobs = [_job_line(job, place, began) for place, job in _everywhere(service, service.jobs)]
        alone = [
            _training_job_line(job, place, began)
            for place, job in _everywhere(service, service.standalone_training_jobs)
        ]
    except Exception as error:  # raised by a function that scores trials
        notes = "".join(f", {note}" for note in getattr(error, "__notes__", ()))
        return [f"jobs cannot be shown: {shown(error)}{notes}"]
    lines = _section("job", len(jobs), jobs)
    return lines + (_section("training job", len(alone), alone) if alone else [])


def _section(what: str, count: int, lines: list[str], *, earlier: int = 0) -> list[str]:
    title = f"{count or 'no'} {what}{'' if count == 1 else 's'}"
    if earlier:
        title += f", after {earlier} of earlier tests"
    return [f"{title}:" if lines else title, *_elided(lines)]


def _elided(lines: list[str]) -> list[str]:
    hidden = len(lines) - _FIRST - _LAST
    # An ellipsis for a single line would save nothing.
    return lines if hidden <= 1 else [*lines[:_FIRST], f"  ... {hidden} more ...", *lines[-_LAST:]]


def _folded(service: FakeTuningService, since: Since) -> list[_Entry]:
    """Return what the test's calls were answered, and its mishaps where they happened.

    Whoever asks the same later and is answered alike gets no line of its own: a line says something new.
    """
    calls = service.calls[since.calls :]
    after: dict[int, list[_Entry]] = {id(call): [] for call in calls}
    entries: list[_Entry] = []
    for mishap in service.mishaps[since.mishaps :]:
        entry = _Entry(None, mishap.at, f"{mishap.what} -> {mishap.outcome}")
        after.get(id(mishap.after), entries).append(entry)
    standing: dict[str, _Entry] = {}
    for number, call in enumerate(calls, since.calls + 1):
        asked = f"{call.operation}{_params(call)}"
        asked += f" in {call.region}" if call.region != service.region else ""
        text = f"{asked} -> {_outcome(call)}"
        known = standing.get(asked)
        if known is None or known.text != text:
            standing[asked] = _Entry(number, call.at, text)
            entries.append(standing[asked])
        else:
            known.count, known.until = known.count + 1, call.at
        entries += after[id(call)]
    return entries


def _lines(entries: list[_Entry], began: datetime) -> list[str]:
    offsets = ["" if each.at is None else _offset(each.at, began) for each in entries]
    digits = max((len(str(each.number or "")) for each in entries), default=0)
    width = max(map(len, offsets), default=0)
    return [
        f"  {each.number or '-':>{digits}} {offset:>{width}}  {each.text}{_repeated(each, began)}"
        for each, offset in zip(entries, offsets, strict=True)
    ]


def _repeated(entry: _Entry, began: datetime) -> str:
    return "" if entry.until is None else f", {entry.count} times until {_offset(entry.until, began)}"


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


def _outcome(call: Call) -> str:
    if call.error is not None:
        return f"{call.error.code}: {_cut(call.error.message)}"
    return call.status or "ok"


_Job = TypeVar("_Job")


def _everywhere(service: FakeTuningService, jobs_in: Callable[..., list[_Job]]) -> list[tuple[str, _Job]]:
    """Return the jobs of all regions, each with where it is, if they are not all in one."""
    found = [(region, job) for region in service.regions for job in jobs_in(region=region)]
    several = len({region for region, _ in found}) > 1
    return [(f" in {region}" if several else "", job) for region, job in found]


def _job_line(job: JobHandle, place: str, began: datetime) -> str:
    answer = job.describe()
    counters: Mapping[str, Any] = answer.get("TrainingJobStatusCounters") or {}
    trials = ", ".join(f"{count} {name}" for name, count in counters.items() if count) or "none yet"
    status = answer["HyperParameterTuningJobStatus"]
    said = status if status == job.status else f"{status}, as was said by overriding"
    history = ", ".join(f"{each} {_offset(at, began)}" for at, each in job.history)
    line = f"  {job.name!r}{place} {said} ({history}); trials: {trials}"
    return line + (f"; {_cut(job.failure_reason)}" if job.failure_reason else "")


def _training_job_line(job: TrialView, place: str, began: datetime) -> str:
    history = f"InProgress {_offset(job.created, began)}"
    if job.ended is not None:
        history += f", {job.status} {_offset(job.ended, began)}"
    line = f"  {job.name!r}{place} {job.status} ({history})"
    return line + (f"; {_cut(job.failure_reason)}" if job.failure_reason else "")


def _offset(at: datetime, began: datetime) -> str:
    length = at - began
    return f"-{spell(-length)}" if length < timedelta(0) else f"+{spell(length)}"


def _spelt(at: datetime) -> str:
    return at.isoformat().replace("+00:00", "Z")


def _cut(text: str) -> str:
    one_line = " ".join(text.split())
    return one_line if len(one_line) <= _LONGEST else f"{one_line[: _LONGEST - 3]}..."
