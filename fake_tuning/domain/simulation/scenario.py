"""Scenarios: how tuning jobs behave, as data."""

from __future__ import annotations

import math
import struct
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from functools import partial
from typing import Any, Concatenate, Generic, Literal, ParamSpec, TypeAlias, TypeGuard, TypeVar

from fake_tuning.domain.simulation.pacing import Pacing, Span, span
from fake_tuning.domain.vocabulary.durations import Duration, milliseconds
from fake_tuning.domain.vocabulary.ranges import Value
from fake_tuning.domain.vocabulary.suggestions import checked, checks_keywords

Objective: TypeAlias = Callable[[Mapping[str, Value]], "float | Sequence[float] | None"]
"""Takes the tried values by name, and returns the metric, a learning curve, or None for a metric never emitted."""

Score: TypeAlias = "float | Sequence[float]"
EndingKind: TypeAlias = Literal["natural", "completes", "fails", "stops", "never", "recorded"]
Outcome: TypeAlias = Literal["Completed", "Failed", "Stopped", "Never"]

FAILED_TRIAL = "AlgorithmError: , exit code: 1"
"""The FailureReason of a trial that fails for no stated reason (the form is recorded, the text invented)."""

INTERNAL_ERROR = "InternalServerError: We encountered an internal error. Please try again."
CAPACITY_ERROR = (
    "CapacityError: Unable to provision requested ML compute capacity. "
    "Please retry using a different ML instance type."
)

LARGEST = 3.4e38
"""The largest objective value."""

_T = TypeVar("_T")
_P = ParamSpec("_P")


@dataclass(frozen=True, slots=True)
class TrialEdit:
    """What was said about one trial; None where nothing was said."""

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
    held_until: int | None = None
    times: tuple[int, int, int] | None = None

    def merged(self, later: TrialEdit) -> TrialEdit:
        """Return this edit with what ``later`` says in place of what it says itself."""
        said = {
            each.name: value for each in fields(later) if (value := getattr(later, each.name)) != each.default
        }
        return replace(self, **said)


@checks_keywords
class TrialEditor(Generic[_T]):
    """Says how one trial fares. Every method returns a new job or scenario."""

    def __init__(self, number: int, edited: Callable[[int, TrialEdit], _T]) -> None:
        if isinstance(number, bool) or not isinstance(number, int) or number < 1:
            raise ValueError(f"trials are numbered from 1, but this one is {number!r}")
        self._edit: Callable[[TrialEdit], _T] = partial(edited, number)

    def completes(self) -> _T:
        """Let it complete."""
        return self._edit(TrialEdit("Completed"))

    def fails(self, reason: str = FAILED_TRIAL, *, before_start: bool = False) -> _T:
        """Let it fail.

        Args:
            reason: its FailureReason; one that begins with ``InternalServerError`` counts as retryable.
            before_start: it fails while its instances are prepared, so that it never trains.
        """
        return self._edit(TrialEdit("Failed", reason=failure_reason(reason), before_start=before_start))

    def lacks_capacity(self) -> _T:
        """Let it fail before it starts, for want of instances (the text is quoted from the service)."""
        return self.fails(CAPACITY_ERROR, before_start=True)

    def stops(self) -> _T:
        """Let somebody stop it half-way."""
        return self._edit(TrialEdit("Stopped"))

    def never_ends(self) -> _T:
        """Let it train for ever."""
        return self._edit(TrialEdit("Never"))

    def takes(self, length: Duration) -> _T:
        """Let it take so long, from its creation to its end."""
        return self._edit(TrialEdit(length=_positive(length, "the length of a trial")))

    def scores(self, score: Score) -> _T:
        """Let it emit this objective value, or this learning curve, whose last value is final."""
        return self._edit(TrialEdit(score=_score(score), without_metric=False))

    def emits_no_metric(self) -> _T:
        """Let it complete without the objective metric: ObjectiveStatus Failed."""
        return self._edit(TrialEdit(without_metric=True))

    def tries(self, **values: Value) -> _T:
        """Let it try these hyperparameter values."""
        return self._edit(TrialEdit(tuned=values))

    def hits_internal_errors(self, times: int = 1) -> _T:
        """Let the service break it so often; it is retried as its definition's RetryStrategy allows."""
        return self._edit(TrialEdit(internal_errors=_count(times, "the number of internal errors")))

    def is_interrupted(self, times: int = 1) -> _T:
        """Let its spot capacity be reclaimed so often (of no effect without managed spot training)."""
        return self._edit(TrialEdit(interruptions=_count(times, "the number of interruptions")))


