"""Handles: how a test looks at a job in the service, and what it can do to it."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import Any

from fake_tuning.domain.jobs.training_job import TrainingJob
from fake_tuning.domain.jobs.training_job_record import TrainingJobRecord
from fake_tuning.domain.jobs.tuning_job_record import TuningJobRecord
from fake_tuning.domain.simulation.steering import Change, Delete, Fail, Stop
from fake_tuning.domain.simulation.timeline import JobState
from fake_tuning.domain.simulation.trial import Trial
from fake_tuning.domain.vocabulary.durations import utc
from fake_tuning.domain.vocabulary.failure_texts import failure_reason
from fake_tuning.domain.vocabulary.ranges import Value
from fake_tuning.domain.vocabulary.shown import shown
from fake_tuning.domain.vocabulary.statuses import (
    TUNING_LIFECYCLE,
    ObjectiveStatus,
    TrainingStatus,
    TuningStatus,
)
from fake_tuning.service.api_version import ApiVersion
from fake_tuning.service.store import Store


@dataclass(frozen=True, slots=True)
class TrialView:
    """A trial, or a standalone training job, as a test sees it at one instant.

    Attributes:
        number: from 1, in the order of launch.
        name: its training job's name.
        status: its training job's status.
        objective_status: whether its objective is known, awaited or missing.
        hyperparameters: the values that it tries; for a standalone training job all of its hyperparameters, as texts.
        metric: the final value of its objective, or None.
        failure_reason: why it failed, or None.
        created: when it was created, aware, in UTC.
        ended: when it ended, aware, in UTC, or None.
    """

    number: int
    name: str
    status: TrainingStatus
    objective_status: ObjectiveStatus
    hyperparameters: Mapping[str, Value]
    metric: float | None
    failure_reason: str | None
    created: datetime
    ended: datetime | None

    @classmethod
    def of(cls, trial: Trial, now: int) -> TrialView:
        """Return what is known of a trial at an instant (milliseconds since 1970), whether or not it was deleted."""
        over = trial.ended <= now
        return cls(
            number=trial.number,
            name=trial.name,
            status=trial.status_at(now),
            objective_status=trial.objective_status_at(now),
            hyperparameters={
                each.name: each.read(trial.tuned[each.name]) for each in trial.definition.ranges
            },
            metric=trial.metric if over else None,
            failure_reason=trial.reason if over else None,
            created=utc(trial.created),
            ended=utc(trial.ended) if over else None,
        )

    @classmethod
    def of_training_job(cls, job: TrainingJob, now: int) -> TrialView:
        """Return what is known of a trial or a standalone training job at an instant (milliseconds since 1970)."""
        view = replace(cls.of(job.trial, now), status=job.status_at(now))
        if not isinstance(job.record, TrainingJobRecord):
            return view
        return replace(view, hyperparameters=dict(job.record.hyperparameters))


class JobHandle:
    """A tuning job in the service. Everything that it returns is as of now.

    If the job was deleted and another one has its name, the handle stands for that one.

    Attributes:
        name: its name.
    """

    def __init__(
        self,
        name: str,
        store: Store,
        now: Callable[[], int],
        lock: AbstractContextManager[Any],
        api: ApiVersion,
    ) -> None:
        self.name = name
        self._store = store
        self._now = now
        self._lock = lock
        self._api = api

    def __repr__(self) -> str:
        try:
            with self._lock:
                record, now = self._record()
                known = record.timeline.exists(now)
                status = record.timeline.state(now).status if known else _absence(record, now)
        except Exception as error:  # its clock has ended, or a function that scores its trials raised
            status = f"unknown ({shown(error)})"
        return f"<tuning job {self.name!r}: {status}>"

    def _record(self) -> tuple[TuningJobRecord, int]:
        """Return the job, whether it exists now or not, and the present instant."""
        now = self._now()
        with self._lock:
            record = self._store.named(self.name, now)
        assert record is not None  # the store never loses a name
        return record, now

    def _state(self) -> tuple[JobState, TuningJobRecord, int]:
        with self._lock:
            record, now = self._record()
            if not record.timeline.exists(now):
                raise ValueError(f"tuning job {self.name!r} is {_absence(record, now)}, and has no status")
            return record.timeline.state(now), record, now

    @property
    def exists(self) -> bool:
        """Whether the job exists now."""
        with self._lock:
            record, now = self._record()
            return record.timeline.exists(now)

    @property
    def arn(self) -> str:
        """The ARN of the job."""
        return self._record()[0].arn

    @property
    def request(self) -> dict[str, Any]:
        """The request that made the job: a copy that you may change."""
        return copy.deepcopy(dict(self._record()[0].request))

    @property
    def status(self) -> TuningStatus:
        """Its status.

        Raises:
            ValueError: it does not exist now. Its failure reason, best trial and description raise it too.
        """
        return self._state()[0].status

    @property
    def failure_reason(self) -> str | None:
        """Why the job failed, or None."""
        return self._state()[0].failure_reason

    @property
    def trials(self) -> list[TrialView]:
        """Its trials so far, in the order of launch, including deleted ones. They outlive the job."""
        with self._lock:
            record, now = self._record()
            return [TrialView.of(trial, now) for trial in record.timeline.trials(now)]

    @property
    def best(self) -> TrialView | None:
        """The trial with the best objective so far, or None."""
        state, _, now = self._state()
        return None if state.best is None else TrialView.of(state.best, now)

    @property
    def history(self) -> list[tuple[datetime, TuningStatus]]:
        """The statuses so far, each with the instant at which it began (aware, in UTC)."""
        with self._lock:
            record, now = self._record()
            return [(utc(at), status) for at, status in record.timeline.history(now)]

    def describe(self) -> dict[str, Any]:
        """Return the DescribeHyperParameterTuningJob response of now, with datetimes in UTC."""
        with self._lock:
            _, record, now = self._state()
            return self._api.describe(record, now, utc)

    def stop(self) -> None:
        """Stop the job now, as if somebody else had.

        Raises:
            ValueError: it cannot be stopped in its status.
        """
        self._change(Stop, "stop", TUNING_LIFECYCLE.stoppable)

    def fail(self, reason: str) -> None:
        """Make the job fail now, for this reason.

        Raises:
            ValueError: it has ended already.
            TypeError: the reason is not a text.
        """
        self._change(partial(Fail, reason=failure_reason(reason)), "fail", TUNING_LIFECYCLE.failable)

    def delete(self) -> None:
        """Delete the job now, as if somebody else had.

        Raises:
            ValueError: it has not ended, or the service's version of the API has no deletion.
        """
        if "DeleteHyperParameterTuningJob" in self._api.lacks:
            raise ValueError(f"cannot delete tuning job {self.name!r}: {self._api.title} has no deletion")
        self._change(Delete, "delete", TUNING_LIFECYCLE.deletable)

    def _change(self, make: Callable[[int], Change], verb: str, legal: Sequence[str]) -> None:
        with self._lock:
            state, record, now = self._state()
            if state.status not in legal:
                *others, last = legal
                must = f"{', '.join(others)} or {last}" if others else last
                raise ValueError(
                    f"cannot {verb} tuning job {self.name!r}: it is {state.status}, and must be {must}"
                )
            self._store.change(record, make(now))


def _absence(record: TuningJobRecord, now: int) -> str:
    return "yet to be created" if now < record.created else "gone"
