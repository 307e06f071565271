"""Scenarios: how tuning jobs behave, as data."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property, partial
from itertools import islice
from typing import Any, Concatenate, Generic, ParamSpec, TypeAlias, TypeVar

from fake_tuning.domain.simulation.endings import Completes, Ending, Fails, Natural, NeverEnds, Stops
from fake_tuning.domain.simulation.pacing import Pacing, observed, span
from fake_tuning.domain.simulation.trial_edits import TrialEdit, TrialEditor, endless, positive
from fake_tuning.domain.vocabulary.durations import Duration
from fake_tuning.domain.vocabulary.failure_texts import failure_reason
from fake_tuning.domain.vocabulary.numbers import float32, is_number
from fake_tuning.domain.vocabulary.ranges import Value
from fake_tuning.domain.vocabulary.shown import shown
from fake_tuning.domain.vocabulary.suggestions import checked, checks_keywords

Objective: TypeAlias = Callable[[Mapping[str, Value]], "float | Sequence[float] | None"]
"""Takes the tried values by name, and returns the metric, a learning curve, or None for a metric never emitted."""

_T = TypeVar("_T")
_P = ParamSpec("_P")


class Fluent(Generic[_T, _P]):
    """A method that works on the class too: there it starts from the class's own default."""

    def __init__(self, method: Callable[Concatenate[Any, _P], _T]) -> None:
        self._method = method
        self.__doc__ = method.__doc__

    def __set_name__(self, owner: type, name: str) -> None:
        """Learn how users call the method."""
        self._method = checked(self._method, f"{owner.__name__}.{name}")

    def __get__(self, instance: object, owner: Callable[[], object]) -> Callable[_P, _T]:
        """Bind to the instance, or to a new default one."""
        return partial(self._method, owner() if instance is None else instance)


