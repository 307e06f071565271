# ruff: noqa: ARG002  # every ending takes the same arguments, and most need only some of them
"""How tuning jobs end: one class for each ending, with everything that depends on it.

Nothing outside this module checks which ending a job has. Code that depends on the ending calls one of its methods; the
base class holds what most endings have in common. An ending acts on a job through the public methods of its simulation.
Lengths are in milliseconds. Times are in milliseconds after the creation of the job, except for standalone training
jobs, where they are in milliseconds since 1970.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

from fake_tuning.domain.simulation.steering import Fail, Interruption, Stop
from fake_tuning.domain.simulation.trial import FOREVER
from fake_tuning.domain.simulation.trial_edits import ENDLESS, Outcome, TrialEdit
from fake_tuning.domain.vocabulary.failure_texts import FAILED_TRIAL
from fake_tuning.domain.vocabulary.statuses import TUNING_LIFECYCLE

if TYPE_CHECKING:
    from fake_tuning.domain.simulation.simulation import Closing, Simulation
    from fake_tuning.domain.simulation.trial import Trial
    from fake_tuning.domain.vocabulary.statuses import TuningStatus

_ROOM = 1.25
"""If a job is to be stopped or failed at a stated time, it is stretched to last at least this many times as long."""


class Ending:
    """How a job ends."""

    __slots__ = ()

    @property
    def reason(self) -> str | None:
        """Its FailureReason if it fails; None: the service's own text."""
        return None

    @property
    def waits_for_trials(self) -> bool:
        """Whether it has to come after the last trial, even if its time is stated."""
        return False

    # What it does to a tuning job.

    def arrange(self, simulation: Simulation) -> None:
        """Schedule what it does to a job at a stated time. Most endings just let the trials run out."""

    def changes(self, natural: Callable[[], Simulation]) -> Sequence[Stop]:
        """Return what it does to a job in the place of a user.

        Args:
            natural: returns a simulation of the job without this ending.
        """
        return ()

    def scale(self, natural: Callable[[], Simulation]) -> float:
        """Return the factor by which the job is stretched or squeezed (see ``changes`` for the argument)."""
        return 1.0

    def outcome(self, turn: int, most: int, edited: Outcome | None) -> Outcome | None:
        """Return how a trial ends, or None where the seed decides.

        Args:
            turn: its turn, from 1; that of the trial that it replaces, if it replaces one.
            most: how many turns there are.
            edited: the outcome that the test set for this trial, or None.
        """
        return edited

    @property
    def status(self) -> TuningStatus:
        """The status in which a job ends after its last trial, if at least one trial did not fail."""
        return "Completed"

    def closes(self, closing: Closing, idle: int, settled: int) -> int:
        """Return when a job ends.

        Args:
            closing: how it ends.
            idle: when its last trial ended.
            settled: when it would end without this ending.
        """
        return settled

    def decides_from(self, gate: int) -> int:
        """Return the time from which on the job decides by itself. A recorded job follows its recording until then.

        Args:
            gate: when the recording ends.
        """
        return 0

    # What it does to a standalone training job, which is the only trial of its own.

    def training_edit(self, edit: TrialEdit) -> TrialEdit:
        """Return the edit that it makes to the only trial of a training job.

        Args:
            edit: the edit that the test made.
        """
        return TrialEdit()

    def training_scale(self, length: int) -> float:
        """Return the factor by which a training job of this length is stretched."""
        return 1.0

    def training_changes(self, trial: Trial, limit: int, reason: str | None) -> Sequence[Interruption]:
        """Return what it does to a training job in the place of a user.

        Args:
            trial: the training job without this ending.
            limit: when it reaches a limit that stops it; ``FOREVER`` if it reaches none, or is stopped before.
            reason: its FailureReason if it fails.
        """
        return ()

    # What it means for a job that the builder composes.

    def fits(self, status: TuningStatus) -> bool:
        """Whether a job that has this status now can still have this ending."""
        return status in TUNING_LIFECYCLE.stoppable

    @property
    def once_completed(self) -> Ending:
        """The ending of a job that was to have this one, but has completed."""
        return Natural()

    @property
    def unasked(self) -> Ending:
        """The ending of the job if nobody had asked for this one."""
        return Natural()

    def counted_from(self, age: int, left: Callable[[], int]) -> tuple[int, Ending] | None:
        """Count the stated time from an age of the job, and not from its creation.

        Args:
            age: how old the job is.
            left: returns how much longer the job would take without this ending.

        Returns:
            When it comes, and the ending that comes then; None if there is no stated time.
        """
        return None


