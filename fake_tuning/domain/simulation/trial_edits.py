"""What a test can set for single trials: the edits, and the methods that make them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from functools import partial
from typing import Generic, Literal, TypeAlias, TypeVar

from fake_tuning.domain.vocabulary.durations import Duration, milliseconds
from fake_tuning.domain.vocabulary.failure_texts import (
    CAPACITY_ERROR,
    FAILED_TRIAL,
    failure_reason,
    is_retryable,
)
from fake_tuning.domain.vocabulary.numbers import float32, is_number, is_whole
from fake_tuning.domain.vocabulary.ranges import Value
from fake_tuning.domain.vocabulary.suggestions import checks_keywords

Outcome: TypeAlias = Literal["Completed", "Failed", "Stopped", "Never", "Unlimited"]
"""How a trial ends. Never: only when a limit ends it. Unlimited: not even then."""

ENDLESS: tuple[Outcome, ...] = ("Never", "Unlimited")
"""The outcomes of a trial that does not end by itself."""

Score: TypeAlias = float | Sequence[float]
"""The objective value of a trial, or its learning curve."""

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class TrialEdit:
    """What a test set for one trial, in place of what the scenario and the seed make of it.

    A member is None, or 0, if the test did not set it. Lengths and times are in milliseconds.

    Attributes:
        outcome: how it ends.
        reason: why it fails.
        length: how long it takes, from its creation to its end.
        score: its objective value, or its learning curve.
        without_metric: whether it emits no objective value.
        tuned: hyperparameter values that it tries.
        internal_errors: how often the service breaks it.
        interruptions: how often its spot capacity is reclaimed.
        before_start: whether it fails while its instances are prepared.
        name: its training job's name.
        definition: the name of the definition that it runs, one of its job's, where that was recorded.
        held_until: until when it runs at least, after the creation of its job.
        times: when it was recorded to be created, started and ended, after the creation of its job.
        ran: from when until when it was seen to run, after the creation of its job, if that was recorded before the
            trial ended.
    """

    outcome: Outcome | None = None
    reason: str | None = None
    length: int | None = None
    score: float | tuple[float, ...] | None = None
    without_metric: bool | None = None
    tuned: Mapping[str, Value] | None = None
    internal_errors: int = 0
    interruptions: int = 0
    before_start: bool | None = None
    name: str | None = None
    definition: str | None = None
    held_until: int | None = None
    times: tuple[int, int, int] | None = None
    ran: tuple[int, int] | None = None

    def gives_up(self, retries: int) -> bool:
        """Whether the service breaks it more often than it is tried again, so many times."""
        return self.internal_errors > retries

    def is_replaced(self, retries: int) -> bool:
        """Whether it ends in RetryableError, so that the job launches another one, unless it is stopped before."""
        return self.gives_up(retries) or (self.outcome == "Failed" and is_retryable(self.reason))

    def merged(self, later: TrialEdit) -> TrialEdit:
        """Return this edit with everything that ``later`` sets."""
        changed = {
            each.name: value for each in fields(later) if (value := getattr(later, each.name)) != each.default
        }
        return replace(self, **changed)


@checks_keywords
class TrialEditor(Generic[_T]):
    """Sets how one trial of a job or scenario goes. Every method returns a new job or scenario.

    Raises:
        ValueError: the number of the trial is not a whole number from 1.
    """

    def __init__(self, number: int, edited: Callable[[int, TrialEdit], _T]) -> None:
        if not is_whole(number) or number < 1:
            raise ValueError(f"trials are numbered from 1, but this one is {number!r}")
        self._edit: Callable[[TrialEdit], _T] = partial(edited, number)

    def completes(self) -> _T:
        """Make the trial complete."""
        return self._edit(TrialEdit("Completed"))

    def fails(self, reason: str = FAILED_TRIAL, *, before_start: bool = False) -> _T:
        """Make the trial fail.

        Args:
            reason: its FailureReason; one that begins with ``InternalServerError`` counts as RetryableError, and the
                job launches another trial in its place.
            before_start: it fails while its instances are prepared, so that it never trains.

        Raises:
            TypeError: the reason is not a text.
        """
        return self._edit(TrialEdit("Failed", reason=failure_reason(reason), before_start=before_start))

    def lacks_capacity(self) -> _T:
        """Make the trial fail before it starts, because AWS has no instances left (the text is quoted)."""
        return self.fails(CAPACITY_ERROR, before_start=True)

    def stops(self) -> _T:
        """Make somebody stop the trial half-way."""
        return self._edit(TrialEdit("Stopped"))

    def never_ends(self, *, ignoring_limits: bool = False) -> _T:
        """Make the trial train until a limit ends it, or somebody stops it.

        Args:
            ignoring_limits: it trains on past MaxRuntimeInSeconds and MaxWaitTimeInSeconds, its own and its tuning
                job's, as no training job of AWS does.

        Raises:
            TypeError: ``ignoring_limits`` is neither True nor False.
        """
        return self._edit(TrialEdit(endless(ignoring_limits)))

    def takes(self, length: Duration) -> _T:
        """Set how long the trial takes, from its creation to its end.

        Raises:
            TypeError: the length is no duration.
            ValueError: it is not longer than nothing, or cannot be read.
        """
        return self._edit(TrialEdit(length=positive(length, "the length of a trial")))

    def scores(self, score: Score) -> _T:
        """Set the objective value of the trial, or its learning curve, of which the last value is final.

        Raises:
            TypeError: the score is neither a number nor a list of numbers.
            ValueError: a value is not a finite 32-bit number.
        """
        return self._edit(TrialEdit(score=_score(score), without_metric=False))

    def emits_no_metric(self) -> _T:
        """Make the trial complete without emitting its objective metric: ObjectiveStatus Failed."""
        return self._edit(TrialEdit(without_metric=True))

    def tries(self, **values: Value) -> _T:
        """Set hyperparameter values that the trial tries.

        Args:
            values: by the names of the hyperparameters.

        Raises:
            ValueError: the job has no such hyperparameter. A scenario does not know its jobs: there the error is
                raised when a job plans the trial.
        """
        return self._edit(TrialEdit(tuned=values))

    def hits_internal_errors(self, times: int = 1) -> _T:
        """Make the service break the trial this many times; it is retried as its RetryStrategy allows.

        Beyond that it ends in RetryableError, and the job launches another trial in its place.

        Raises:
            ValueError: the number is not a whole number from 1.
        """
        return self._edit(TrialEdit(internal_errors=_count(times, "the number of internal errors")))

    def is_interrupted(self, times: int = 1) -> _T:
        """Make AWS reclaim its spot capacity this many times (no effect without managed spot training).

        Raises:
            ValueError: the number is not a whole number from 1.
        """
        return self._edit(TrialEdit(interruptions=_count(times, "the number of interruptions")))


def endless(ignoring_limits: bool) -> Outcome:
    """Return the outcome of a trial that does not end by itself.

    Raises:
        TypeError: ``ignoring_limits`` is neither True nor False.
    """
    if not isinstance(ignoring_limits, bool):
        raise TypeError(f"ignoring_limits must be True or False, but is {ignoring_limits!r}")
    return "Unlimited" if ignoring_limits else "Never"


def positive(length: Duration, what: str) -> int:
    """Read a length that is longer than nothing, in milliseconds.

    Raises:
        TypeError: it is no duration.
        ValueError: it is no longer than nothing, or cannot be read.
    """
    ms = milliseconds(length, what)
    if ms == 0:
        raise ValueError(f"{what} must be longer than nothing, but is {length!r}")
    return ms


def _count(times: int, what: str) -> int:
    if not is_whole(times) or times < 1:
        raise ValueError(f"{what} must be a whole number from 1, but is {times!r}")
    return times


def _score(score: Score) -> float | tuple[float, ...]:
    if is_number(score):
        return float32(score)
    if isinstance(score, Sequence) and not isinstance(score, str) and score and all(map(is_number, score)):
        return tuple(map(float32, score))
    raise TypeError(f"a score must be a number or a list of numbers, but is {score!r}")
