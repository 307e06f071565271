"""Changes: whatever is done at an instant to a job or to one of its trials, and those that steer a simulation."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from fake_tuning.domain.simulation.simulation import Simulation
    from fake_tuning.domain.simulation.trial import Trial

_Change = TypeVar("_Change", bound="Change")


@dataclass(frozen=True, slots=True)
class Change:
    """Something that is done at an instant.

    Attributes:
        at: when, in milliseconds: since 1970 on a record, and after the creation of the job in a simulation.
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
    """A change that a simulation of the tuning job carries out."""

    @property
    def steers(self) -> bool:
        """True, unless a subclass says otherwise."""
        return True

    @abstractmethod
    def apply(self, simulation: Simulation, at: int, /) -> None:
        """Carry it out.

        Args:
            simulation: the job. All other events of the same instant have happened.
            at: when, in milliseconds after the creation of the job.
        """


@dataclass(frozen=True, slots=True)
class Interruption(Steering):
    """A change that cuts a job or a trial short. It can be made to a standalone training job too."""

    @abstractmethod
    def cut_short(self, trial: Trial, drain: int) -> Trial:
        """Return the trial, cut short by this change if its status allows that.

        Args:
            trial: the trial, if nothing more is done to it.
            drain: how long it takes to stop, in milliseconds.
        """


@dataclass(frozen=True, slots=True)
class Stop(Interruption):
    """Somebody stops the job, or a trial."""

    def apply(self, simulation: Simulation, at: int, /) -> None:
        """Stop it."""
        if self.trial is None:
            simulation.stop(at)
        else:
            simulation.stop_trial(at, self.trial)

    def cut_short(self, trial: Trial, drain: int) -> Trial:
        """Stop the trial."""
        return trial.stopped(self.at, drain)


@dataclass(frozen=True, slots=True)
class Fail(Interruption):
    """The tuning job, or a trial, fails at once.

    Attributes:
        reason: its FailureReason; empty: the service's own.
    """

    reason: str = ""

    def apply(self, simulation: Simulation, at: int, /) -> None:
        """Fail it."""
        if self.trial is None:
            simulation.fail(at, self.reason)
        else:
            simulation.fail_trial(at, self.trial, self.reason)

    def cut_short(self, trial: Trial, drain: int) -> Trial:  # noqa: ARG002  # to fail takes no time
        """Fail the trial."""
        return trial.failed(self.at, self.reason)


@dataclass(frozen=True, slots=True)
class Finish(Steering):
    """The tuning job launches no more trials, as if it had met a completion criterion."""

    def apply(self, simulation: Simulation, at: int, /) -> None:
        """Finish it."""
        simulation.finish(at)


@dataclass(frozen=True, slots=True)
class Delete(Steering):
    """Somebody deletes the tuning job, or a training job."""

    @property
    def steers(self) -> bool:
        """Only for the tuning job: it goes on counting a trial whose training job was deleted (invented)."""
        return self.trial is None

    def apply(self, simulation: Simulation, at: int, /) -> None:
        """Delete it."""
        simulation.delete(at)


def steering(changes: Iterable[object]) -> tuple[Steering, ...]:
    """Return the changes that a simulation carries out."""
    return tuple(each for each in changes if isinstance(each, Steering) and each.steers)
