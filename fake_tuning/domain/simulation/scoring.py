"""Calls the functions that score trials, and refuses them a look at what depends on their own answer."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from fake_tuning.domain.simulation.scenario import Objective, emitted, listed

if TYPE_CHECKING:
    from fake_tuning.domain.vocabulary.ranges import Value


@dataclass(eq=False)
class ScoringCall:
    """A call of a function that scores a trial.

    Attributes:
        objective: the function.
        job: the name of the tuning job, or of the training job that stands alone.
        number: the trial's number.
        thread: the thread that called it, and waits for it with all locks that it holds.
        over: whether the scores are known.
    """

    objective: Objective
    job: str
    number: int
    thread: int = field(default_factory=threading.get_ident)
    over: bool = False

    def refusal(self, asked: str) -> RuntimeError:
        """Return the error that tells the function that it must not ask something, such as ``"the service"``."""
        return RuntimeError(
            f"the function that scores trial {self.number} of {self.job!r} asked {asked}, before it returned "
            "the score: how jobs are depends on that. Let it compute the score from the hyperparameters that it "
            "is given; whatever else it needs, find out before, or set single scores with .trial(3).scores(0.9)"
        )


_CALLS: ContextVar[tuple[ScoringCall, ...]] = ContextVar("fake_tuning_scoring", default=())
"""The calls that this thread or task is in, or in which it was started: those may be over by now."""


def score(objective: Objective, values: Mapping[str, Value], job: str, number: int) -> tuple[float, ...]:
    """Return the values that a function lets a trial emit.

    What it raises gets a note that says which trial it was to score.

    Args:
        objective: the function.
        values: the hyperparameters that it is given.
        job: the name of the tuning job, or of the training job that stands alone.
        number: the trial's number.

    Raises:
        TypeError: it returned no number, list of numbers or None.
        ValueError: it returned a value that is not a finite 32-bit number, or too many values.
    """
    call = ScoringCall(objective, job, number)
    token = _CALLS.set((*_CALLS.get(), call))
    try:
        return emitted(_returned(call, values), number)
    finally:
        call.over = True
        _CALLS.reset(token)


def _returned(call: ScoringCall, values: Mapping[str, Value]) -> object:
    """Call the function, and read what it returns to the end: that may be a generator, which runs only then."""
    try:
        return listed(call.objective(values))
    except Exception as error:
        # As add_note does, which Python 3.10 has not. An error may be raised more than once.
        notes = vars(error).setdefault("__notes__", [])
        note = f"raised by the function that was to score trial {call.number} of {call.job!r}"
        if note not in notes:
            notes.append(note)
        raise


def scoring_calls() -> tuple[ScoringCall, ...]:
    """Return the calls that wait for the caller, or for whoever started it; the outermost comes first."""
    return tuple(call for call in _CALLS.get() if not call.over)


def check_scores_nothing_with(objective: Objective) -> None:
    """Refuse a function that scores trials a look at a job that it scores, which would wait for what it returns.

    Raises:
        RuntimeError: the caller is this function, or was called by it.
    """
    for call in scoring_calls():
        if call.objective is objective:
            raise call.refusal("about a job that it scores")
