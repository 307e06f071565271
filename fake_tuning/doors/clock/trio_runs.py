"""Runs of trio: their deadlines are virtual in a thread that takes part, and so is their wait for them.

A run asks its ``SystemClock`` for the time, and waits in ``get_events`` of its I/O manager: in its own thread, or in a
worker thread if it is a guest run, as those of anyio's pytest plugin are. A run on a clock of its own, such as trio's
MockClock, is left alone. Tried with trio 0.22 to 0.35.
"""

from __future__ import annotations

import math
import select
import sys
import threading
from _thread import get_ident
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary, ref

from freezegun import api

from fake_tuning.doors.clock.loop_time import LoopTime
from fake_tuning.doors.clock.loops import RESOLUTION, TURNS, is_ready, kind_of
from fake_tuning.doors.clock.ruling import ruling, taking_part
from fake_tuning.doors.clock.thread_waits import may_be_passed_by
from fake_tuning.doors.late_imports import Patches, Target

if TYPE_CHECKING:
    from collections.abc import Callable

    from fake_tuning.doors.clock.participants import Participant, Wait
    from fake_tuning.doors.clock.patience import Patience
    from fake_tuning.doors.clock.ruling import Ruling
    from fake_tuning.doors.clock.scheduler import Scheduler

_LONG = 86400.0
"""Real seconds: trio waits no longer than this at once, whatever its next deadline is."""

_runs: WeakKeyDictionary[Any, TrioRun] = WeakKeyDictionary()
"""What is known of a run, by its clock, its I/O manager and the sockets through which it is woken."""


class TrioRun:
    """The time of one run, and its waits.

    Args:
        clock: the clock of the run.
        runner: the run.

    Attributes:
        time: what its clock tells.
        deadline: its next deadline, infinite if it has none.
    """

    def __init__(self, clock: Any, runner: Any) -> None:
        self.time = LoopTime(clock.offset + api.real_perf_counter() - api.real_monotonic())
        self.deadline = math.inf
        self._runner = ref(runner)
        self._files = _Files(runner)
        self._turns = 0
        self._woken = False
        self._waits: tuple[Wait, Scheduler] | None = None

    def wake(self) -> None:
        """Count it as awake: somebody has given it something to do."""
        self._woken = True
        waits = self._waits
        if waits is not None:
            wait, scheduler = waits
            scheduler.end_early(wait)  # it may have read what woke it before it began to wait anew

    def get_events(
        self, real: Callable[[float], Any], timeout: float, participant: Participant, rule: Ruling, io: Any
    ) -> Any:
        """Wait until the next deadline in virtual time, or until something happens.

        Args:
            real: waits for real.
            timeout: for how long, in seconds.
            participant: the calling thread.
            rule: the present rule.
            io: the I/O manager.
        """
        if timeout <= 0:
            self._turns += 1
            runner = self._runner()
            if self._turns < TURNS or runner is None:
                return real(0)
            participant.yields = self._turns
            if not may_be_passed_by(participant, rule.scheduler):
                return real(0)
            self.deadline = runner.deadlines.next_deadline()
            timeout = _LONG  # its tasks never rest: it is taken to wait for its next deadline
        self._turns = 0
        self._woken = False
        events = real(0) or self._files.wait(real, io, rule.patience)
        if events:
            return events
        seconds = timeout if timeout < _LONG else max(self.deadline - self.time.now(), 0.0)
        events = self._wait(real, seconds, participant, rule.scheduler, io)
        return real(0) if events is None else events

    def _wait(
        self,
        real: Callable[[float], Any],
        seconds: float,
        participant: Participant,
        scheduler: Scheduler,
        io: Any,
    ) -> Any:
        deadline = None if math.isinf(seconds) else scheduler.deadline_in(seconds)
        poll = getattr(io, "_epoll", None) or getattr(io, "_kqueue", None)
        has_news = None if poll is None else partial(is_ready, poll)
        events = None
        wait = scheduler.wait(participant, deadline, io.force_wakeup, has_news=has_news)
        try:
            with scheduler.mutex:
                if self._woken:
                    return None
                self._waits = wait, scheduler
                scheduler.begin(wait)
            if scheduler.follow(wait):
                if poll is None:
                    events = real(_LONG)
                else:  # what has happened must be seen by others until this wait has ended: it is not taken yet
                    select.select([poll], [], [], _LONG)
        finally:
            self._waits = None
            scheduler.end(wait)
            if wait.expired:
                self.time.reach(min(self.deadline, self.time.now() + RESOLUTION))
            if wait.refusal is not None:
                raise wait.refusal
        return events