@dataclass(frozen=True, slots=True)
class Ending:
    """How a job ends, and how long after its creation (milliseconds; None: when its trials are through)."""

    kind: EndingKind = "natural"
    after: int | None = None
    reason: str | None = None


class Fluent(Generic[_T, _P]):
    """A method that works on the class too: there it starts from the class's own default."""

    def __init__(self, method: Callable[Concatenate[Any, _P], _T]) -> None:
        self._method = method
        self.__doc__ = method.__doc__

    def __set_name__(self, owner: type[_T], name: str) -> None:
        """Learn how users call the method."""
        self._method = checked(self._method, f"{owner.__name__}.{name}")

    def __get__(self, instance: _T | None, owner: type[_T]) -> Callable[_P, _T]:
        """Bind to the instance, or to a new default one."""
        return partial(self._method, owner() if instance is None else instance)


@checks_keywords
@dataclass(frozen=True)
class Scenario:
    """How tuning jobs behave: how long things take, what trials score, what goes wrong, how it all ends.

    A scenario is immutable: every method returns a new one. The endings can be called on the class too:
    ``Scenario.stops(after="40m")``. Without an ending a job completes when its trials are through.
    """

    ending: Ending = Ending()
    pacing: Pacing = Pacing()
    objective: Objective | None = None
    failure_rate: float = 0.0
    edits: Mapping[int, TrialEdit] = field(default_factory=dict)
    deletion_fails: bool = False
    gate: tuple[int, int] | None = None
    tick_phase: int = 0

    @property
    def pinned(self) -> dict[int, tuple[int, int, int]]:
        """The trials whose times were recorded: created, started and ended, in milliseconds after the creation."""
        return {number: edit.times for number, edit in sorted(self.edits.items()) if edit.times is not None}

    @Fluent
    def completes(self, *, after: Duration | None = None) -> Scenario:
        """Let the job complete.

        Args:
            after: how long after its creation; its whole life is stretched or squeezed to end then, and a trial
                that would run on for ever is cut short. None: when its trials are through.
        """
        return self._ending("completes", after)

    @Fluent
    def fails(self, reason: str | None = None, *, after: Duration | None = None) -> Scenario:
        """Let the job fail.

        Args:
            reason: its FailureReason. None: the service's own text, for a job whose trials all failed or for one
                that could not create a training job.
            after: how long after its creation it fails, whatever its trials do. None: all its trials fail, but for
                those that were told otherwise, and it fails after them.
        """
        return self._ending("fails", after, None if reason is None else failure_reason(reason))

    @Fluent
    def stops(self, *, after: Duration | None = None) -> Scenario:
        """Let somebody else stop the job.

        Args:
            after: how long after its creation it is asked to stop; it is Stopping then, and Stopped when its
                running trials are. None: half-way through its life.
        """
        return self._ending("stops", after)

    @Fluent
    def never_ends(self) -> Scenario:
        """Let the job's last trial train for ever."""
        return self._ending("never", None)

    def _ending(self, kind: EndingKind, after: Duration | None, reason: str | None = None) -> Scenario:
        length = None if after is None else _positive(after, "the time of an ending")
        return replace(self, ending=Ending(kind, length, reason))

    def each(self, shortest: Duration, longest: Duration | None = None) -> Scenario:
        """Let each trial take so long, from its creation to its end; with two lengths, something between them."""
        return replace(
            self, pacing=replace(self.pacing, trial=span(shortest, longest, "the length of a trial"))
        )

    def paced(self, **lengths: Duration | tuple[Duration, Duration]) -> Scenario:
        """Set how long the stages of a job and its trials take.

        Args:
            lengths: by stage (see ``Pacing``), a length or a pair of the shortest and the longest.

        Raises:
            TypeError: there is no such stage.
        """
        return replace(self, pacing=self.pacing.changed(**lengths))

    def scored_by(self, objective: Objective) -> Scenario:
        """Let this function say what a trial scores (see ``Objective``)."""
        if not callable(objective):
            raise TypeError(
                f"the objective must be a function of the tried values, but is {objective!r}: "
                "for one trial, write .trial(3).scores(0.9)"
            )
        return replace(self, objective=objective)

    def failing(self, rate: float) -> Scenario:
        """Let this share of the trials fail, chosen by the seed."""
        if not 0 <= rate <= 1:
            raise ValueError(f"the share of failing trials must be from 0 to 1, but is {rate!r}")
        return replace(self, failure_rate=float(rate))

    def refusing_deletion(self) -> Scenario:
        """Let a deletion of the job end in DeleteFailed."""
        return replace(self, deletion_fails=True)

    def trial(self, number: int) -> TrialEditor[Scenario]:
        """Say how one trial fares, numbered from 1 in the order of launch."""
        return TrialEditor(number, self.edited)

    def edited(self, number: int, edit: TrialEdit) -> Scenario:
        """Return this scenario with an edit of one trial."""
        return replace(self, edits={**self.edits, number: self.edits.get(number, TrialEdit()).merged(edit)})


