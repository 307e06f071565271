"""What the service answers about a job of the builder, without a service or a client."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any

from fake_tuning.domain.jobs.responses import Stamp
from fake_tuning.domain.jobs.training_job import TrainingJob
from fake_tuning.domain.jobs.tuning_job_record import TuningJobRecord
from fake_tuning.domain.simulation.trial import Trial
from fake_tuning.domain.vocabulary.durations import (
    Duration,
    Instant,
    epoch_ms,
    instant,
    milliseconds,
    spell,
    utc,
)
from fake_tuning.domain.vocabulary.numbers import is_whole
from fake_tuning.domain.vocabulary.statuses import TERMINAL, TuningStatus
from fake_tuning.doors.builder.argument_checks import checked_date
from fake_tuning.doors.options import Dialect, api_version


class JobAnswers(ABC):
    """The methods of a job that tell what the service answers about it.

    Attributes:
        name: the tuning job's name.
    """

    name: str

    @property
    @abstractmethod
    def age(self) -> int:
        """How long ago the job was created, in milliseconds."""

    @property
    @abstractmethod
    def _record(self) -> TuningJobRecord:
        """The job as it exists now."""

    @property
    @abstractmethod
    def _now(self) -> int:
        """The instant at which the job is as it was made, in milliseconds since 1970."""

    @property
    def status(self) -> TuningStatus:
        """The status of the job now."""
        return self._record.timeline.state(self._now).status

    @property
    def is_over(self) -> bool:
        """Whether the job is Completed, Failed or Stopped now."""
        return self.status in TERMINAL

    def moment(self, at: Duration | Instant | None = None) -> int:
        """Return the instant that ``describe`` takes ``at`` for, in milliseconds since 1970.

        Raises:
            TypeError: it is neither an instant nor a duration, or an instant without a time zone.
            ValueError: the text cannot be read, or no date can express it.
        """
        if at is None:
            return self._now
        if hasattr(at, "tzinfo") or (isinstance(at, str) and "-" in at.lstrip("-")):
            moment = epoch_ms(instant(at))  # type: ignore[arg-type]  # the line above told an instant from a duration
        else:
            moment = self._now - self.age + milliseconds(at, "the age at which a job is described")
        return checked_date(moment, "the time at which the job is described")

    def describe(
        self, *, at: Duration | Instant | None = None, stamp: Stamp = utc, dialect: Dialect = "current"
    ) -> dict[str, Any]:
        """Return what DescribeHyperParameterTuningJob answers, without a service or a client.

        Args:
            at: how long after the job's creation, or an instant; None: now, which is ``DEFAULT_START`` unless the
                job was given a creation (see ``created``).
            stamp: makes the datetimes, in UTC by default.
            dialect: the shape of the response, as in the option ``dialect`` of ``FakeTuningService``.

        Raises:
            TypeError: ``at`` is neither an instant nor a duration, or an instant without a time zone.
            ValueError: ``at`` cannot be read, or the job does not exist then, or the dialect cannot express it.
        """
        return api_version(dialect).describe(self._record, self.moment(at), stamp)

    def describe_trial(
        self, number: int, *, at: Duration | Instant | None = None, stamp: Stamp = utc
    ) -> dict[str, Any]:
        """Return what DescribeTrainingJob answers about a trial, without a service or a client.

        Args:
            number: the trial, from 1 in the order of launch.
            at: how long after the job's creation, or an instant; None: now.
            stamp: makes the datetimes, in UTC by default.

        Raises:
            TypeError: ``at`` is neither an instant nor a duration, or an instant without a time zone.
            ValueError: ``at`` cannot be read, or the job has launched no such trial by then.
        """
        moment = self.moment(at)
        return TrainingJob(self._record, self._launched_trial(number, moment)).describe(moment, stamp)

    def _launched_trial(self, number: int, moment: int) -> Trial:
        """Return a trial, from 1 in the order of launch, at an instant in milliseconds since 1970.

        Raises:
            ValueError: the job has launched no such trial by then.
        """
        trials = self._record.timeline.trials(moment)
        if is_whole(number) and 1 <= number <= len(trials):
            return trials[number - 1]
        raise ValueError(
            f"there is no trial {number!r} of {self.name!r} {self.since_creation(moment)}: "
            f"it has launched {len(trials)} by then. Say another at, or another number"
        )

    def since_creation(self, moment: int) -> str:
        """Return how long before or after the creation an instant (milliseconds since 1970) is, in words."""
        age = moment - self._now + self.age
        return f"{spell(age)} after its creation" if age >= 0 else f"{spell(-age)} before its creation"

    def list_trials(
        self, *, at: Duration | Instant | None = None, stamp: Stamp = utc
    ) -> list[dict[str, Any]]:
        """Return the trials as ListTrainingJobsForHyperParameterTuningJob shows them, in the order of launch.

        Args:
            at: how long after the job's creation, or an instant; None: now.
            stamp: makes the datetimes, in UTC by default.

        Raises:
            TypeError: ``at`` is neither an instant nor a duration, or an instant without a time zone.
            ValueError: ``at`` cannot be read.
        """
        moment = self.moment(at)
        return [
            self._record.trial_summary(trial, moment, stamp) for trial in self._record.timeline.trials(moment)
        ]

    def list_trials_response(
        self, *, at: Duration | Instant | None = None, stamp: Stamp = utc
    ) -> dict[str, Any]:
        """Return what ListTrainingJobsForHyperParameterTuningJob answers: the newest trial first, all on one page.

        Args:
            at: how long after the job's creation, or an instant; None: now.
            stamp: makes the datetimes, in UTC by default.

        Raises:
            TypeError: ``at`` is neither an instant nor a duration, or an instant without a time zone.
            ValueError: ``at`` cannot be read.
        """
        return {"TrainingJobSummaries": self.list_trials(at=at, stamp=stamp)[::-1]}

    @staticmethod
    def list_jobs_response(
        *jobs: JobAnswers, at: Duration | Instant | None = None, stamp: Stamp = utc
    ) -> dict[str, Any]:
        """Return what ListHyperParameterTuningJobs answers: the jobs in the order of their names, all on one page.

        Args:
            jobs: the jobs that there are.
            at: an instant, or how long after the creation of each; None: the now of each.
            stamp: makes the datetimes, in UTC by default.

        Raises:
            TypeError: one of them is no job, or ``at`` is neither an instant nor a duration.
            ValueError: ``at`` cannot be read, or one of the jobs does not exist then.
        """
        for job in jobs:
            if not isinstance(job, JobAnswers):
                raise TypeError(
                    "list_jobs_response takes TuningJobs, such as TuningJob('xgb').completed(), "
                    f"but got {job!r}"
                )
        found = [job._record.summary(job.moment(at), stamp) for job in sorted(jobs, key=lambda job: job.name)]
        return {"HyperParameterTuningJobSummaries": found}
