"""How long, in real time, the clock waits for participants that look awake.

Who waits for a lock that nobody here knows of, for a file, a socket or a child process looks awake, and may be working.
Such a participant *stands still* when neither its place in the code nor its processor time has changed for as long as
its patience lasts, and the system does not count it as running. That does not depend on the speed of the machine: who
waits for its turn on a busy processor counts as running.
"""

from __future__ import annotations

import _thread
import gc
import os
import platform
import sys
import time
from threading import get_native_id
from typing import TYPE_CHECKING, NamedTuple

from freezegun import api

from fake_tuning.doors.clock.originals import real_sleep

if TYPE_CHECKING:
    import threading
    from collections.abc import Collection

    from fake_tuning.doors.clock.participants import Participant, Wait
    from fake_tuning.doors.clock.scheduler import Scheduler

_LOOK = 0.001, 0.005
"""Real seconds between two looks: at first, and when nothing happens for long."""

_LOOKS_WITHOUT_SLEEPERS = 20
"""After so many looks at which nobody sleeps, the thread that looks ends. The next sleeper starts it again."""

_HELD = 3
"""How many times the patience with the outside the one who holds the time may wait while nothing happens."""

_BUSY = 10.0
"""Real seconds for which participants that run, and do not wait for anything, hold the clock before it moves on."""

_HELD_IN_VAIN = (
    "this thread holds the time, so nobody else can move it to the deadline that it waits for: move it with "
    "clock.advance(...), in a coroutine with `await clock.advance_async(...)`, or wait outside of held()"
)


class _Calls(NamedTuple):
    """Linux's numbers of system calls in which a thread may stand, by what it waits for there.

    Who sleeps for real waits for the outside: ``subprocess`` sleeps between its looks at a child process.
    """

    lock: frozenset[str]
    work: frozenset[str]
    files: frozenset[str]


_CALLS = {
    "x86_64": _Calls(
        lock=frozenset({"202", "449"}),  # futex, futex_waitv
        work=frozenset({"43", "288"}),  # accept, accept4
        files=frozenset({"7", "23", "232", "270", "271", "281"}),  # poll, select, epoll_wait and their kin
    ),
    "aarch64": _Calls(
        lock=frozenset({"98", "449"}),
        work=frozenset({"202", "242"}),
        files=frozenset({"22", "72", "73"}),
    ),
}

_OUTSIDE = ("subprocess", "socket", "ssl", "selectors", "asyncio.unix_events", "multiprocessing.connection")
"""Modules that wait for the outside, where the system does not say what a thread waits for."""


class Activity(NamedTuple):
    """What a thread was seen doing.

    Attributes:
        trace: changes when the thread has run: its processor time, or else its place in the code.
        runs: whether it runs, or waits for its turn on a processor.
        outside: whether it waits for something outside: a file, a socket, a process.
        idle: whether it waits for work, as a server does.
    """

    trace: str
    runs: bool
    outside: bool
    idle: bool


