"""A clock that freezes the process and moves when the code under test waits."""

from __future__ import annotations

import asyncio
import threading
import warnings
from contextlib import ExitStack, contextmanager
from types import MappingProxyType
from typing import TYPE_CHECKING

from fake_tuning.domain.vocabulary.durations import duration, instant, spell
from fake_tuning.doors.clock import loops, trio_runs
from fake_tuning.doors.clock.freezing import Freeze
from fake_tuning.doors.clock.originals import real_sleep
from fake_tuning.doors.clock.patience import Patience
from fake_tuning.doors.clock.replacements import Replacements
from fake_tuning.doors.clock.ruling import Ruling, here, rule, ruling
from fake_tuning.doors.clock.runaway import ClockRunaway, RunawayGuard, SleepLimits
from fake_tuning.doors.clock.scheduler import Scheduler
from fake_tuning.doors.clock.thread_waits import adopt, sleep_virtually

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping
    from datetime import datetime, timedelta
    from types import TracebackType

    from typing_extensions import Self

    from fake_tuning.domain.vocabulary.clock import EventSource, Reading
    from fake_tuning.domain.vocabulary.durations import Duration, Instant

TOOLS = (
    "_pytest",
    "_pydevd_bundle",
    "coverage",
    "debugpy",
    "execnet",
    "faulthandler",
    "moto.batch",
    "moto.moto_proxy",
    "moto.moto_server",
    "pydevd",
    "pytest_timeout",
    "rich",
    "tqdm",
    "xdist",
)
"""Packages and modules whose threads never take part: they watch, draw, report or serve, and move no time."""

_FOREIGN = (
    "{} keeps its own time, which no VirtualClock moves: asyncio.sleep and timeouts last in it as long as they say. "
    "Run the test on an event loop of asyncio itself"
)