@checks_keywords
@dataclass(frozen=True)
class Scenario:
    """How tuning jobs behave: how long things take, what trials score, what goes wrong, and how it all ends.

    A scenario is immutable: every method returns a new one. It can be called on the class too, to begin with:
    ``Scenario.stops(after="40m")``. Without an ending, a job completes when all its trials have ended.

    Raises:
        TypeError: it was given a value that only its methods can read, such as ``Scenario("3h")``.
    """

    ending: Ending = Natural()
    pacing: Pacing = Pacing()
    objective: Objective | None = None
    failure_rate: float = 0.0
    edits: Mapping[int, TrialEdit] = field(default_factory=dict)
    deletion_fails: bool = False
    gate: tuple[int, int] | None = None
    tick_phase: int = 0
    predecessors: int = 0
    recorded_best: float | None = None

    def __post_init__(self) -> None:
        for value, kind in ((self.ending, Ending), (self.pacing, Pacing)):
            if not isinstance(value, kind):
                raise TypeError(
                    "a scenario is made by its methods, such as Scenario.completes(after='3h') or "
                    f"Scenario.each('8m'), but Scenario got {shown(value)}"
                )

    @cached_property
    def pinned(self) -> dict[int, int]:
        """When each of the trials was created that were recorded, in milliseconds after the creation of the job."""
        return {
            number: seen[0]
            for number, edit in sorted(self.edits.items())
            if (seen := edit.times or edit.ran) is not None
        }

    @cached_property
    def numbers_by_name(self) -> dict[str, int]:
        """The numbers of the trials that were given names, by name."""
        return {edit.name: number for number, edit in self.edits.items() if edit.name is not None}

    @Fluent
    def completes(self, *, after: Duration | None = None) -> Scenario:
        """Make the job complete. If trials of it fail and none succeeds, it fails all the same.

        Args:
            after: how long after its creation. To end later than it would, each of its trials trains for longer, but
                is Starting for what its StoppingCondition does not let it train; to end earlier, all in it takes
                less. A trial that would run on for ever is cut short. A MaxRuntimeInSeconds of the job that is over
                before ends it then. None: when all its trials have ended.

        Raises:
            TypeError: the time is no duration.
            ValueError: it is not longer than nothing, or cannot be read.
        """
        return replace(self, ending=Completes(_stated(after)))

    @Fluent
    def fails(self, reason: str | None = None, *, after: Duration | None = None) -> Scenario:
        """Make the job fail.

        Args:
            reason: its FailureReason. None: the service's own text, for a job whose trials all failed or for one
                that could not create a training job.
            after: how long after its creation it fails, whatever its trials do; a job that would be over by then is
                made longer, as by ``completes``, but no longer than its MaxRuntimeInSeconds, at which it fails too.
                None: all its trials fail, but for those that have an ending of their own, and then the job fails, also
                if a limit or a criterion ends it.

        Raises:
            TypeError: the reason is not a text, or the time is no duration.
            ValueError: the time is not longer than nothing, or cannot be read.
        """
        kept = None if reason is None else failure_reason(reason)
        return replace(self, ending=Fails(_stated(after), kept))

    @Fluent
    def stops(self, *, after: Duration | None = None) -> Scenario:
        """Make somebody else stop the job.

        Args:
            after: how long after its creation it is asked to stop; it is Stopping then, and Stopped when its
                running trials are; a job that would be over by then is made longer, as by ``completes``. If its
                MaxRuntimeInSeconds is over before, nobody has to stop it. None: half-way from its creation to its
                end.

        Raises:
            TypeError: the time is no duration.
            ValueError: it is not longer than nothing, or cannot be read.
        """
        return replace(self, ending=Stops(_stated(after)))

    @Fluent
    def never_ends(self, *, ignoring_limits: bool = False) -> Scenario:
        """Make the last trial train until a limit ends it, or somebody stops it.

        A training job ends after its MaxRuntimeInSeconds, or after a day if its request names none (documented).

        Args:
            ignoring_limits: it trains on past MaxRuntimeInSeconds and MaxWaitTimeInSeconds, its own and its tuning
                job's, as no training job of AWS does.

        Raises:
            TypeError: ``ignoring_limits`` is neither True nor False.
        """
        return replace(self, ending=NeverEnds(endless(ignoring_limits)))

    @Fluent
    def each(self, shortest: Duration, longest: Duration | None = None) -> Scenario:
        """Set how long each trial takes, from its creation to its end: one length, or a shortest and a longest.

        Raises:
            TypeError: a length is no duration.
            ValueError: a length cannot be read, the longest is no longer than nothing, or shorter than the shortest.
        """
        return replace(
            self, pacing=replace(self.pacing, trial=span(shortest, longest, "the length of a trial"))
        )

    @Fluent
    def paced(
        self, /, *, as_in: int | None = None, **lengths: Duration | tuple[Duration, Duration]
    ) -> Scenario:
        """Set how long the stages of a job and its trials take.

        Args:
            as_in: a year, as in which all stages take that are not given here. Until early 2022 each trial had to wait
                for instances of its own, and a job of 20 trials took more than twice as long as one does since
                (observed). None: they take as long as before. A whole trial takes what ``each`` says in any case.
            lengths: by stage (see ``Pacing``), a length or a pair of the shortest and the longest.

        Raises:
            TypeError: there is no such stage, a length is no duration, or the year is no whole number.
            ValueError: a length cannot be read, the longest is no longer than nothing, or shorter than the shortest;
                or nothing is known of that year.
        """
        pacing = self.pacing if as_in is None else replace(observed(as_in), trial=self.pacing.trial)
        return replace(self, pacing=pacing.changed(**lengths))

    @Fluent
    def scored_by(self, objective: Objective) -> Scenario:
        """Set the function that scores a trial (see ``Objective``).

        It is called when somebody looks at the job, which depends on it: a RuntimeError tells it so if it asks the
        service that was asked for the job, or a job that it scores. It must not wait for another thread that asks
        them: that thread waits until it returns.

        Raises:
            TypeError: it is not a function.
        """
        if not callable(objective):
            raise TypeError(
                f"the objective must be a function of the tried values, but is {objective!r}: "
                "for one trial, write .trial(3).scores(0.9)"
            )
        return replace(self, objective=objective)

    @Fluent
    def failing(self, rate: float) -> Scenario:
        """Set the share of the trials that fail, from 0 to 1. The seed chooses which.

        Raises:
            TypeError: the share is no number.
            ValueError: it is not from 0 to 1.
        """
        if not is_number(rate):
            raise TypeError(f"the share of failing trials must be a number from 0 to 1, but is {shown(rate)}")
        if not 0 <= rate <= 1:
            raise ValueError(f"the share of failing trials must be from 0 to 1, but is {rate!r}")
        return replace(self, failure_rate=float(rate))

    @Fluent
    def refusing_deletion(self) -> Scenario:
        """Make a deletion of the job end in DeleteFailed."""
        return replace(self, deletion_fails=True)

    @Fluent
    def trial(self, number: int) -> TrialEditor[Scenario]:
        """Choose one trial, to say what happens to it. Trials are numbered from 1 in the order of launch.

        Raises:
            ValueError: the number is not a whole number from 1.
        """
        return TrialEditor(number, self.edited)

    def edited(self, number: int, edit: TrialEdit) -> Scenario:
        """Return this scenario with an edit of one trial."""
        return replace(self, edits={**self.edits, number: self.edits.get(number, TrialEdit()).merged(edit)})


def _stated(after: Duration | None) -> int | None:
    return None if after is None else positive(after, "the time of an ending")


_LONGEST_CURVE = 10_000
"""Values that a trial emits at most: one for each epoch, or each step."""

_NO_CURVES = (str, bytes, bytearray, memoryview, Mapping)
"""What can be iterated over, and is no list of numbers."""


def listed(returned: object) -> object:
    """Read all values of what an objective function returned into a list, but leave alone what has none."""
    if is_number(returned) or isinstance(returned, _NO_CURVES) or not isinstance(returned, Iterable):
        return returned
    # No further than that: a generator may never end.
    return list(islice(returned, _LONGEST_CURVE + 1))


def emitted(returned: object, number: int) -> tuple[float, ...]:
    """Return the values that an objective function lets a trial emit.

    Args:
        returned: what it returned (see ``listed``).
        number: the trial's number, for messages.

    Raises:
        TypeError: it returned no number, list of numbers or None.
        ValueError: it returned a value that is not a finite 32-bit number, or too many values.
    """
    if returned is None:
        return ()
    if is_number(returned):
        return (float32(returned),)
    curve: Sequence[object] = returned if isinstance(returned, list) else [returned]
    numbers = [value for value in curve if is_number(value)]
    if len(numbers) < len(curve):
        raise TypeError(
            f"an objective must return a number, a list of numbers or None, but returned {shown(returned)} "
            f"for trial {number}"
        )
    if len(numbers) > _LONGEST_CURVE:
        raise ValueError(
            f"an objective must return a number, a list of at most {_LONGEST_CURVE} numbers or None, but returned more "
            f"for trial {number}"
        )
    return tuple(map(float32, numbers))
