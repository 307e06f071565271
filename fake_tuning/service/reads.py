"""What a call has read, whether anything can still come of it, and what to ask code that reads it on and on."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import datetime
from typing import Any

from fake_tuning.domain.jobs.record import Record
from fake_tuning.domain.jobs.training_job_record import TrainingJobRecord
from fake_tuning.domain.jobs.tuning_job_record import TuningJobRecord
from fake_tuning.domain.simulation.scoring import scoring_calls
from fake_tuning.domain.vocabulary.clock import Prospect
from fake_tuning.domain.vocabulary.durations import epoch_ms
from fake_tuning.domain.vocabulary.statuses import LIVE
from fake_tuning.service.calls import Call
from fake_tuning.service.store import Store

_TUNING_JOB, _TUNING_STATUS = "HyperParameterTuningJobName", "HyperParameterTuningJobStatus"
_TRAINING_JOB, _TRAINING_STATUS = "TrainingJobName", "TrainingJobStatus"

_UNDER_WAY = LIVE | {"Deleting"}
"""Statuses of a job that is not at its end."""


def is_read(operation: str) -> bool:
    """Whether an operation only reads."""
    return operation.startswith(("Describe", "List", "Search"))


def status_in(answer: Mapping[str, Any]) -> str | None:
    """Return the status that a description of a job gives, or None for any other answer."""
    status: str | None = answer.get(_TUNING_STATUS) or answer.get(_TRAINING_STATUS)
    return status


def _shown(answer: Mapping[str, Any]) -> Iterator[tuple[str, str | None]]:
    """Yield the names and statuses of the jobs that a list or a search shows."""
    summaries = answer.get("HyperParameterTuningJobSummaries") or answer.get("TrainingJobSummaries")
    if summaries is None:
        summaries = [member for result in answer.get("Results", ()) for member in result.values()]
    for each in summaries:
        yield each.get(_TUNING_JOB) or each[_TRAINING_JOB], status_in(each)


def _asked(params: Mapping[str, Any]) -> str:
    """Return parameters as one text, without instants."""
    if len(params) == 1:  # that of a describe: loops that poll come by here
        (value,) = params.values()
        if isinstance(value, str):
            return value
    return repr({name: value for name, value in params.items() if not isinstance(value, datetime)})


class Read:
    """One call that only read. It is a ``Reading`` for the clock.

    Args:
        call: the call.
        answer: what it was answered; empty when it was refused.
        store: the region that it was addressed to.
        lock: held while anything is looked up there.

    Attributes:
        at: when it was read.
        question: the operation, the region and the parameters, apart from instants, which move along with a loop.
        answer: what was shown, and how often anything in the region was changed by then.
    """

    __slots__ = ("_call", "_lock", "_shown", "_store", "answer", "at", "question")

    def __init__(
        self, call: Call, answer: Mapping[str, Any], store: Store, lock: AbstractContextManager[Any]
    ) -> None:
        self._call, self._store, self._lock = call, store, lock
        self._shown = () if call.status or call.error else tuple(_shown(answer))
        self.at = call.at
        self.question: Hashable = (call.operation, call.region, _asked(call.params))
        self.answer: Hashable = (store.revision, call.status or (call.error and call.error.code), self._shown)

    def __str__(self) -> str:
        """Return the call and its answer, for a message."""
        _, name = self._job
        outcome = self._call.error.code if self._call.error else self._call.status or "ok"
        return (
            f"{self._call.operation}({name!r}) -> {outcome}"
            if name
            else f"{self._call.operation} -> {outcome}"
        )

    @property
    def _job(self) -> tuple[type[Record], str]:
        """The kind and the name of the job that was asked about; without a name, all jobs of that kind were."""
        params = self._call.params
        if _TUNING_JOB in params:
            return TuningJobRecord, params[_TUNING_JOB]
        if _TRAINING_JOB in params:
            return TrainingJobRecord, params[_TRAINING_JOB]
        tuning = f"{self._call.operation} {params.get('Resource')}"
        return TuningJobRecord if "HyperParameterTuningJob" in tuning else TrainingJobRecord, ""

    def at_rest_since(self, instant: datetime) -> bool:
        """Whether nothing has happened to what was read since an instant, and nothing lies ahead for it."""
        if scoring_calls():  # then a job is on its way
            return False
        after, now = epoch_ms(instant), epoch_ms(self.at)
        kind, name = self._job
        with self._lock:
            if name and kind is TuningJobRecord:
                record: Record | None = self._store.named(name, now)
            else:
                job = self._store.training_job(name, now)
                record = job.record if job else None
            return (record or self._store).next_event(after) is None

    def prospect(self, now: datetime) -> Prospect:
        """Return what can be expected at an instant of what was read."""
        kind, name = self._job
        with self._lock:
            if name:
                return self._of_job(kind, name, epoch_ms(now))
            others = [self._of_job(kind, each, epoch_ms(now)) for each in self._names(kind, epoch_ms(now))]
            over = bool(others) and all(each.over for each in others)
            if self._shown:
                return replace(self._of_job(kind, self._shown[-1][0], epoch_ms(now)), over=over)
        return Prospect(
            f"{self._call.operation} has shown nothing else", "does anything ever change it?", over
        )

    def _names(self, kind: type[Record], now: int) -> list[str]:
        if kind is TuningJobRecord:
            return [record.name for record in self._store.tuning_jobs(now)]
        return [job.name for job in self._store.training_jobs(now)]

    def _of_job(self, kind: type[Record], name: str, now: int) -> Prospect:
        status, known = self._status(kind, name, now)
        if status is None and known:
            return Prospect(f"{name!r} has been gone", "does your loop handle a job that was deleted?", True)
        if status is None:
            return Prospect(f"{name!r} has not been found", "does anything ever create it?", False)
        if status in _UNDER_WAY:
            return Prospect(f"{name!r} has been {status}", "does its scenario ever let it end?", False)
        return Prospect(f"{name!r} has been {status}", f"does your loop handle {status}?", True)

    def _status(self, kind: type[Record], name: str, now: int) -> tuple[str | None, bool]:
        """Return the status of a job, or None when it does not exist, and whether it ever did by then."""
        if kind is TrainingJobRecord:
            job = self._store.training_job(name, now)
            return job.status_at(now) if job else None, self._store.had_training_job(name, now)
        record = self._store.tuning_job(name, now)
        if record is None:
            return None, any(
                each.name == name and each.created <= now for each in self._store.records_named(name)
            )
        return record.overrides.get(_TUNING_STATUS) or record.timeline.state(now).status, True
