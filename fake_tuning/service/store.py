"""What one region of the service holds: jobs and tags, each as it was at any instant."""

from __future__ import annotations

from bisect import bisect_right, insort
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple, TypeVar

from fake_tuning.domain.jobs.responses import Stamp
from fake_tuning.domain.jobs.training_job_record import TrainingJobRecord
from fake_tuning.domain.jobs.tuning_job_record import TuningJobRecord
from fake_tuning.domain.simulation.trial import Trial
from fake_tuning.domain.vocabulary.arns import TRAINING_JOB, TUNING_JOB, Place
from fake_tuning.domain.vocabulary.statuses import TrainingStatus

Tags = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class TrainingJob:
    """A training job: the trial of a tuning job, or one that was created by itself.

    Attributes:
        record: the tuning job that it belongs to, or its own record.
        trial: its life.
    """

    record: TuningJobRecord | TrainingJobRecord
    trial: Trial

    @property
    def arn(self) -> str:
        """The training job's ARN."""
        return self.record.trial_arn(self.trial)

    def exists(self, now: int) -> bool:
        """Whether it is there at an instant."""
        return self.record.deletions.exists(self.trial, now)

    def status_at(self, now: int) -> TrainingStatus:
        """Return its status at an instant at which it is there."""
        return self.record.deletions.status_at(self.trial, now)

    def modified(self, now: int) -> int:
        """Return when it last changed, in milliseconds since 1970."""
        return self.record.deletions.modified(self.trial, now)

    def describe(self, now: int, stamp: Stamp) -> dict[str, Any]:
        """Return it as DescribeTrainingJob shows it."""
        described = self.record.describe_trial(self.trial, now, stamp)
        return self.record.deletions.shown(described, self.trial, now, stamp)

    def summary(self, now: int, stamp: Stamp) -> dict[str, Any]:
        """Return it as ListTrainingJobs shows it."""
        summary = self.record.training_job_summary(self.trial, now, stamp)
        return self.record.deletions.shown(summary, self.trial, now, stamp)


class _Retagging(NamedTuple):
    at: int
    given: Tags
    gone: frozenset[str]


