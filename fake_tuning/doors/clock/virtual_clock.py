"""A clock that freezes the process, and that sleeping moves."""

from __future__ import annotations

import os
import sys
import threading
from collections import Counter
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from fake_tuning.domain.vocabulary.durations import duration, instant, spell
from fake_tuning.doors.clock import waits
from fake_tuning.doors.clock.freezing import Freeze

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime
    from types import TracebackType

    from typing_extensions import Self

    from fake_tuning.domain.vocabulary.clock import EventSource
    from fake_tuning.domain.vocabulary.durations import Duration, Instant

_SWALLOWED = 3
"""So often the same thread or task is told by an exception that it may swallow."""


class ClockRunaway(AssertionError):  # it is a failed assertion, and not to be expected
    """The code under test slept beyond all measure: it most likely waits for what never happens."""


class ClockRunawayIgnored(BaseException):
    """The code under test swallowed ``ClockRunaway``, and slept: ``except Exception`` lets this one pass."""


class VirtualClock:
    """Freezes the process, and makes sleeping move the time.

    While it runs, ``datetime.now``, ``time.time``, ``time.monotonic`` (by its differences) and ``now()``
    agree, in every thread. ``time.sleep`` and ``asyncio.sleep`` take no real time for those who take part:
    the thread that entered the clock, and every thread that called ``join()``, with all tasks of its event
    loops. Sleepers wake in the order of their deadlines, and the clock moves to each deadline, not past it.
    Everybody else sleeps for real and moves nothing.

    A freeze that is active (``@freeze_time``, pytest-freezer's ``freezer``, another VirtualClock) is
    followed, not nested: this clock moves it, and leaves it in place, at the time that it reached. The
    innermost freeze is the one that counts, also when it begins later; inside a ``freeze_time`` that begins
    later freezegun's own rules hold for ``time.time()`` in worker threads, which is real there.

    What waits without a sleep is real: event loops and their timeouts (``asyncio.wait_for``), ``Event.wait``,
    ``Queue.get(timeout=...)``, ``Future.result(timeout=...)``, ``select``, ``subprocess``,
    ``multiprocessing``. So no such timeout fires because the clock jumped. A sleeper does not wait for work
    that is done in real time: another participant that is long awake holds nothing back.

    Use it as ``with VirtualClock() as clock:``. Clocks are left in the reverse order of entering.

    Args:
        start: where the time begins, an aware datetime or an ISO 8601 text with an offset. None: the time of
            the active freeze, or else ``DEFAULT_START``, 2026-01-01T00:00:00Z (invented).
        max_sleeps: how many sleeps the code under test may begin.
        max_span: how far its sleeping may move the time, in all.

    Attributes:
        runaway: the first ClockRunaway that was raised, also when the code under test swallowed it.

    Raises:
        TypeError: an argument is of the wrong type, or ``start`` is naive.
        ValueError: an argument cannot be read, or allows no sleeping.
    """

    def __init__(
        self, start: Instant | None = None, *, max_sleeps: int = 10_000, max_span: Duration = "60d"
    ) -> None:
        self._start = None if start is None else instant(start, "start")
        self._limits = _limits(max_sleeps, max_span)
        self._sources: list[EventSource] = []
        self._guard = _Guard(*self._limits, self._sources)
        self._freeze = Freeze()
        self._sleeps: waits.Sleeps | None = None
        self._undo = ExitStack()

    @property
    def runaway(self) -> ClockRunaway | None:
        """The first ClockRunaway that was raised, or None."""
        return self._guard.runaway

    def __enter__(self) -> Self:
        """Freeze the process and replace the sleeps.

        Raises:
            RuntimeError: it is entered already, or time-machine is travelling.
        """
        if self._sleeps is not None:
            raise RuntimeError(
                "this VirtualClock is running already, and a clock is entered once: use the one that you "
                "have, or write `with VirtualClock() as inner:` for one that follows it"
            )
        with ExitStack() as undo:
            self._freeze.start(self._start)
            undo.callback(self._freeze.stop)
            self._guard = _Guard(*self._limits, self._sources)
            sleeps = waits.Sleeps(self._freeze, self._guard)
            undo.callback(sleeps.remove)
            sleeps.install()
            sleeps.join()
            self._undo = undo.pop_all()
        self._sleeps = sleeps
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Put everything back."""
        self._sleeps = None
        self._undo.close()

    def now(self) -> datetime:
        """Return the present instant, a standard datetime, aware, in UTC."""
        self._running()
        return self._freeze.read()

    def join(self) -> None:
        """Let the calling thread take part: from here on its sleeping moves the time instead of lasting."""
        self._running().join()

    def attach(self, source: EventSource) -> None:
        """Let the clock ask ``timeline`` for its events, and for an explanation of a runaway."""
        self.detach(source)
        self._sources.append(source)

    def detach(self, source: EventSource) -> None:
        """Forget ``timeline``, if it is attached."""
        self._sources[:] = [known for known in self._sources if known is not source]

    def advance(self, by: Duration) -> None:
        """Move forward, at once: sleepers that become due wake afterwards.

        Args:
            by: a length, a number of seconds or a text such as ``"1h30m"``.
        """
        self.move_to(self.now() + duration(by, "by"))

    def move_to(self, to: Instant) -> None:
        """Move to an instant, earlier or later. An aware datetime or an ISO 8601 text with an offset."""
        self._running().deadlines.move(instant(to, "to"))

    def sleep(self, length: Duration) -> None:
        """Sleep as ``time.sleep`` does for those who take part, whichever thread calls.

        Raises:
            ClockRunaway: there was too much sleeping.
        """
        sleeps = self._running()
        lasting = duration(length, "length")
        if lasting:
            sleeps.virtually(lasting)
        else:
            sleeps.real(0)

    def run_until(self, predicate: Callable[[], bool], *, every: Duration = "30s") -> None:
        """Move forward in steps until the predicate holds; not at all when it holds already.

        Args:
            predicate: asked before every step.
            every: the length of a step.

        Raises:
            ValueError: ``every`` is nothing.
            ClockRunaway: it does not hold after ``max_sleeps`` steps or ``max_span``.
        """
        step = duration(every, "every")
        if not step:
            raise ValueError(f"every must be longer than nothing, but is {every!r}: write it like '30s'")
        steps, (max_sleeps, max_span) = 0, self._limits
        sleeps = self._running()
        while not predicate():
            if steps >= max_sleeps or (steps + 1) * step > max_span:
                raise ClockRunaway(
                    f"run_until moved the clock {_times(steps)} by {spell(step)}, {spell(steps * step)} in "
                    f"all, and at {_where()} its predicate still did not hold.{_explained(self._sources)} "
                    "Can it ever hold? Then allow more, with VirtualClock(max_sleeps=..., max_span=...), "
                    "or @pytest.mark.tuning(the same)."
                )
            self.advance(step)
            sleeps.real(0)
            steps += 1

    def advance_to_next_event(self) -> datetime | None:
        """Move to the next event of the attached timelines.

        Returns:
            When that is, or None when there is none; then the clock stays.
        """
        now = self.now()
        events = [event for source in self._sources if (event := source.next_event_after(now)) is not None]
        if not events:
            return None
        self.move_to(min(events))
        return self.now()

    def _running(self) -> waits.Sleeps:
        if self._sleeps is None:
            raise RuntimeError(
                "this VirtualClock is not running: use it inside `with VirtualClock() as clock:`"
            )
        return self._sleeps


class _Guard:
    """Counts the sleeps of the code under test, and ends what would never end."""

    def __init__(self, max_sleeps: int, max_span: timedelta, sources: list[EventSource]) -> None:
        self.runaway: ClockRunaway | None = None
        self._max_sleeps = max_sleeps
        self._max_span = max_span
        self._sources = sources
        self._sleeps = 0
        self._slept = timedelta(0)
        self._warned: Counter[object] = Counter()
        self._lock = threading.Lock()

    def begin(self, length: timedelta, who: object) -> None:
        __tracebackhide__ = True
        with self._lock:
            limit = self._passed(length)
            if limit is None and self.runaway is None:
                self._sleeps += 1
                return
            self._warned[who] += 1
            if self.runaway is None and limit is not None:
                self.runaway = ClockRunaway(self._text(length, limit))
                raise self.runaway
            if self._warned[who] > _SWALLOWED:
                raise ClockRunawayIgnored(
                    f"{self.runaway} The sleeper was told so {_times(_SWALLOWED)} and slept on: "
                    "does it catch Exception?"
                )
            raise ClockRunaway(str(self.runaway))

    def moved(self, by: timedelta) -> None:
        with self._lock:
            self._slept += by

    def _passed(self, length: timedelta) -> str | None:
        if self._sleeps >= self._max_sleeps:
            return f"max_sleeps={self._max_sleeps}"
        if length > self._max_span - self._slept:
            return f"max_span={spell(self._max_span)!r}"
        return None

    def _text(self, length: timedelta, limit: str) -> str:
        return (
            f"the code under test slept {_times(self._sleeps)}, {spell(self._slept)} of virtual time, and "
            f"began to sleep {spell(length)} more at {_where()}, which is past {limit}."
            f"{_explained(self._sources)} Does it wait for what never happens? Then let it handle that, or "
            "give up: a job that never_ends() is ended only by a stop. Or is so much sleeping meant? Then "
            f"allow more: VirtualClock({limit.partition('=')[0]}=...), or @pytest.mark.tuning(the same)."
        )


def _limits(max_sleeps: int, max_span: Duration) -> tuple[int, timedelta]:
    if not isinstance(max_sleeps, int) or isinstance(max_sleeps, bool):
        raise TypeError(f"max_sleeps must be a whole number, but is {max_sleeps!r}")
    if max_sleeps < 1:
        raise ValueError(f"max_sleeps must be at least 1, but is {max_sleeps!r}")
    span = duration(max_span, "max_span")
    if not span:
        raise ValueError(f"max_span must be longer than nothing, but is {max_span!r}: write it like '60d'")
    return max_sleeps, span


def _times(count: int) -> str:
    return "once" if count == 1 else f"{count} times"


def _explained(sources: list[EventSource]) -> str:
    sentences = [source.explain_wait() for source in sources]
    return "".join(f" Meanwhile {sentence}" for sentence in sentences if sentence)


def _where() -> str:
    """Tell the file and line of whoever called us, as one reads it from the working directory."""
    frame = sys._getframe(1)
    while frame.f_back is not None and frame.f_globals.get("__name__") in (__name__, waits.__name__):
        frame = frame.f_back
    file = Path(frame.f_code.co_filename)
    here = Path(os.getcwd())
    return f"{file.relative_to(here).as_posix() if file.is_relative_to(here) else file.name}:{frame.f_lineno}"
