"""Which clock rules the process, and whether the calling thread takes part in its time."""

from __future__ import annotations

import os
import threading
from _thread import get_ident
from collections import Counter
from typing import TYPE_CHECKING, Protocol
from weakref import WeakSet

from fake_tuning.doors.clock.places import place

if TYPE_CHECKING:
    from datetime import timedelta

    from fake_tuning.doors.clock.participants import Participant
    from fake_tuning.doors.clock.patience import Patience
    from fake_tuning.doors.clock.scheduler import Scheduler


class Guard(Protocol):
    """Decides when there was too much waiting."""

    def begin(self, length: timedelta, who: object, *, may_end_before: bool = False) -> None:
        """Count a wait that begins.

        Args:
            length: how long it lasts at most.
            who: the thread or the task that waits.
            may_end_before: whether it waits for something else, and this is only its limit.

        Raises:
            BaseException: there was too much waiting.
        """

    def moved(self, by: timedelta) -> None:
        """Count the time by which waiting moved the clock."""

    def check_span(self) -> None:
        """Look whether waiting has moved the clock too far.

        Raises:
            BaseException: it has.
        """

    def verdict(self) -> BaseException | None:
        """Return what somebody was told who waits for what never happens, or None."""


class Ruling:
    """The rule of one clock, and of the clocks within it, which share its scheduler.

    Args:
        scheduler: blocks and wakes those who take part.
        guard: counts their waits; that of the innermost clock.
        tools: packages and modules whose threads never take part.
        patience: says for how long the clock waits for real work.

    Attributes:
        outsiders: threads that tools have started, and that never take part.
        real_sleepers: how often threads that do not take part slept for real, by thread and line.
    """

    def __init__(self, scheduler: Scheduler, guard: Guard, tools: frozenset[str], patience: Patience) -> None:
        self.scheduler, self.guard, self.tools, self.patience = scheduler, guard, tools, patience
        self.real_sleepers: Counter[str] = Counter()
        self.outsiders: WeakSet[threading.Thread] = WeakSet()

    def moved(self, by: timedelta) -> None:
        """Count the time by which waiting moved the clock, for the innermost clock."""
        self.guard.moved(by)

    def verdict(self) -> BaseException | None:
        """Return what somebody was told who waits for what never happens, or None."""
        return self.guard.verdict()


class _Process:
    """The process, which has one time and so one rule at most."""

    ruling: Ruling | None = None
    times_left = 0


def ruling() -> Ruling | None:
    """Return the present rule, or None when no clock runs."""
    return _Process.ruling


def rule(new: Ruling | None) -> None:
    """Let a clock rule, or none."""
    _Process.ruling = new
    _Process.times_left += new is None


def times_left() -> int:
    """Return how often, so far, the last clock was left."""
    return _Process.times_left


def here() -> Participant | None:
    """Return the calling thread as a participant, or None if its waits are real."""
    part = taking_part()
    return part and part[0]


def taking_part() -> tuple[Participant, Ruling] | None:
    """Return the calling thread as a participant, and the rule, or None if its waits are real."""
    now = _Process.ruling
    if now is None:
        return None
    participant = now.scheduler.participants.get(get_ident())
    if participant is None or participant.aside or now.scheduler.mutex.is_mine():
        return None
    if participant.adopted and not participant.is_current():
        now.scheduler.leave(participant)  # it has ended, and another thread got its identity
        return None
    return participant, now


def note_real_sleep() -> None:
    """Note that the calling thread, which does not take part, sleeps for real, if a clock runs."""
    now = _Process.ruling
    if now is not None:
        now.real_sleepers[f"{threading.current_thread().name} at {place()}"] += 1


def _after_fork() -> None:
    now = _Process.ruling
    if now is not None:
        now.scheduler.after_fork()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)