class VirtualClock:
    """Freezes the process, and lets waiting move the time.

    While it runs, ``datetime.now``, ``time.time``, ``time.monotonic`` (by its differences) and ``now()``
    agree in every thread, and every wait with a time limit takes no real time in the threads that *take part*:
    ``time.sleep``; ``threading.Condition.wait`` and so ``Event``, ``Semaphore``, ``Barrier``, ``Timer``,
    ``queue.Queue``, ``Future.result``, ``concurrent.futures.wait`` and ``as_completed``; ``Thread.join``; and all
    timers of asyncio and trio, such as ``asyncio.sleep``, ``timeout``, ``wait_for`` and ``trio.fail_after``.

    The thread that entered the clock takes part, every thread that called ``join()`` or the fake, and every thread
    or pool that they start or hand work to. When all of them are blocked, the time moves to the earliest deadline,
    never past another's work, and whoever has it wakes; those of one deadline in the order in which they began to
    wait. All other threads wait for real and move nothing.

    A freeze that is active (``@freeze_time``, pytest-freezer's ``freezer``, another VirtualClock) is
    followed, not nested: this clock moves it, and leaves it in place at the time it has reached. The innermost
    freeze always counts, even one that begins later. Inside such a later ``freeze_time``, freezegun's own
    rules apply to worker threads: ``time.time()`` is real there.

    Other waits are real: locks that are acquired with a time limit, ``select`` and sockets, ``subprocess``,
    ``multiprocessing``, C code, the timers of uvloop. Work that is done in them is waited for, within ``io_patience``.

    Use it as ``with VirtualClock() as clock:``. Clocks are left in the reverse order of entering, in the thread that
    entered them.

    Args:
        start: when the time begins, an aware datetime or an ISO 8601 text with an offset. None: the time of
            the active freeze, or else ``DEFAULT_START``, 2026-01-01T00:00:00Z (invented).
        max_polls: how many polls in a row may bring the code under test nothing new: sleeps after it read jobs
            that have ended, and for which nothing lies ahead. A hundred times as many of jobs that have not ended;
            ten times as many reads at one instant, and a hundred times as many steps of ``run_until``.
        max_sleeps: how many sleeps it may begin in a row while nothing lies ahead and it reads nothing new.
        max_span: how far its sleeping may move the time, in all.
        patience: how long, in real time, the clock waits for a participant that stands still in C code, such as
            one that waits for a lock, before it moves without it.
        io_patience: the same for one that waits for a file, a socket or a child process, and for a connection of
            an event loop on which an answer is awaited.
        tools: names of packages and modules, beyond ``TOOLS``, whose threads never take part.

    Attributes:
        runaway: the first ClockRunaway that was raised, also when the code under test swallowed it.

    Raises:
        TypeError: an argument is of the wrong type, or ``start`` is naive.
        ValueError: an argument cannot be read, or allows no sleeping.
    """

    def __init__(
        self,
        start: Instant | None = None,
        *,
        max_polls: int = 100,
        max_sleeps: int = 100_000,
        max_span: Duration = "60d",
        patience: Duration = "20ms",
        io_patience: Duration = "1s",
        tools: Collection[str] = (),
    ) -> None:
        self._start = None if start is None else instant(start, "start")
        self._limits = SleepLimits.read(max_polls, max_sleeps, max_span)
        self._patience = (
            duration(patience, "patience").total_seconds(),
            duration(io_patience, "io_patience").total_seconds(),
        )
        self._tools = frozenset(_names(tools)).union(TOOLS)
        self._sources: list[EventSource] = []
        self._freeze = Freeze()
        self._guard = RunawayGuard(self._limits, self._sources, self._freeze.read)
        self._ruling: Ruling | None = None
        self._thread: threading.Thread | None = None
        self._foreign: set[type] = set()
        self._real_sleepers: Mapping[str, int] = {}
        self._undo = ExitStack()

    @property
    def runaway(self) -> ClockRunaway | None:
        """The first ClockRunaway that was raised, or None."""
        return self._guard.told[0] if self._guard.told else None

    @property
    def runaways(self) -> list[ClockRunaway]:
        """Every ClockRunaway that was raised, in order."""
        return self._guard.told

    @property
    def real_sleepers(self) -> Mapping[str, int]:
        """How often threads that do not take part slept for real while it ran, by thread and line."""
        return MappingProxyType(self._real_sleepers)

    def __enter__(self) -> Self:
        """Freeze the process and make waits virtual.

        Raises:
            RuntimeError: it is entered already, or time-machine is travelling.
        """
        if self._ruling is not None:
            raise RuntimeError(
                "this VirtualClock is running already, and a clock is entered once: use the one that you "
                "have, or write `with VirtualClock() as inner:` for one that follows it"
            )
        with ExitStack() as undo:
            self._freeze.start(self._start)
            undo.callback(self._freeze.stop)
            self._guard = RunawayGuard(self._limits, self._sources, self._freeze.read)
            self._ruling = self._begin_to_rule(undo)
            self._real_sleepers = self._ruling.real_sleepers
            undo.callback(setattr, self, "_ruling", None)
            self._thread = threading.current_thread()
            self.join()
            adopt(self._ruling.scheduler, self._thread, driver=True).entered = True
            self._undo = undo.pop_all()
        return self

    def _begin_to_rule(self, undo: ExitStack) -> Ruling:
        outer = ruling()
        if outer is not None:
            undo.callback(setattr, outer, "guard", outer.guard)
            outer.guard = self._guard
            outer.scheduler.sync()
            return outer
        scheduler = Scheduler(self._freeze)
        new = Ruling(scheduler, self._guard, self._tools, Patience(scheduler, *self._patience))
        scheduler.on_move = new.moved
        scheduler.verdict = new.verdict
        scheduler.onlooker = new.patience
        replacements = Replacements()
        undo.callback(new.scheduler.close)
        undo.callback(replacements.undo)
        replacements.apply()
        undo.callback(rule, None)
        rule(new)
        return new

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Put everything back.

        Raises:
            RuntimeError: another thread entered it. Everything is put back nevertheless.
        """
        entered_in, self._thread = self._thread, None
        self._undo.close()
        here_now = threading.current_thread()
        if entered_in is not None and entered_in is not here_now:
            raise RuntimeError(
                f"this VirtualClock was entered in the thread {entered_in.name!r} and left in {here_now.name!r}. "
                "It has ended, but who took part in it was decided in the first: enter and leave it in one thread"
            )

    def now(self) -> datetime:
        """Return the present instant, a standard datetime, aware, in UTC."""
        self._running()
        return self._freeze.read()

    def join(self) -> None:
        """Make the calling thread, and the event loop that it runs, take part: its waits move the time from now on.

        An event loop that keeps its own time, such as uvloop's, stays as it is, with a RuntimeWarning.
        """
        scheduler = self._running().scheduler
        adopt(scheduler, threading.current_thread(), driver=True)
        loop = asyncio._get_running_loop()
        if loop is not None and not loops.adopt_loop(loop, scheduler) and type(loop) not in self._foreign:
            self._foreign.add(type(loop))
            name = f"{type(loop).__module__}.{type(loop).__qualname__}"
            warnings.warn(_FOREIGN.format(name), RuntimeWarning, stacklevel=2)

    def note_read(self, reading: Reading) -> None:
        """Note what the calling thread or task has read.

        Raises:
            ClockRunaway: it reads the same on and on, and nothing can come of it.
        """
        __tracebackhide__ = True
        self._guard.note_read(reading)

    def attach(self, source: EventSource) -> None:
        """Make the clock ask ``source`` for its events, and for an explanation of a runaway."""
        self.detach(source)
        self._sources.append(source)

    def detach(self, source: EventSource) -> None:
        """Detach ``source``, if it is attached."""
        self._sources[:] = [known for known in self._sources if known is not source]

    def advance(self, by: Duration) -> None:
        """Move forward from deadline to deadline: whoever is due on the way wakes at its own instant.

        Returns when all who were due have run until they wait again. In a coroutine, tasks of its own event loop
        cannot run meanwhile; ``advance_async`` lets them.

        Args:
            by: a length, a number of seconds or a text such as ``"1h30m"``.

        Raises:
            RuntimeError: another thread holds the time, or tasks of the caller's own event loop are due on the way.
            ValueError: it leads beyond the year 9999.
        """
        self.move_to(self._after(by))

    def move_to(self, to: Instant) -> None:
        """Move to an instant. Forward like ``advance``; to an earlier one at once, and nobody wakes.

        Args:
            to: an aware datetime or an ISO 8601 text with an offset.

        Raises:
            RuntimeError: as from ``advance``.
        """
        scheduler = self._scheduler_to_move()
        with self._moving(scheduler, instant(to, "to")) as target:
            if target is None:
                return
            if loops.is_busy_before(scheduler, target) or trio_runs.is_busy_before(scheduler, target):
                raise RuntimeError(
                    "advance(), move_to() and run_until() cannot run tasks of the event loop that calls them, and "
                    "some are due on the way: write `await clock.advance_async(...)`, move_to_async or "
                    "run_until_async instead"
                )
            scheduler.block_thread(here(), target, last=True)

    async def advance_async(self, by: Duration) -> None:
        """Do what ``advance`` does, and let tasks of the same event loop run, too.

        Args:
            by: as for ``advance``.

        Raises:
            RuntimeError: another thread holds the time.
            ValueError: it leads beyond the year 9999.
        """
        await self.move_to_async(self._after(by))

    async def move_to_async(self, to: Instant) -> None:
        """Do what ``move_to`` does, and let tasks of the same event loop run, too.

        Args:
            to: as for ``move_to``.

        Raises:
            RuntimeError: another thread holds the time.
        """
        scheduler = self._scheduler_to_move()
        arrival = trio_runs.Signal() if trio_runs.in_task() else loops.Signal()
        with self._moving(scheduler, instant(to, "to")) as target:
            if target is None:
                return
            wait = scheduler.wait(here(), target, arrival.give, blocks=False, last=True)
            try:
                if scheduler.block(wait):
                    await arrival.wait()
            finally:
                scheduler.end(wait)

    @contextmanager
    def held(self) -> Iterator[None]:
        """Let nothing move the time but ``advance`` and its kin, called by the thread that enters this.

        So a test can drive code that runs in other threads, or in other tasks of its event loop.

        Raises:
            RuntimeError: another thread holds the time.
        """
        scheduler = self._scheduler_to_move()
        scheduler.hold(threading.current_thread())
        try:
            yield
        finally:
            scheduler.let_go()

    def sleep(self, length: Duration) -> None:
        """Sleep in virtual time, whether or not the calling thread takes part.

        Raises:
            ClockRunaway: there was too much sleeping.
            OverflowError: it would end after the year 9999.
            RuntimeError: the calling thread holds the time.
        """
        now = self._running()
        lasting = duration(length, "length")
        if lasting:
            sleep_virtually(lasting.total_seconds(), here(), now)
        else:
            real_sleep(0)

    def run_until(self, predicate: Callable[[], bool], *, every: Duration = "30s") -> None:
        """Move forward in steps until the predicate holds. Does not move if it holds already.

        Args:
            predicate: asked before every step.
            every: the length of a step.

        Raises:
            TypeError: the predicate is no function.
            ValueError: ``every`` is nothing.
            ClockRunaway: it does not hold within ``max_span``, or after a hundred times ``max_polls`` steps while
                nothing lies ahead.
            RuntimeError: as from ``advance``.
        """
        self._running()
        for step in self._steps_until(predicate, every):
            self.advance(step)
            real_sleep(0)

    async def run_until_async(self, predicate: Callable[[], bool], *, every: Duration = "30s") -> None:
        """Do what ``run_until`` does, and let tasks of the same event loop run, too.

        Args:
            predicate: as for ``run_until``.
            every: as for ``run_until``.

        Raises:
            ValueError: as from ``run_until``.
            ClockRunaway: as from ``run_until``.
        """
        self._running()
        for step in self._steps_until(predicate, every):
            await self.advance_async(step)

    def _steps_until(self, predicate: Callable[[], bool], every: Duration) -> Iterator[timedelta]:
        if not callable(predicate):
            raise TypeError(
                f"predicate must be a function, such as lambda: job.status == 'Completed', but is {predicate!r}"
            )
        step = duration(every, "every")
        if not step:
            raise ValueError(f"every must be longer than nothing, but is {every!r}: write it like '30s'")
        steps = 0
        while not predicate():
            self._guard.check_steps(step, steps)
            yield step
            steps += 1

    def advance_to_next_event(self) -> datetime | None:
        """Move to the next event of the attached sources, like ``advance``.

        Returns:
            When that is, or None if nothing lies ahead; then the clock does not move.

        Raises:
            RuntimeError: as from ``advance``.
        """
        event = self._next_event()
        if event is None:
            return None
        self.move_to(event)
        return self.now()

    async def advance_to_next_event_async(self) -> datetime | None:
        """Do what ``advance_to_next_event`` does, and let tasks of the same event loop run, too.

        Returns:
            When that is, or None if nothing lies ahead; then the clock does not move.

        Raises:
            RuntimeError: another thread holds the time.
        """
        event = self._next_event()
        if event is None:
            return None
        await self.move_to_async(event)
        return self.now()

    def _next_event(self) -> datetime | None:
        now = self.now()
        events = [event for source in self._sources if (event := source.next_event_after(now)) is not None]
        return min(events, default=None)

    def _after(self, by: Duration) -> datetime:
        length = duration(by, "by")
        try:
            return self.now() + length
        except OverflowError:
            raise ValueError(
                f"{spell(length)} more would be after the year 9999, where the calendar ends: it is "
                f"{self.now().isoformat()} now. Begin earlier, with VirtualClock(start=...), or move by less"
            ) from None

    def _scheduler_to_move(self) -> Scheduler:
        scheduler = self._running().scheduler
        holder = scheduler.holder
        if holder is not None and holder is not threading.current_thread():
            raise RuntimeError(
                f"the thread {holder.name!r} holds the time, and only it may move or hold it: let the test advance "
                "the clock, and the code in other threads wait"
            )
        return scheduler

    @contextmanager
    def _moving(self, scheduler: Scheduler, to: datetime) -> Iterator[int | None]:
        """Allow a move, and yield its deadline. An earlier instant is moved to at once, and None is yielded."""
        target = scheduler.target(to)
        if target is None:
            scheduler.jump(to)
            yield None
            return
        scheduler.begin_move(target)
        try:
            yield target
        finally:
            scheduler.end_move(target)

    def _running(self) -> Ruling:
        if self._ruling is None:
            raise RuntimeError(
                "this VirtualClock is not running: use it inside `with VirtualClock() as clock:`"
            )
        return self._ruling


def _names(tools: Collection[str]) -> Collection[str]:
    names = (tools,) if isinstance(tools, str) else tools
    if not isinstance(names, (tuple, list, set, frozenset)) or not all(
        isinstance(each, str) for each in names
    ):
        raise TypeError(
            f"tools must be names of modules, such as ('watcher', 'vendor.agent'), but is {tools!r}"
        )
    return names
