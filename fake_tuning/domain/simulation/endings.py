# ruff: noqa: ARG002  # all endings are asked alike, and few need all that they are told
"""How tuning jobs end: one class for each way, and all that it decides.

Nothing outside this module asks which ending a job has: whoever needs to know what an ending changes calls the method
that says so. What most endings do stands in the base class. An ending acts on a job through the job's own verbs.
Lengths are in milliseconds, and so are times: after the creation of the job, unless it is a standalone training job.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, NamedTuple, Protocol

from fake_tuning.domain.simulation.trial_edits import Outcome, TrialEdit
from fake_tuning.domain.vocabulary.failure_texts import FAILED_TRIAL

if TYPE_CHECKING:
    from fake_tuning.domain.simulation.simulation import Closing, Simulation
    from fake_tuning.domain.simulation.trial import Trial
    from fake_tuning.domain.vocabulary.statuses import TuningStatus

_ROOM = 1.25
"""A job that is stopped or failed at a stated time would have lasted this many times as long, or longer."""


class _Verbs(Protocol):
    """What an ending does to a tuning job or a training job."""

    def stop(self, at: int) -> None: ...
    def fail(self, at: int, reason: str) -> None: ...


class _Stop(NamedTuple):
    at: int

    def apply(self, job: _Verbs, at: int, /) -> None:
        job.stop(at)


class _Fail(NamedTuple):
    at: int
    reason: str

    def apply(self, job: _Verbs, at: int, /) -> None:
        job.fail(at, self.reason)


class Ending:
    """How a job ends.

    Attributes:
        reason: its FailureReason if it fails; None: the service's own text.
        waits_for_trials: whether its stated time can come only when all trials have ended.
    """

    __slots__ = ()
    reason: str | None = None
    waits_for_trials = False

    # What it does to a tuning job.

    def arrange(self, simulation: Simulation) -> None:
        """Schedule what it does to a job. Most endings wait for the trials to end."""

    def changes(self, natural: Callable[[], Simulation]) -> Sequence[_Stop]:
        """Return what it does to a job as if somebody had done it.

        Args:
            natural: simulates the job as it would be without an ending of its own.
        """
        return ()

    def scale(self, natural: Callable[[], Simulation]) -> float:
        """Return the factor by which it stretches a job's life (see ``changes`` for the argument)."""
        return 1.0

    def outcome(self, number: int, most: int, edited: Outcome | None) -> Outcome | None:
        """Return how a trial ends, or None where the seed decides.

        Args:
            number: the trial's number, from 1.
            most: how many trials the job launches at most.
            edited: what was said about this trial.
        """
        return edited

    @property
    def status(self) -> TuningStatus:
        """The status of a job whose trials have all ended, not all in failure."""
        return "Completed"

    def closes(self, closing: Closing, idle: int, settled: int) -> int:
        """Return when a job ends.

        Args:
            closing: how it ends.
            idle: when its last trial ended.
            settled: when the job would end by itself.
        """
        return settled

    def decides_from(self, gate: int) -> int:
        """Return for how long after its creation a job does what was recorded, and decides nothing by itself.

        Args:
            gate: until when the job's trials were recorded.
        """
        return 0

    # What it does to a standalone training job, which is the only trial of its own.

    def training_edit(self, said: TrialEdit) -> TrialEdit:
        """Return what it says about the job's only trial, of which something may have been said already."""
        return TrialEdit()

    def training_scale(self, length: int) -> float:
        """Return the factor by which it stretches a training job that takes so long."""
        return 1.0

    def training_changes(self, trial: Trial, reason: str | None) -> Sequence[_Stop | _Fail]:
        """Return what it does to a training job as if somebody had done it.

        Args:
            trial: the job, if nobody interferes.
            reason: why it fails, if it does.
        """
        return ()

    # What it means for a job that the builder composes.

    def fits(self, status: TuningStatus) -> bool:
        """Whether a job may have a status now and yet this ending."""
        return status == "InProgress"

    @property
    def once_completed(self) -> Ending:
        """The ending that has brought a job to completion which was to have this one."""
        return Natural()

    def counted_from(self, age: int, left: Callable[[], int]) -> tuple[int, Ending] | None:
        """Return when it comes if its time is counted from an age of the job, and the ending that comes then.

        Args:
            age: how old the job is.
            left: tells how much longer it would take by itself.

        Returns:
            The time, after the creation of the job, and the ending, or None where no time was stated.
        """
        return None


@dataclass(frozen=True, slots=True)
class Natural(Ending):
    """It ends when its trials have, as they will have it."""

    def fits(self, status: TuningStatus) -> bool:
        """Any status is reached without an ending that was asked for."""
        return True


@dataclass(frozen=True, slots=True)
class _Timed(Ending):
    """An ending whose time after the creation of the job can be stated."""

    after: int | None = None

    def counted_from(self, age: int, left: Callable[[], int]) -> tuple[int, Ending] | None:
        """Count its time from an age of the job."""
        after = self._due(left)
        return None if after is None else (age + after, replace(self, after=age + after))

    def _due(self, left: Callable[[], int]) -> int | None:
        """Return after how long it comes."""
        return self.after