@dataclass
class Store:
    """The jobs of one region and account.

    Attributes:
        place: the region and the account.
    """

    place: Place
    _jobs: dict[str, list[TuningJobRecord]] = field(default_factory=dict)
    _training: dict[str, list[TrainingJobRecord]] = field(default_factory=dict)
    _retaggings: dict[str, list[_Retagging]] = field(default_factory=dict)

    def records_named(self, name: str) -> Sequence[TuningJobRecord]:
        """Return the tuning jobs that ever had this name, in whatever case, in the order of their creation."""
        return self._jobs.get(name.casefold(), ())

    def put(self, record: TuningJobRecord) -> None:
        """Keep a new tuning job. Those of its name that were created later would have been refused: they go."""
        earlier = [each for each in self.records_named(record.name) if each.created < record.created]
        self._jobs[record.name.casefold()] = [*earlier, record]

    def put_training_job(self, record: TrainingJobRecord) -> None:
        """Keep a new training job. Those of its name that were created later would have been refused: they go."""
        earlier = [each for each in self._training.get(record.name, ()) if each.created < record.created]
        self._training[record.name] = [*earlier, record]

    def replace(self, record: TuningJobRecord | TrainingJobRecord) -> None:
        """Keep another life of a tuning job or training job that is there."""
        if isinstance(record, TuningJobRecord):
            _exchange(self._jobs[record.name.casefold()], record)
        else:
            _exchange(self._training[record.name], record)

    def named(self, name: str, now: int) -> TuningJobRecord | None:
        """Return the tuning job of this name, in whatever case, also one that is gone by now, or yet to come."""
        records_named = self.records_named(name)
        for record in reversed(records_named):
            if record.timeline.created <= now:
                return record
        return records_named[0] if records_named else None

    def tuning_job(self, name: str, now: int) -> TuningJobRecord | None:
        """Return the tuning job of just this name, if it exists at an instant."""
        record = self.named(name, now)
        return record if record and record.name == name and record.timeline.exists(now) else None

    def tuning_jobs(self, now: int) -> list[TuningJobRecord]:
        """Return the tuning jobs that exist at an instant."""
        standing = (self.named(name, now) for name in self._jobs)
        return [record for record in standing if record and record.timeline.exists(now)]

    def records(self) -> Iterator[TuningJobRecord]:
        """Return all tuning jobs, also those that are gone, and those that are yet to come."""
        for records_named in self._jobs.values():
            yield from records_named

    def training_records(self) -> Iterator[TrainingJobRecord]:
        """Return all training jobs that were created by themselves, also those that are gone or yet to come."""
        for records in self._training.values():
            yield from records

    def training_job(self, name: str, now: int) -> TrainingJob | None:
        """Return the training job of this name, if it exists at an instant."""
        return next((job for job in self._called(name, now) if job.exists(now)), None)

    def _called(self, name: str, now: int) -> Iterator[TrainingJob]:
        """Return the training jobs that ever had this name by an instant, and perhaps later ones."""
        for record in self._training.get(name, ()):
            yield TrainingJob(record, record.trial)
        for each, number in self._launchers(name):
            trial = each.timeline.trial(number, now)
            if trial is not None and trial.name == name:
                yield TrainingJob(each, trial)

    def _launchers(self, name: str) -> Iterator[tuple[TuningJobRecord, int]]:
        """Return the tuning jobs that may have a trial of this name, and its number there."""
        tuning, _, number = name.rpartition("-")[0].rpartition("-")
        if number.isdecimal():
            for record in self.records_named(tuning):
                yield record, int(number)
        # A trial that was recorded has the name that it had.
        for record in self.records():
            for told, edit in record.timeline.scenario.edits.items():
                if edit.name == name:
                    yield record, told

    def training_jobs(self, now: int) -> Iterator[TrainingJob]:
        """Return the training jobs that exist at an instant: they outlive their tuning jobs (documented)."""
        for record in self.records():
            if now >= record.created:
                trials = (TrainingJob(record, trial) for trial in record.timeline.trials(now))
                yield from (job for job in trials if job.exists(now))
        for each in self.training_records():
            job = TrainingJob(each, each.trial)
            if job.exists(now):
                yield job

    def training_events(self) -> Iterator[int]:
        """Return when anything ever happens to training jobs that a tuning job knows nothing of, in any order."""
        deletions = [each.deletions for each in self.records()]
        for record in self.training_records():
            yield from (phase.start for phase in record.trial.phases)
            deletions.append(record.deletions)
        for each in deletions:
            for asked in each.asked.values():
                yield from asked

    def retag(
        self, arn: str, now: int, *, given: Tags | None = None, gone: frozenset[str] = frozenset()
    ) -> None:
        """Let a resource have other tags from an instant on: some go, then some are given."""
        insort(
            self._retaggings.setdefault(arn, []), _Retagging(now, given or {}, gone), key=lambda each: each.at
        )

    def tags(self, arn: str, now: int) -> Tags | None:
        """Return the tags of a resource at an instant, or None when there is no such resource then."""
        kind, _, name = arn.removeprefix(self.place.arn("", "").rstrip("/")).partition("/")
        if kind == TUNING_JOB and (record := self.tuning_job(name, now)):
            return self._tags_of(record, now)
        if kind == TRAINING_JOB and (job := self.training_job(name, now)):
            # Documented: a tuning job hands the tags that it has to the trials that it launches.
            first = self._tags_of(job.record, job.trial.created)
            return self._retagged(arn, first, job.trial.created, now)
        return None

    def _tags_of(self, record: TuningJobRecord | TrainingJobRecord, now: int) -> Tags:
        requested = {tag["Key"]: tag["Value"] for tag in record.request.get("Tags", ())}
        return self._retagged(record.arn, requested, record.created, now)

    def _retagged(self, arn: str, tags: Tags, since: int, now: int) -> Tags:
        log = self._retaggings.get(arn, ())
        for each in log[: bisect_right(log, now, key=lambda each: each.at)]:
            if each.at >= since:
                kept = {key: value for key, value in tags.items() if key not in each.gone}
                tags = {**kept, **each.given}
        return tags


_Record = TypeVar("_Record", TuningJobRecord, TrainingJobRecord)


def _exchange(records_named: list[_Record], record: _Record) -> None:
    records_named[:] = [record if each.created == record.created else each for each in records_named]