@dataclass(frozen=True, slots=True)
class Natural(Ending):
    """No ending was asked for. The job ends when its trials have ended, with the outcome that they lead to."""

    def fits(self, status: TuningStatus) -> bool:
        """It fits every status."""
        return True


@dataclass(frozen=True, slots=True)
class _Timed(Ending):
    """An ending that can come at a stated time after the creation of the job."""

    after: int | None = None

    def counted_from(self, age: int, left: Callable[[], int]) -> tuple[int, Ending] | None:
        """Count the stated time from an age of the job."""
        after = self._due(left)
        return None if after is None else (age + after, replace(self, after=age + after))

    def _due(self, left: Callable[[], int]) -> int | None:
        """Return how long from now it comes."""
        return self.after


@dataclass(frozen=True, slots=True)
class Completes(_Timed):
    """The job completes, at a stated time or after its trials."""

    @property
    def waits_for_trials(self) -> bool:
        """It does not cut trials short that end by themselves."""
        return True

    def arrange(self, simulation: Simulation) -> None:
        """Complete it at the stated time."""
        if self.after is not None:
            simulation.schedule(self.after, simulation.complete)

    def scale(self, natural: Callable[[], Simulation]) -> float:
        """Stretch or squeeze the job to last just as long as stated."""
        return 1.0 if self.after is None else natural().scale_to(self.after)

    def closes(self, closing: Closing, idle: int, settled: int) -> int:
        """Complete on time, however long the job would take to settle."""
        if self.after is None or closing.at_once or closing.status != "Completed":
            return settled
        return max(idle, self.after)

    def training_edit(self, edit: TrialEdit) -> TrialEdit:
        """Let a training job take just as long, even if it was to train for ever."""
        if self.after is None:
            return TrialEdit()
        return TrialEdit("Completed" if edit.outcome in ENDLESS else None, length=self.after)

    def fits(self, status: TuningStatus) -> bool:
        """It fits a job that is to complete, and one that has completed."""
        return status in TUNING_LIFECYCLE.stoppable or status in TUNING_LIFECYCLE.onwards("Completed")

    @property
    def once_completed(self) -> Ending:
        """It stays the same."""
        return self


@dataclass(frozen=True, slots=True)
class _Interrupted(_Timed):
    """The job is stopped or fails, at a stated time whatever its trials do.

    A job that would be over by then is stretched, so that there is something to interrupt.
    """

    def scale(self, natural: Callable[[], Simulation]) -> float:
        """Stretch a job that would be over too early."""
        return 1.0 if self.after is None else max(1.0, natural().scale_to(int(_ROOM * self.after)))

    def closes(self, closing: Closing, idle: int, settled: int) -> int:
        """Do not let the job end by itself before it is interrupted."""
        if self.after is None or closing.at_once:
            return settled
        return max(settled, self.after)

    def training_scale(self, length: int) -> float:
        """Stretch a job that would be over too early."""
        return 1.0 if self.after is None or length > self.after else _ROOM * self.after / length


@dataclass(frozen=True, slots=True)
class Fails(_Interrupted):
    """The job fails, at a stated time, or after its trials, which all fail then."""

    reason: str | None = None

    def arrange(self, simulation: Simulation) -> None:
        """Fail it at the stated time."""
        if self.after is not None:
            simulation.schedule(self.after, partial(simulation.fail, reason=self.reason))

    def outcome(self, turn: int, most: int, edited: Outcome | None) -> Outcome | None:
        """Without a stated time, fail every trial whose outcome the test did not set."""
        return edited or ("Failed" if self.after is None else None)

    @property
    def status(self) -> TuningStatus:
        """The job fails even if some trials succeed, and even if a limit ends it before the stated time."""
        return "Failed"

    def training_edit(self, edit: TrialEdit) -> TrialEdit:
        """A reason given for the job also counts for its only trial, unless that has its own."""
        return TrialEdit(reason=edit.reason or self.reason)

    def training_changes(self, trial: Trial, limit: int, reason: str | None) -> Sequence[Interruption]:
        """Fail a training job at the stated time, or when it reaches a limit that would stop it before."""
        stated = FOREVER if self.after is None else trial.created + self.after
        at = min(stated, limit)
        return () if at == FOREVER else (Fail(at, reason=reason or FAILED_TRIAL),)