@dataclass(frozen=True, slots=True)
class Completes(_Timed):
    """It completes: so long after its creation, or when its trials have ended."""

    waits_for_trials = True

    def arrange(self, simulation: Simulation) -> None:
        """Complete it at the stated time."""
        if self.after is not None:
            simulation.schedule(self.after, simulation.complete)

    def scale(self, natural: Callable[[], Simulation]) -> float:
        """Stretch or squeeze its life to fit."""
        length = None if self.after is None else natural().length
        return 1.0 if length is None or self.after is None else self.after / length

    def closes(self, closing: Closing, idle: int, settled: int) -> int:
        """It completes on time, however long it would have taken to settle."""
        if self.after is None or closing.status != "Completed":
            return settled
        return max(idle, self.after)

    def training_edit(self, said: TrialEdit) -> TrialEdit:
        """A training job takes just as long, also one that would have trained for ever."""
        if self.after is None:
            return TrialEdit()
        return TrialEdit("Completed" if said.outcome == "Never" else None, length=self.after)

    def fits(self, status: TuningStatus) -> bool:
        """It may be on its way to completion, or past it."""
        return status in ("InProgress", "Completed", "Deleting", "DeleteFailed")

    @property
    def once_completed(self) -> Ending:
        """The job has completed by this ending."""
        return self


@dataclass(frozen=True, slots=True)
class _Interrupted(_Timed):
    """It is stopped or failed, so long after its creation and whatever its trials do.

    The life of a job that would be over by then is stretched to be interrupted.
    """

    def scale(self, natural: Callable[[], Simulation]) -> float:
        """Stretch a life that is too short."""
        length = None if self.after is None else natural().length
        return 1.0 if length is None or self.after is None else max(1.0, _ROOM * self.after / length)

    def closes(self, closing: Closing, idle: int, settled: int) -> int:
        """A job that would end by itself does not do so before it is interrupted."""
        if self.after is None or closing.at_once:
            return settled
        return max(settled, self.after)

    def training_scale(self, length: int) -> float:
        """Stretch a life that is too short."""
        return 1.0 if self.after is None or length > self.after else _ROOM * self.after / length


@dataclass(frozen=True, slots=True)
class Fails(_Interrupted):
    """It fails: so long after its creation, or after its trials, which all fail then."""

    reason: str | None = None

    def arrange(self, simulation: Simulation) -> None:
        """Fail it at the stated time."""
        if self.after is not None:
            simulation.schedule(self.after, partial(simulation.fail, reason=self.reason))

    def outcome(self, number: int, most: int, edited: Outcome | None) -> Outcome | None:
        """Without a stated time all trials fail but those of which something else was said."""
        return edited or ("Failed" if self.after is None else None)

    @property
    def status(self) -> TuningStatus:
        """Without a stated time it fails after its trials, also when some of them succeeded."""
        return "Failed" if self.after is None else "Completed"

    def training_edit(self, said: TrialEdit) -> TrialEdit:
        """Said of the job or of its trial, a reason is the same reason."""
        return TrialEdit(reason=said.reason or self.reason)

    def training_changes(self, trial: Trial, reason: str | None) -> Sequence[_Stop | _Fail]:
        """Fail a training job at the stated time."""
        return () if self.after is None else (_Fail(trial.created + self.after, reason or FAILED_TRIAL),)


@dataclass(frozen=True, slots=True)
class Stops(_Interrupted):
    """Somebody else stops it: so long after its creation, or half-way through its life."""

    def arrange(self, simulation: Simulation) -> None:
        """Stop it at the stated time."""
        if self.after is not None:
            simulation.schedule(self.after, simulation.stop)

    def changes(self, natural: Callable[[], Simulation]) -> Sequence[_Stop]:
        """Without a stated time stop it half-way."""
        return () if self.after is not None else (_Stop(natural().halfway),)

    def training_changes(self, trial: Trial, reason: str | None) -> Sequence[_Stop | _Fail]:
        """Stop a training job at the stated time, or half-way."""
        return (_Stop(trial.halfway if self.after is None else trial.created + self.after),)

    def _due(self, left: Callable[[], int]) -> int | None:
        """Without a stated time it comes when half of what is left is over."""
        return left() // 2 if self.after is None else self.after


@dataclass(frozen=True, slots=True)
class NeverEnds(Ending):
    """Its last trial trains for ever."""

    def outcome(self, number: int, most: int, edited: Outcome | None) -> Outcome | None:
        """Let the last trial train for ever, whatever was said about it."""
        return "Never" if number == most else edited


@dataclass(frozen=True, slots=True)
class Recorded(Ending):
    """It ends as a recording tells: so long after its creation, or not yet (None)."""

    after: int | None = None
    reason: str | None = None

    def closes(self, closing: Closing, idle: int, settled: int) -> int:
        """It ends when it was recorded to have ended."""
        return settled if self.after is None else max(idle, self.after)

    def decides_from(self, gate: int) -> int:
        """What was recorded came to pass, whatever the job would have decided."""
        return gate