class Patience:
    """Looks at participants that look awake while others sleep, from a thread of its own, which ends when none do.

    Args:
        scheduler: is told to go on when all stand still.
        standing: real seconds for which somebody holds the clock who waits for a lock or in C code.
        outside: real seconds for which somebody holds the clock who waits for a file, a socket or a process.
    """

    def __init__(self, scheduler: Scheduler, standing: float, outside: float) -> None:
        self._scheduler = scheduler
        self.standing, self.outside = standing, outside
        self._watching = False
        self._since: dict[Participant, float] = {}
        self._begun = 0
        self._work = 0.0, 0.0
        self._stirred = 0.0

    def all_still(self, awake: Collection[Participant]) -> bool:
        """Return whether all of them are known to stand still, and have not stirred since."""
        if not all(each.still for each in awake):
            return False
        stirred = [each for each in awake if each.activity != activity_of(each)]
        for each in stirred:
            each.still = False
        return not stirred

    def moved(self, awake: Collection[Participant]) -> None:
        """Be patient anew with drivers that wait for the outside: the time must not run away beside their work."""
        self._stirred = api.real_monotonic()
        for each in awake:
            if each.driver and isinstance(each.activity, Activity) and each.activity.outside:
                each.still = False
                self._since[each] = self._stirred

    def forget(self) -> None:
        """Forget the thread that looks, which a child process does not have."""
        self._watching = False
        self._since.clear()

    def watch(self) -> None:
        """Start to look. Called under the scheduler's mutex."""
        if not self._watching:
            self._watching = True
            self._stirred = api.real_monotonic()
            _thread.start_new_thread(self._look_again_and_again, ())

    def _look_again_and_again(self) -> None:
        delay, without = _LOOK[0], 0
        while True:
            real_sleep(delay)
            with self._scheduler.mutex:
                in_vain = self._scheduler.holds_itself_up()
                has_sleepers = self._scheduler.has_sleepers()
                stuck = self._scheduler.stuck()
                without = 0 if has_sleepers or in_vain or stuck else without + 1
                if self._scheduler.closed or without > _LOOKS_WITHOUT_SLEEPERS:
                    self.forget()
                    return
                woken = False
                if self._is_spent(list(self._scheduler.awake)) and has_sleepers:
                    woken = self._scheduler.go_on()
                elif in_vain is not None and self._is_in_vain(in_vain):
                    woken = self._scheduler.refuse(in_vain, RuntimeError(_HELD_IN_VAIN))
                elif stuck is not None and stuck.has_news is None and self._is_quiet(self.outside):
                    verdict = self._scheduler.verdict()
                    woken = verdict is not None and self._scheduler.refuse(stuck, verdict)
            self._scheduler.flush()
            delay = _LOOK[0] if woken else min(delay * 1.2, _LOOK[1])

    def _is_in_vain(self, wait: Wait) -> bool:
        """Return whether nothing ends the wait of the one who holds the time. Held time does not run away: be slow."""
        return not self._scheduler.awake and wait.has_news is None and self._is_quiet(_HELD * self.outside)

    def _is_quiet(self, seconds: float) -> bool:
        return api.real_monotonic() - self._stirred > seconds

    def _is_spent(self, awake: list[Participant]) -> bool:
        """Judge all of them, and return whether none of them holds the clock any longer."""
        now = api.real_monotonic()
        if self._scheduler.begun != self._begun:
            self._begun, self._stirred = self._scheduler.begun, now
        verdicts = [self._is_still(each, now) for each in awake]
        for known in self._since.keys() - set(awake):
            del self._since[known]
        if None in verdicts or self._works():  # somebody is on its way, and will be here soon
            return False
        return all(verdicts) or self._is_quiet(_BUSY)

    def _works(self) -> bool:
        """Return whether the process has worked since the last look, where nobody says which thread did."""
        if _SAYS_WHAT_THREADS_DO:
            return False
        before, self._work = self._work, (time.process_time(), api.real_monotonic())
        return self._work[0] - before[0] > (self._work[1] - before[1]) / 2 and not self._is_quiet(_BUSY)

    def _is_still(self, who: Participant, now: float) -> bool | None:
        """Return whether a participant stands still, or None if it has only just been woken or started.

        None, too, if it waits within the machinery, for a thread that begins or ends.
        """
        if who.thread is None:
            who.still = now - self._since.setdefault(who, now) >= self.outside
            return who.still
        is_woken = who.wait is not None and not who.wait.waiting
        if is_woken or who.aside or who.thread.ident is None or who.thread.native_id is None:
            return None
        has_ended = who.adopted and not who.is_alive()
        activity = None if has_ended else activity_of(who)
        if activity is None:
            self._scheduler.leave(who)
            return True
        if activity != who.activity or activity.runs:
            who.activity, who.still = activity, False
            self._since[who] = now
            return activity.idle and not activity.runs
        patience = 0.0 if activity.idle else self.outside if activity.outside else self.standing
        who.still = now - self._since.setdefault(who, now) >= patience
        return who.still


def activity_of(who: Participant) -> Activity | None:
    """Return what a participant does, or None if its thread has ended."""
    if who.thread is None:
        return None
    calls = _CALLS.get(platform.machine())
    if calls is None or not _SAYS_WHAT_THREADS_DO:
        return _activity_by_frame(who.thread)
    task = f"/proc/self/task/{who.thread.native_id}"
    try:
        trace, call = _read(f"{task}/schedstat"), _read(f"{task}/syscall").partition(" ")[0]
    except (FileNotFoundError, ProcessLookupError):
        return None
    except OSError:  # such as when the process may open no more files
        return _activity_by_frame(who.thread)
    idle = call in calls.work or (who.serves and call in calls.files)
    return Activity(trace.partition(" ")[0], call == "running", call not in calls.lock, idle)


def _activity_by_frame(thread: threading.Thread) -> Activity | None:
    """Tell by its place in the code what a thread does, where the system does not say."""
    collects = gc.isenabled()
    gc.disable()  # a collection within _current_frames() ends in a deadlock (CPython issue 106883)
    try:
        frame = sys._current_frames().get(thread.ident or 0)
    finally:
        if collects:
            gc.enable()
    if frame is None:
        return None
    outside = frame.f_globals.get("__name__") in _OUTSIDE
    return Activity(f"{id(frame)} {frame.f_lasti}", runs=False, outside=outside, idle=False)


def _read(file: str) -> str:
    opened = os.open(file, os.O_RDONLY)
    try:
        return os.read(opened, 256).decode("ascii").strip()
    finally:
        os.close(opened)


def _says_what_threads_do() -> bool:
    try:
        return bool(_read("/proc/self/schedstat") and _read(f"/proc/self/task/{get_native_id()}/syscall"))
    except OSError:
        return False


_SAYS_WHAT_THREADS_DO = _says_what_threads_do()