class _Files:
    """The files that tasks of a run wait for. An answer may come that is worth waiting for."""

    def __init__(self, runner: Any) -> None:
        self._own = {
            runner.entry_queue.wakeup.wakeup_sock.fileno(),
            getattr(runner.io_manager, "_force_wakeup_fd", None),
        }
        self._spent: set[tuple[int, int]] = set()

    def wait(self, real: Callable[[float], Any], io: Any, patience: Patience) -> Any:
        """Wait for them, in real time, once each time that a task begins to wait for one."""
        waiting = self._waiting(io)
        if waiting <= self._spent:
            return []
        events = real(patience.outside)
        heard = {getattr(event, "ident", None) or event[0] for event in events}
        self._spent = set() if heard - self._own else waiting
        return events

    def _waiting(self, io: Any) -> set[tuple[int, int]]:
        """Return which tasks wait for which files. Windows's I/O manager does not tell."""
        found = set()
        for key, waiters in list(getattr(io, "_registered", {}).items()):
            file = key[0] if isinstance(key, tuple) else key
            tasks = {getattr(waiters, name, None) for name in ("read_task", "write_task")} - {None} or {
                waiters
            }
            if file not in self._own and kind_of(file) != "listens":
                found |= {(file, id(task)) for task in tasks}
        return found


def _telling(original: Callable[[Any], float]) -> Callable[[Any], float]:
    def current_time(self: Any) -> float:
        __tracebackhide__ = True
        run, part = _runs.get(self), taking_part()
        scheduler = None if part is None else part[1].scheduler
        if run is None:
            if scheduler is None:  # the original's source of time is frozen while a clock rules
                return original(self) if ruling() is None else float(self.offset + api.real_perf_counter())
            run = _begin(self)
            if run is None:
                return original(self)
        run.time.follow(scheduler)
        if (
            part is not None and in_task()
        ):  # here it is raised in a task's own line, and does not break the run
            part[1].guard.check_span()
        return run.time.now()

    return current_time


def _begin(clock: Any) -> TrioRun | None:
    runner: Any = getattr(_core().GLOBAL_RUN_CONTEXT, "runner", None)
    if runner is None or runner.clock is not clock:
        return None
    run = TrioRun(clock, runner)
    io = runner.io_manager
    for each in (clock, io, runner.entry_queue.wakeup, getattr(io, "_force_wakeup", None)):
        if each is not None:
            _runs[each] = run
    return run


def _computing(original: Callable[[Any, float], float]) -> Callable[[Any, float], float]:
    def deadline_to_sleep_time(self: Any, deadline: float) -> float:
        seconds = original(self, deadline)
        run = _runs.get(self)
        if run is not None:
            run.deadline = deadline
        return seconds

    return deadline_to_sleep_time


def _waiting(original: Callable[[Any, float], Any]) -> Callable[[Any, float], Any]:
    def get_events(self: Any, timeout: float) -> Any:
        run, part = _runs.get(self), taking_part()
        if run is None or part is None or run.time.scheduler is not part[1].scheduler:
            return original(self, timeout)
        participant, rule = part
        return run.get_events(partial(original, self), timeout, participant, rule, self)

    return get_events


def _waking(original: Callable[[Any], None]) -> Callable[[Any], None]:
    def wakeup_thread_and_signal_safe(self: Any) -> None:
        original(self)
        run = _runs.get(self)
        if run is not None:
            run.wake()

    return wakeup_thread_and_signal_safe


