"""The time that an event loop tells: it follows a clock for a while, and outlives it."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from freezegun import api

if TYPE_CHECKING:
    from fake_tuning.doors.clock.scheduler import Scheduler


_HAIR = 0.4e-6
"""Seconds: looks at one instant drift apart by less than this, for deadlines are rounded to microseconds."""


def a_hair_later(last: float, exact: float) -> float:
    """Return what the next look at a time is to tell.

    Args:
        last: what the last look told, in seconds.
        exact: the time, in seconds.
    """
    return max(exact, last, min(math.nextafter(last, math.inf), exact + _HAIR))


class LoopTime:
    """The time of an event loop: that of a clock or, while it follows none, real time. It goes on without a step.

    Args:
        ahead: how many seconds it is ahead of the real monotonic time at first.
    """

    def __init__(self, ahead: float = 0.0) -> None:
        self._follows: tuple[Scheduler | None, float] = None, ahead  # at once, for other threads may look
        self._last = -math.inf

    @property
    def scheduler(self) -> Scheduler | None:
        """What it follows, or None."""
        return self._follows[0]

    def follow(self, scheduler: Scheduler | None) -> None:
        """Follow the time of a scheduler from now on, or real time."""
        if scheduler is not self.scheduler:
            real = api.real_monotonic() if scheduler is None else scheduler.seconds()
            self._follows = scheduler, self.now() - real

    def now(self) -> float:
        """Return the time in seconds. Each look is a hair later, so that timers of one instant stay in their order."""
        scheduler, ahead = self._follows
        if scheduler is None:
            return api.real_monotonic() + ahead
        scheduler.sync()
        self._last = a_hair_later(self._last, scheduler.seconds() + ahead)
        return self._last

    def reach(self, when: float) -> None:
        """Let it be this late at least, when a deadline has come: sums of floats can fall short of it by a hair."""
        self._last = max(self._last, when)
