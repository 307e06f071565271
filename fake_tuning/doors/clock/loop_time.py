"""The time that an event loop tells: it follows a clock for a while, and outlives it."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from freezegun import api

if TYPE_CHECKING:
    from fake_tuning.doors.clock.scheduler import Scheduler


class LoopTime:
    """The time of an event loop: that of a clock or, while it follows none, real time. It goes on without a step.

    Args:
        ahead: how many seconds it is ahead of the real monotonic time at first.

    Attributes:
        scheduler: what it follows, or None.
    """

    def __init__(self, ahead: float = 0.0) -> None:
        self.scheduler: Scheduler | None = None
        self._ahead = ahead
        self._last = -math.inf

    def follow(self, scheduler: Scheduler | None) -> None:
        """Follow the time of a scheduler from now on, or real time."""
        if scheduler is not self.scheduler:
            now = self.now()
            self.scheduler = scheduler
            self._ahead = now - (api.real_monotonic() if scheduler is None else scheduler.seconds())

    def now(self) -> float:
        """Return the time in seconds. Each look is a hair later, so that timers of one instant stay in their order."""
        if self.scheduler is None:
            return api.real_monotonic() + self._ahead
        self.scheduler.sync()
        self._last = max(math.nextafter(self._last, math.inf), self.scheduler.seconds() + self._ahead)
        return self._last

    def reach(self, when: float) -> None:
        """Let it be this late at least, when a deadline has come: sums of floats can fall short of it by a hair."""
        self._last = max(self._last, when)