def failure_reason(reason: str) -> str:
    """Return a FailureReason as the service keeps it: cut hard where it is too long (recorded).

    Raises:
        TypeError: it is no text.
    """
    if not isinstance(reason, str):
        raise TypeError(f"a failure reason must be a text, but is {reason!r}")
    return reason[:1024]


def _positive(length: Duration, what: str) -> int:
    ms = milliseconds(length, what)
    if ms == 0:
        raise ValueError(f"{what} must be longer than nothing, but is {length!r}")
    return ms


def _count(times: int, what: str) -> int:
    if isinstance(times, bool) or not isinstance(times, int) or times < 1:
        raise ValueError(f"{what} must be a whole number from 1, but is {times!r}")
    return times


def _score(score: Score) -> float | tuple[float, ...]:
    if _is_number(score):
        return float32(score)
    if isinstance(score, Sequence) and not isinstance(score, str) and score and all(map(_is_number, score)):
        return tuple(map(float32, score))
    raise TypeError(f"a score must be a number or a list of numbers, but is {score!r}")


def _is_number(value: object) -> TypeGuard[float]:
    # By its ability, not by its class: NumPy's numbers are no Python floats.
    return (
        hasattr(value, "__float__") and not isinstance(value, (bool, str)) and not hasattr(value, "__len__")
    )


def float32(value: float) -> float:
    """Return the value as the service keeps it: a 32-bit float, widened to a double (recorded).

    Raises:
        ValueError: it is not a finite number that fits.
    """
    number = float(value)
    if not math.isfinite(number) or abs(number) > LARGEST:
        raise ValueError(f"an objective value must be a finite 32-bit number, but is {value!r}")
    narrowed: float = struct.unpack("f", struct.pack("f", number))[0]
    return narrowed


def emitted(returned: object, number: int) -> tuple[float, ...]:
    """Return the values that an objective function lets a trial emit.

    Raises:
        TypeError: it returned no number, list of numbers or None.
        ValueError: it returned a value that is not a finite 32-bit number.
    """
    if returned is None:
        return ()
    if _is_number(returned):
        return (float32(returned),)
    curve = list(returned) if isinstance(returned, Iterable) and not isinstance(returned, str) else [returned]
    numbers = [value for value in curve if _is_number(value)]
    if len(numbers) < len(curve):
        raise TypeError(
            f"an objective must return a number, a list of numbers or None, but returned {returned!r} "
            f"for trial {number}"
        )
    return tuple(map(float32, numbers))


__all__ = ["Ending", "Objective", "Pacing", "Scenario", "Span", "TrialEdit", "TrialEditor"]