@dataclass(frozen=True, slots=True)
class Stops(_Interrupted):
    """Somebody else stops the job, at a stated time or half-way."""

    def arrange(self, simulation: Simulation) -> None:
        """Stop it at the stated time."""
        if self.after is not None:
            simulation.schedule(self.after, simulation.stop)

    def changes(self, natural: Callable[[], Simulation]) -> Sequence[Stop]:
        """Without a stated time, stop it half-way."""
        return () if self.after is not None else (Stop(natural().halfway),)

    def training_changes(self, trial: Trial, limit: int, reason: str | None) -> Sequence[Interruption]:
        """Stop a training job at the stated time, or half-way."""
        return (Stop(trial.halfway if self.after is None else trial.created + self.after),)

    def _due(self, left: Callable[[], int]) -> int | None:
        """Without a stated time it comes half-way through what is left."""
        return left() // 2 if self.after is None else self.after


@dataclass(frozen=True, slots=True)
class NeverEnds(Ending):
    """The last trial of the job does not end by itself, and so the job does not.

    Attributes:
        last: the outcome of the last trial.
    """

    last: Outcome = "Never"

    def outcome(self, turn: int, most: int, edited: Outcome | None) -> Outcome | None:
        """Let the last trial train on, whatever outcome was set for it."""
        return self.last if turn == most else edited


@dataclass(frozen=True, slots=True)
class Recorded(Ending):
    """The job has ended as it was recorded.

    Attributes:
        after: when it ended, in milliseconds after its creation.
        reason: its FailureReason, if it has failed.
    """

    after: int
    reason: str | None = None

    @property
    def status(self) -> TuningStatus:
        """One that has failed did so whatever became of its trials."""
        return "Completed" if self.reason is None else "Failed"

    def closes(self, closing: Closing, idle: int, settled: int) -> int:
        """End when the recording says so."""
        return max(idle, self.after)

    def decides_from(self, gate: int) -> int:
        """Follow the recording, whatever the job would have decided by itself."""
        return gate


@dataclass(frozen=True, slots=True)
class Resumed(Ending):
    """The job was recorded while it ran, and has another ending after that.

    Attributes:
        runs_until: until when it was seen to run, in milliseconds after its creation.
        then: the other ending.
    """

    runs_until: int
    then: Ending

    @property
    def reason(self) -> str | None:
        """That of the other ending."""
        return self.then.reason

    @property
    def waits_for_trials(self) -> bool:
        """Whether the other ending does."""
        return self.then.waits_for_trials

    def arrange(self, simulation: Simulation) -> None:
        """Schedule what the other ending does."""
        self.then.arrange(simulation)

    def outcome(self, turn: int, most: int, edited: Outcome | None) -> Outcome | None:
        """Return how a trial ends that had not ended when the job was recorded; the others have their outcome."""
        return self.then.outcome(turn, most, edited)

    @property
    def status(self) -> TuningStatus:
        """That of the other ending."""
        return self.then.status

    def closes(self, closing: Closing, idle: int, settled: int) -> int:
        """End as the other ending says, but after the recording."""
        return max(self.then.closes(closing, idle, settled), self.runs_until)

    def decides_from(self, gate: int) -> int:
        """Follow the recording until then, whatever the job would have decided by itself."""
        return gate

    @property
    def unasked(self) -> Ending:
        """Without the other ending."""
        return replace(self, then=Natural())

    def counted_from(self, age: int, left: Callable[[], int]) -> tuple[int, Ending] | None:
        """Count the stated time of the other ending from an age of the job."""
        counted = self.then.counted_from(age, left)
        if counted is None:
            return None
        due, then = counted
        return due, replace(self, then=then)
