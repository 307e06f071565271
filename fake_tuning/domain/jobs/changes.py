"""Changes: whatever is done at an instant to a job or to one of its trials."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar

if TYPE_CHECKING:
    from fake_tuning.domain.simulation.simulation import Simulation
    from fake_tuning.domain.simulation.training_run import TrainingRun

Tags: TypeAlias = Mapping[str, str]

_Change = TypeVar("_Change", bound="Change")


@dataclass(frozen=True, slots=True)
class Change:
    """Something that is done at an instant.

    Attributes:
        at: when, in milliseconds since 1970.
        trial: the number of the trial that it is done to; None: the job itself. A standalone training job is trial 1
            of its record.
    """

    at: int
    trial: int | None = None

    @property
    def steers(self) -> bool:
        """Whether it changes what the job or the trial does from then on, so that a simulation must carry it out."""
        return False

    def moved(self: _Change, by: int) -> _Change:
        """Return the same change so many milliseconds later."""
        return replace(self, at=self.at + by)

    def made_to(self: _Change, trial: int) -> _Change:
        """Return the same change, made to the trial with this number."""
        return replace(self, trial=trial)


@dataclass(frozen=True, slots=True)
class Steering(Change, ABC):
    """A change that is carried out in a simulation of the job, by one of the verbs of that."""

    @property
    def steers(self) -> bool:
        """True, unless a subclass says otherwise."""
        return True

    @abstractmethod
    def apply(self, job: Any, at: int, /) -> None:
        """Carry it out.

        Args:
            job: the simulation of a tuning job, or the run of a standalone training job.
            at: when, in the time of the simulation.
        """


@dataclass(frozen=True, slots=True)
class Stop(Steering):
    """Somebody stops the job, or a trial."""

    def apply(self, job: Simulation | TrainingRun, at: int, /) -> None:
        """Stop it."""
        if self.trial is None:
            job.stop(at)
        else:
            job.stop_trial(at, self.trial)


@dataclass(frozen=True, slots=True)
class Fail(Steering):
    """The tuning job, or a trial, fails at once.

    Attributes:
        reason: its FailureReason; empty: the service's own.
    """

    reason: str = ""

    def apply(self, job: Simulation, at: int, /) -> None:
        """Fail it."""
        if self.trial is None:
            job.fail(at, self.reason)
        else:
            job.fail_trial(at, self.trial, self.reason)


@dataclass(frozen=True, slots=True)
class Finish(Steering):
    """The tuning job launches no more trials, as if it had met a completion criterion."""

    def apply(self, job: Simulation, at: int, /) -> None:
        """Finish it."""
        job.finish(at)


@dataclass(frozen=True, slots=True)
class Delete(Steering):
    """Somebody deletes the tuning job, or a training job."""

    @property
    def steers(self) -> bool:
        """Only for the tuning job: it goes on counting a trial whose training job was deleted (invented)."""
        return self.trial is None

    def apply(self, job: Simulation, at: int, /) -> None:
        """Delete it."""
        job.delete(at)


@dataclass(frozen=True, slots=True)
class Retag(Change):
    """Somebody changes tags: some go, then some are given.

    Attributes:
        given: the tags that are added, or have another value from then on.
        gone: the keys of those that are removed.
    """

    given: Tags = field(default_factory=dict)
    gone: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Update(Change):
    """Somebody updates what a training job was asked to do.

    Attributes:
        members: the members of the UpdateTrainingJob request, without the name.
    """

    members: Mapping[str, Any] = field(default_factory=dict)


def tags_after(tags: Tags, changes: Iterable[Change]) -> Tags:
    """Return what becomes of tags by changes, in their order."""
    for change in changes:
        if isinstance(change, Retag):
            kept = {key: value for key, value in tags.items() if key not in change.gone}
            tags = {**kept, **change.given}
    return tags


def steering(changes: Iterable[object]) -> tuple[Steering, ...]:
    """Return the changes that a simulation carries out."""
    return tuple(each for each in changes if isinstance(each, Steering) and each.steers)
