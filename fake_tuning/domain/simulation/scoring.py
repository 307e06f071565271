"""Calls the functions that score trials, and refuses them a look at what depends on their own answer."""

from __future__ import annotations

from collections.abc import Mapping
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from fake_tuning.domain.simulation.scenario import Objective
    from fake_tuning.domain.vocabulary.ranges import Value


class _Call(NamedTuple):
    objective: Objective
    job: str
    number: int


_UNDER_WAY: ContextVar[tuple[_Call, ...]] = ContextVar("fake_tuning_scoring", default=())
"""The functions that this thread or task is in; whoever called one holds the locks of what it looked at."""


def score(objective: Objective, values: Mapping[str, Value], job: str, number: int) -> Any:
    """Return what a function returns for a trial, whatever that is.

    What it raises gets a note that says which trial it was to score.

    Args:
        objective: the function.
        values: the hyperparameters that it is given.
        job: the name of the tuning job, or of the training job that stands alone.
        number: the trial's number.
    """
    token = _UNDER_WAY.set((*_UNDER_WAY.get(), _Call(objective, job, number)))
    try:
        return objective(values)
    except Exception as error:
        # As add_note does, which Python 3.10 has not. An error may be raised more than once.
        notes = vars(error).setdefault("__notes__", [])
        note = f"raised by the function that was to score trial {number} of {job!r}"
        if note not in notes:
            notes.append(note)
        raise
    finally:
        _UNDER_WAY.reset(token)


def is_scoring() -> bool:
    """Whether the caller is a function that scores a trial, or was called by one."""
    return bool(_UNDER_WAY.get())


def check_scores_nothing(asked: str, objective: Objective | None = None) -> None:
    """Refuse a function that scores a trial a look at jobs, which would wait for ever for what it returns.

    Args:
        asked: what the caller asks, for the message.
        objective: the function that must not ask that; None: no function may.

    Raises:
        RuntimeError: the caller is such a function, or was called by one.
    """
    for call in _UNDER_WAY.get():
        if objective is None or call.objective is objective:
            raise RuntimeError(
                f"the function that scores trial {call.number} of {call.job!r} asked {asked}, before it returned "
                "the score: how jobs are depends on that. Let it compute the score from the hyperparameters that it "
                "is given; whatever else it needs, find out before, or set single scores with .trial(3).scores(0.9)"
            )
