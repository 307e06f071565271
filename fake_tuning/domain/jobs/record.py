"""What is stored of a job: the part that tuning jobs and standalone training jobs have in common."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, TypeVar

from fake_tuning.domain.jobs.changes import Tags, Update, tags_after
from fake_tuning.domain.jobs.responses import Stamp, training_job_summary, trial_modified
from fake_tuning.domain.jobs.rule_evaluations import RuleEvaluations
from fake_tuning.domain.jobs.training_job import TrainingJob
from fake_tuning.domain.jobs.warm_pool import WarmPool
from fake_tuning.domain.simulation.scenario import Scenario
from fake_tuning.domain.simulation.steering import Change, Delete
from fake_tuning.domain.simulation.trial import FOREVER, Trial
from fake_tuning.domain.vocabulary.arns import TRAINING_JOB, Place

_Record = TypeVar("_Record", bound="Record")


@dataclass(frozen=True)
class Record(ABC):
    """A job that was created. Its state at any instant follows from these attributes.

    Attributes:
        request: the request that created it.
        place: the region and the account.
        scenario: how it behaves.
        seed: determines all random values.
        created: when it was created, in milliseconds since 1970.
        changes: everything that was done to it and to its trials, by instant; what was done at the same instant stays
            in order.
    """

    request: Mapping[str, Any]
    place: Place
    scenario: Scenario
    seed: int
    created: int
    changes: tuple[Change, ...] = ()

    def __post_init__(self) -> None:
        # Sorting is stable, so that changes of one instant keep their order.
        object.__setattr__(self, "changes", tuple(sorted(self.changes, key=lambda change: change.at)))

    @property
    @abstractmethod
    def name(self) -> str:
        """The job's name."""

    @property
    @abstractmethod
    def arn(self) -> str:
        """The job's ARN."""

    @abstractmethod
    def trials(self, instant: int) -> Sequence[Trial]:
        """Return the trials launched by an instant, in the order of launch, deleted ones included."""

    @abstractmethod
    def describe_trial(self, trial: Trial, instant: int, stamp: Stamp) -> dict[str, Any]:
        """Return a trial as DescribeTrainingJob shows it, apart from updates and a deletion."""

    @abstractmethod
    def next_event(self, after: int) -> int | None:
        """Return when something that can be seen happens next, in milliseconds since 1970, or None."""

    def trial_arn(self, trial: Trial) -> str:
        """Return the ARN of a trial's training job."""
        return self.place.arn(TRAINING_JOB, trial.name)

    def trial_modified(self, trial: Trial, instant: int) -> int:
        """Return when a trial last changed, apart from updates and a deletion, in milliseconds since 1970."""
        return trial_modified(trial, instant)

    @abstractmethod
    def warm_pool(self, trial: Trial, until: int | None, now: int) -> WarmPool | None:
        """Return the warm pool of a trial, or None.

        Args:
            trial: the trial.
            until: until when it is kept after an update, in milliseconds since 1970; None: as requested.
            now: the instant as of which it is known.
        """

    def training_job_summary(self, trial: Trial, instant: int, stamp: Stamp) -> dict[str, Any]:
        """Return a trial as ListTrainingJobs shows it, apart from updates and a deletion."""
        return training_job_summary(trial, self.trial_arn(trial), instant, stamp)

    def training_jobs(self, instant: int) -> Iterator[TrainingJob]:
        """Return its trials as training jobs, in the order of launch: those that exist at an instant."""
        if instant >= self.created:
            for trial in self.trials(instant):
                job = TrainingJob(self, trial)
                if not self.has_deleted_trials or job.exists(instant):
                    yield job

    @cached_property
    def has_deleted_trials(self) -> bool:
        """Whether any of its trials was ever deleted."""
        return any(isinstance(change, Delete) and change.trial is not None for change in self.changes)

    def changed(self: _Record, change: Change) -> _Record:
        """Return this job with one more change. One in the past rewrites what came after it."""
        return replace(self, changes=(*self.changes, change))

    def changes_to(self, trial: int | None) -> Sequence[Change]:
        """Return the changes that were made to one trial, or those that were made to the job itself."""
        return self._changes_by_trial.get(trial, ())

    @cached_property
    def _changes_by_trial(self) -> Mapping[int | None, list[Change]]:
        found: dict[int | None, list[Change]] = {}
        for change in self.changes:
            found.setdefault(change.trial, []).append(change)
        return found

    def tags(self, instant: int) -> Tags:
        """Return the tags of the job itself at an instant."""
        requested = {tag["Key"]: tag["Value"] for tag in self.request.get("Tags", ())}
        return tags_after(requested, (each for each in self.changes_to(None) if each.at <= instant))

    def events_of_changes(self) -> Iterator[int]:
        """Return when changes can be seen that do not steer a simulation, and when what they begin ends, unordered."""
        for change in self.changes:
            if not change.steers:
                yield change.at
            if isinstance(change, (Delete, Update)) and change.trial is not None:
                for trial in self.trials(change.at)[change.trial - 1 :][:1]:
                    if isinstance(change, Update):
                        yield from RuleEvaluations(trial, self.place, self.seed).ends(change.members)
                    elif (gone := TrainingJob(self, trial).gone) < FOREVER:
                        yield gone
