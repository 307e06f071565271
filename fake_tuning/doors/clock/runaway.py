"""Ends a test whose code under test sleeps without end."""

from __future__ import annotations

import threading
from collections import Counter
from datetime import timedelta
from typing import TYPE_CHECKING, NamedTuple

from fake_tuning.domain.vocabulary.durations import duration, spell
from fake_tuning.domain.vocabulary.numbers import is_whole
from fake_tuning.doors.clock.places import place

if TYPE_CHECKING:
    from collections.abc import Iterable

    from fake_tuning.domain.vocabulary.clock import EventSource
    from fake_tuning.domain.vocabulary.durations import Duration

_SWALLOWED = 3
"""How often the same thread or task gets an exception that ``except Exception`` can swallow."""


class ClockRunaway(AssertionError):
    """The code under test slept far longer than any test needs, most likely for something that never happens."""


class ClockRunawayIgnored(BaseException):
    """The code under test swallowed ``ClockRunaway`` and slept on: ``except Exception`` does not catch this one."""


class SleepLimits(NamedTuple):
    """How much the code under test may sleep.

    Attributes:
        max_sleeps: how many sleeps it may begin.
        max_span: how far its sleeping may move the time, in all.
    """

    max_sleeps: int
    max_span: timedelta

    @classmethod
    def read(cls, max_sleeps: int, max_span: Duration) -> SleepLimits:
        """Read limits as users write them.

        Raises:
            TypeError: one is of the wrong type.
            ValueError: one cannot be read, or allows no sleeping.
        """
        if not is_whole(max_sleeps):
            raise TypeError(f"max_sleeps must be a whole number, but is {max_sleeps!r}")
        if max_sleeps < 1:
            raise ValueError(f"max_sleeps must be at least 1, but is {max_sleeps!r}")
        span = duration(max_span, "max_span")
        if not span:
            raise ValueError(
                f"max_span must be longer than nothing, but is {max_span!r}: write it like '60d'"
            )
        return cls(max_sleeps, span)

    def exceeded_by(self, length: timedelta, sleeps: int, slept: timedelta) -> str | None:
        """Return the limit that a further sleep would exceed, as users write it, or None.

        Args:
            length: how long the sleep is meant to last.
            sleeps: how many sleeps were begun before it.
            slept: how far they moved the time.
        """
        if sleeps >= self.max_sleeps:
            return f"max_sleeps={self.max_sleeps}"
        if length > self.max_span - slept:
            return f"max_span={spell(self.max_span)!r}"
        return None


class RunawayGuard:
    """Counts the sleeps of the code under test, and raises when they exceed the limits.

    Args:
        limits: how much sleeping is allowed.
        sources: explain what the code under test was waiting for.

    Attributes:
        runaway: the first ``ClockRunaway`` that was raised, or None.
    """

    def __init__(self, limits: SleepLimits, sources: Iterable[EventSource]) -> None:
        self.runaway: ClockRunaway | None = None
        self._limits = limits
        self._sources = sources
        self._sleeps = 0
        self._slept = timedelta(0)
        self._warned: Counter[object] = Counter()
        self._lock = threading.Lock()

    def begin(self, length: timedelta, who: object) -> None:
        """Count a sleep that begins.

        Args:
            length: how long it is meant to last.
            who: the thread or task that sleeps.

        Raises:
            ClockRunaway: there was too much sleeping.
            ClockRunawayIgnored: the sleeper swallowed that several times, and sleeps again.
        """
        __tracebackhide__ = True
        with self._lock:
            limit = self._limits.exceeded_by(length, self._sleeps, self._slept)
            if limit is None and self.runaway is None:
                self._sleeps += 1
                return
            self._warned[who] += 1
            if self.runaway is None and limit is not None:
                self.runaway = ClockRunaway(self._text(length, limit))
                raise self.runaway
            if self._warned[who] > _SWALLOWED:
                raise ClockRunawayIgnored(
                    f"{self.runaway} The sleeper was told so {times(_SWALLOWED)} and slept on: "
                    "does it catch Exception?"
                )
            raise ClockRunaway(str(self.runaway))

    def moved(self, by: timedelta) -> None:
        """Count the time by which a sleep moved the clock."""
        with self._lock:
            self._slept += by

    def _text(self, length: timedelta, limit: str) -> str:
        return (
            f"the code under test slept {times(self._sleeps)}, {spell(self._slept)} of virtual time, and "
            f"began to sleep {spell(length)} more at {place()}, which is past {limit}."
            f"{explained(self._sources)} Does it wait for what never happens? Then let it handle that, or "
            "give up: a job that never_ends() is ended only by a stop. Or is so much sleeping meant? Then "
            f"allow more: VirtualClock({limit.partition('=')[0]}=...), or @pytest.mark.tuning(the same)."
        )


def times(count: int) -> str:
    """Say how often: ``"once"`` or ``"3 times"``."""
    return "once" if count == 1 else f"{count} times"


def explained(sources: Iterable[EventSource]) -> str:
    """Say, in sentences to append to a message, what the code under test kept reading."""
    sentences = [source.explain_wait() for source in sources]
    return "".join(f" Meanwhile {sentence}" for sentence in sentences if sentence)
