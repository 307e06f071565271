"""A clock that freezes the process and moves when the code under test sleeps."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING

from fake_tuning.domain.vocabulary.durations import duration, instant, spell
from fake_tuning.doors.clock import waits
from fake_tuning.doors.clock.freezing import Freeze
from fake_tuning.doors.clock.runaway import ClockRunaway, RunawayGuard, SleepLimits, explained, times, where

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime
    from types import TracebackType

    from typing_extensions import Self

    from fake_tuning.domain.vocabulary.clock import EventSource
    from fake_tuning.domain.vocabulary.durations import Duration, Instant


class VirtualClock:
    """Freezes the process, and lets sleeping move the time.

    While it runs, ``datetime.now``, ``time.time``, ``time.monotonic`` (by its differences) and ``now()``
    agree in every thread. For participants, ``time.sleep`` and ``asyncio.sleep`` take no real time. The thread
    that entered the clock is a participant, and so is every thread that called ``join()``, with all tasks of
    its event loops. Sleepers wake in the order of their deadlines, and the clock moves to each deadline, never
    past it. All other threads sleep for real and move nothing.

    A freeze that is active (``@freeze_time``, pytest-freezer's ``freezer``, another VirtualClock) is
    followed, not nested: this clock moves it, and leaves it in place at the time it has reached. The innermost
    freeze always counts, even one that begins later. Inside such a later ``freeze_time``, freezegun's own
    rules apply to worker threads: ``time.time()`` is real there.

    Other waits are real: event loops and their timeouts (``asyncio.wait_for``), ``Event.wait``,
    ``Queue.get(timeout=...)``, ``Future.result(timeout=...)``, ``select``, ``subprocess``,
    ``multiprocessing``. So no such timeout fires because the clock jumped. A sleeper does not wait long for
    work that is done in real time: a participant that stays awake holds the clock back only briefly.

    Use it as ``with VirtualClock() as clock:``. Clocks are left in the reverse order of entering.

    Args:
        start: when the time begins, an aware datetime or an ISO 8601 text with an offset. None: the time of
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
        self._limits = SleepLimits.read(max_sleeps, max_span)
        self._sources: list[EventSource] = []
        self._guard = RunawayGuard(self._limits, self._sources)
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
            self._guard = RunawayGuard(self._limits, self._sources)
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
        """Make the calling thread a participant: from now on its sleeping moves the time."""
        self._running().join()

    def attach(self, source: EventSource) -> None:
        """Make the clock ask ``source`` for its events, and for an explanation of a runaway."""
        self.detach(source)
        self._sources.append(source)

    def detach(self, source: EventSource) -> None:
        """Detach ``source``, if it is attached."""
        self._sources[:] = [known for known in self._sources if known is not source]

    def advance(self, by: Duration) -> None:
        """Move forward at once; sleepers that become due wake afterwards.

        Args:
            by: a length, a number of seconds or a text such as ``"1h30m"``.
        """
        self.move_to(self.now() + duration(by, "by"))

    def move_to(self, to: Instant) -> None:
        """Move to an instant, earlier or later. An aware datetime or an ISO 8601 text with an offset."""
        self._running().deadlines.move(instant(to, "to"))

    def sleep(self, length: Duration) -> None:
        """Sleep in virtual time, whether or not the calling thread is a participant.

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
        """Move forward in steps until the predicate holds. Does not move if it holds already.

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
        steps = 0
        sleeps = self._running()
        while not predicate():
            if self._limits.exceeded_by(step, steps, steps * step):
                raise ClockRunaway(
                    f"run_until moved the clock {times(steps)} by {spell(step)}, {spell(steps * step)} in "
                    f"all, and at {where()} its predicate still did not hold.{explained(self._sources)} "
                    "Can it ever hold? Then allow more, with VirtualClock(max_sleeps=..., max_span=...), "
                    "or @pytest.mark.tuning(the same)."
                )
            self.advance(step)
            sleeps.real(0)
            steps += 1

    def advance_to_next_event(self) -> datetime | None:
        """Move to the next event of the attached sources.

        Returns:
            When that is, or None if nothing lies ahead; then the clock does not move.
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