def _sleeping(original: Callable[[float], Any]) -> Callable[[float], Any]:
    async def sleep_until(deadline: float) -> None:
        __tracebackhide__ = True  # the traceback ends at the line that slept
        part = taking_part()
        if part is not None:
            core = _core()
            seconds = min(max(deadline - core.current_time(), 0.0), 1e13)
            length = timedelta(microseconds=round(seconds * 1e6))
            part[1].guard.begin(length, core.current_task(), may_end_before=math.isinf(deadline))
        await original(deadline)

    return sleep_until


def _handing_over(original: Callable[..., None]) -> Callable[..., None]:
    """Let a worker of trio's take part from when a participant gives it work until it has delivered the result.

    So those that are idle, which wait in C code and are kept for the whole process, do not look awake.
    """

    def start_thread_soon(
        self: Any, fn: Callable[[], Any], deliver: Callable[[Any], object], *rest: Any
    ) -> None:
        part = taking_part()
        if part is None:
            original(self, fn, deliver, *rest)
            return
        participant, scheduler = part[0], part[1].scheduler
        worker = scheduler.announce(None)

        def work() -> Any:
            worker.thread = threading.current_thread()
            scheduler.arrive(worker, get_ident())
            return fn()

        def hand_in(result: Any) -> None:
            try:
                deliver(result)
            finally:
                scheduler.leave(worker)

        participant.aside = True  # a worker thread that is started now does not take part otherwise
        try:
            original(self, work, hand_in, *rest)
        finally:
            participant.aside = False

    return start_thread_soon


_MANAGERS = {
    "trio._core._io_epoll": "EpollIOManager",
    "trio._core._io_kqueue": "KqueueIOManager",
    "trio._core._io_windows": "WindowsIOManager",
}

_patches = Patches(
    [
        Target("trio._core._run", "SystemClock", "current_time", _telling),
        Target("trio._core._run", "SystemClock", "deadline_to_sleep_time", _computing),
        *(Target(module, owner, "get_events", _waiting) for module, owner in _MANAGERS.items()),
        Target("trio._core._wakeup_socketpair", "WakeupSocketpair", "wakeup_thread_and_signal_safe", _waking),
        Target("trio._core._thread_cache", "ThreadCache", "start_thread_soon", _handing_over),
        Target("trio._timeouts", "", "sleep_until", _sleeping),
    ]
)


def _core() -> Any:
    return sys.modules["trio._core._run"]


class Signal:
    """What the running task of trio waits for, and any thread gives."""

    def __init__(self) -> None:
        trio: Any = sys.modules["trio"]
        self._token = trio.lowlevel.current_trio_token()
        self._given = trio.Event()

    def give(self) -> None:
        """Let the task go on."""
        self._token.run_sync_soon(self._given.set)

    async def wait(self) -> None:
        """Wait until it is given."""
        await self._given.wait()


def in_task() -> bool:
    """Return whether a task of trio is running in this thread."""
    return "trio" in sys.modules and hasattr(_core().GLOBAL_RUN_CONTEXT, "task")


def is_busy_before(scheduler: Scheduler, target: int) -> bool:
    """Return whether tasks of the present run are ready to run, or due until a deadline of the scheduler."""
    if not in_task():
        return False
    runner = _core().GLOBAL_RUN_CONTEXT.runner
    until = runner.clock.current_time() + (target - scheduler.elapsed) * 1e-6 + RESOLUTION
    return runner.clock in _runs and bool(runner.runq or runner.deadlines.next_deadline() <= until)


def follow() -> None:
    """Let runs of trio follow the time of the clock that rules, also when trio is imported later."""
    _patches.apply()


def let_go() -> None:
    """Put everything back. Runs that outlive the clock go on from where they are, in real time."""
    _patches.undo()
    for clock, run in list(_runs.items()):
        if hasattr(clock, "offset"):
            run.time.follow(None)
            object.__setattr__(clock, "offset", run.time.now() - api.real_perf_counter())
    _runs.clear()
