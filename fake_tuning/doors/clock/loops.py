"""Event loops: the timers of a loop that a participant runs are virtual, and so is its wait for them."""

from __future__ import annotations

import asyncio
import math
import os
import select
import selectors
import socket
import stat
import threading
from contextlib import suppress
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from freezegun import api

from fake_tuning.doors.clock.loop_time import LoopTime
from fake_tuning.doors.clock.originals import real_call_soon_threadsafe, real_loop_time, real_run_forever
from fake_tuning.doors.clock.ruling import here, taking_part
from fake_tuning.doors.clock.thread_waits import adopt, may_be_passed_by

if TYPE_CHECKING:
    from collections.abc import Callable

    from fake_tuning.doors.clock.participants import Participant, Wait
    from fake_tuning.doors.clock.patience import Patience
    from fake_tuning.doors.clock.scheduler import Scheduler

TURNS = 10_000
"""How many turns a loop gets while its tasks never rest, before it is taken to wait for its next timer."""

RESOLUTION = 1e-6
"""Seconds: timers that are due so soon are due now. The scheduler counts whole microseconds."""

_OWN = "_fake_tuning_time"
"""The attribute of an event loop that holds its VirtualLoop."""

_wakes_a_sleeper = asyncio.futures._set_result_unless_cancelled  # type: ignore[attr-defined]


class VirtualLoop:
    """The time of one event loop, and its waits.

    Args:
        loop: one whose class does not tell a time of its own.

    Attributes:
        time: what the loop tells. It outlives clocks.
    """

    def __init__(self, loop: Any) -> None:
        self._loop = loop
        self.time = LoopTime()
        self._files = Files(loop)
        self._write = loop._write_to_self
        self._select: Callable[[float | None], list[Any]] = loop._selector.select
        self._call_at = loop.call_at
        self._turns = 0
        self._woken = True
        self._waits: tuple[Wait, Scheduler] | None = None
        loop._clock_resolution = max(loop._clock_resolution, RESOLUTION)
        loop.time, loop.call_at = self.time.now, self.call_at
        loop._write_to_self, loop._selector.select = self.write_to_self, self.select

    def call_at(self, when: float, callback: Any, *args: Any, context: Any = None) -> asyncio.TimerHandle:
        """Stand for ``loop.call_at``: ``asyncio.sleep`` raises in the sleeper's line what its sleep leads to."""
        __tracebackhide__ = True
        if callback is _wakes_a_sleeper:
            part = taking_part()
            if part is not None:
                seconds = min(max(when - self.time.now(), 0.0), 1e13)
                length = timedelta(microseconds=round(seconds * 1e6))
                part[1].guard.begin(length, asyncio.current_task(), may_end_before=math.isinf(when))
        handle: asyncio.TimerHandle = self._call_at(when, callback, *args, context=context)
        return handle

    def note_write(self, transport: Any) -> None:
        """Note that something was written, to which an answer may come."""
        self._files.written.add(transport)

    def write_to_self(self) -> None:
        """Stand for ``loop._write_to_self``: another thread wakes the loop, which counts as awake from here on."""
        if self._wake():
            return
        self._write()
        self._woken = True
        self._wake()  # it may have begun to wait since, and may even have read what was written

    def _wake(self) -> bool:
        waits = self._waits
        if waits is None:
            return False
        wait, scheduler = waits
        return scheduler.end_early(wait)

    def select(self, timeout: float | None = None) -> list[Any]:
        """Stand for the selector's ``select``: wait until the next timer in virtual time."""
        part = taking_part()
        if part is None:
            return self._select(timeout)
        participant, rule = part
        scheduler = rule.scheduler
        if timeout is None:
            deadline = None
        elif timeout < RESOLUTION / 2:
            self._come_to_timer()
            deadline = self._rest(participant, scheduler)
            if deadline is None:
                return self._look()
        else:
            deadline = scheduler.deadline_in(timeout)
        self._turns = 0
        if deadline is not None:
            rule.guard.check_span()
        events = self._look() or self._wait_for_files(rule.patience)
        return events or self._wait_until(deadline, participant, scheduler)

    def _rest(self, participant: Participant, scheduler: Scheduler) -> int | None:
        """Return the deadline that a loop is taken to wait for whose tasks never rest, or None if it may go on."""
        self._turns += 1
        if self._turns < TURNS:
            return None
        participant.yields = self._turns
        if not may_be_passed_by(participant, scheduler):
            return None
        with scheduler.mutex:
            deadlines = [scheduler.next_deadline()]
        if self._loop._scheduled:
            deadlines.append(scheduler.deadline_in(self._loop._scheduled[0]._when - self.time.now()))
        return min((each for each in deadlines if each is not None), default=None)

    def _come_to_timer(self) -> None:
        """Let no look at the time be earlier than the timer that is due, were it by the rounding of a float.

        Its callback may look whether it is time, and schedule itself anew if it is not.
        """
        timers = self._loop._scheduled
        if timers and timers[0]._when <= self.time.now() + RESOLUTION:
            self.time.reach(timers[0]._when)

    def _look(self) -> list[Any]:
        """Return what has happened. A system call is made only if something can have happened."""
        if not self._woken and not self._files.any() and not self._loop.__dict__.get("_signal_handlers"):
            return []
        self._woken = False
        events = self._select(0)
        self._files.note(events)
        return events

    def _wait_for_files(self, patience: Patience) -> list[Any]:
        seconds = self._files.worth_waiting(patience)
        if not seconds:
            return []
        events = self._select(seconds)
        self._files.note(events)
        self._files.seen(answered=bool(events))
        return events

    def _wait_until(self, deadline: int | None, participant: Participant, scheduler: Scheduler) -> list[Any]:
        may_have_news = self._files.any() or vars(self._loop).get("_signal_handlers")
        has_news = self._files.are_ready if may_have_news else None
        wait = scheduler.wait(participant, deadline, self._write, has_news=has_news)
        try:
            with scheduler.mutex:
                if self._woken:
                    return self._look()
                self._waits = wait, scheduler
                scheduler.begin(wait)
            if not scheduler.follow(wait):
                return []
            self._woken = True  # by whatever ends this, it may have left a byte behind
            events = self._select(None)
            self._files.note(events)
            return events
        finally:
            self._waits = None
            scheduler.end(wait)
            if wait.expired:
                self._come_to_timer()
            if wait.refusal is not None:
                raise wait.refusal


class Files:
    """The files of an event loop, beside the pipe through which threads wake it. Some are worth waiting for.

    Attributes:
        written: transports to which something was written, and from which nothing came since.
    """

    def __init__(self, loop: Any) -> None:
        self._loop = loop
        self._map = loop._selector.get_map()
        self._known: dict[tuple[int, int], str] = {}
        self._spent: set[tuple[int, int]] = set()
        self.written: set[Any] = set()

    def any(self) -> bool:
        """Return whether there are any."""
        return len(self._map) > 1

    def worth_waiting(self, patience: Patience) -> float:
        """Return for how many real seconds to wait for them before the next timer: 0 if nothing can come.

        An answer to what was written, a child process, a connection that is being made and one that a task reads from
        are given long; other connections a little, once after they were active; a socket that only listens, and a
        connection whose other end is in this same loop, nothing.
        """
        if not self.any():
            return 0.0
        keys = {(key.fd, id(key.data)): key for key in list(self._map.values()) if key.fd != self._wakes()}
        self._known = {each: self._known.get(each) or kind_of(key.fd) for each, key in keys.items()}
        fresh = {each for each in keys if self._known[each] != "listens"} - self._spent
        transports = getattr(self._loop, "_transports", {})
        self.written = {each for each in self.written if self._may_be_answered(each)}
        if self.written or any(
            self._known[each] == "file"
            or keys[each].events & selectors.EVENT_WRITE
            or self._is_read(transports.get(each[0]))
            for each in fresh
        ):
            return patience.outside
        return patience.standing if fresh else 0.0

    def are_ready(self) -> bool:
        """Return whether something has happened in one of them, while the loop waits for them in another thread."""
        return is_ready(self._loop._selector)

    def note(self, events: list[Any]) -> None:
        """Note what has happened: an answer may have come before it was waited for."""
        if self.written and events:
            answered = {key.fd for key, mask in events if mask & selectors.EVENT_READ}
            self.written = {each for each in self.written if each._sock_fd not in answered}

    def seen(self, *, answered: bool) -> None:
        """Note that they have been waited for, and whether anything happened."""
        self._spent = set() if answered else set(self._known)
        if not answered:
            self.written.clear()

    def _is_read(self, transport: Any) -> bool:
        """Return whether a task reads from a connection, as far as can be told: of its own socket, or a stream's."""
        if transport is None:
            return True
        protocol = transport.get_protocol()
        readers = [protocol, *(getattr(protocol, name, None) for name in ("_stream_reader", "_payload"))]
        event = getattr(protocol, "read_event", None)  # anyio's
        waits = any(getattr(each, "_waiter", None) is not None for each in readers)
        return (waits or bool(getattr(event, "_waiters", None))) and self._may_be_answered(transport)

    def _wakes(self) -> int:
        return int(self._loop._ssock.fileno())

    def _may_be_answered(self, transport: Any) -> bool:
        """Return whether an answer may come from outside of this loop."""
        if transport.is_closing():
            return False
        peer = transport.get_extra_info("peername")
        others = list(getattr(self._loop, "_transports", {}).values())
        return not peer or all(each.get_extra_info("sockname") != peer for each in others)


def is_ready(selector: Any) -> bool:
    """Return whether something has happened that a selector waits for, perhaps in another thread."""
    try:
        return bool(select.select([selector], [], [], 0)[0])
    except (OSError, ValueError, TypeError):  # it is no file itself, or it is closed
        return False


def kind_of(file: int) -> str:
    """Return what a file is, by its descriptor: ``"listens"``, ``"connection"`` or ``"file"``."""
    try:
        if not stat.S_ISSOCK(os.fstat(file).st_mode):
            return "file"
        with socket.socket(fileno=os.dup(file)) as copy:
            return "listens" if copy.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN) else "connection"
    except OSError:
        return "connection"


def adopt_loop(loop: Any, scheduler: Scheduler) -> bool:
    """Let an event loop follow a scheduler, if it is one of asyncio's own and tells no time of its own.

    Returns:
        Whether it does.
    """
    if not isinstance(loop, asyncio.BaseEventLoop) or _tells_a_time_of_its_own(type(loop).time):
        return False
    own = vars(loop).get(_OWN)
    if own is None:
        if not hasattr(getattr(loop, "_selector", None), "get_map"):
            return False
        own = VirtualLoop(loop)
        vars(loop)[_OWN] = own
    own.time.follow(scheduler)
    return True


class Signal:
    """What a task of the running event loop waits for, and any thread gives."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._given: asyncio.Future[None] = self._loop.create_future()

    def give(self) -> None:
        """Let the task go on, if its loop has not been closed meanwhile."""
        with suppress(RuntimeError):
            self._loop.call_soon_threadsafe(self._resolve)

    async def wait(self) -> None:
        """Wait until it is given."""
        await self._given

    def _resolve(self) -> None:
        if not self._given.done():
            self._given.set_result(None)


def is_busy_before(scheduler: Scheduler, target: int) -> bool:
    """Return whether tasks of the running event loop are ready to run, or due until a deadline of the scheduler."""
    loop = asyncio._get_running_loop()
    if not isinstance(loop, asyncio.BaseEventLoop):
        return False
    until = loop.time() + (target - scheduler.elapsed) * 1e-6 + RESOLUTION
    due: Any = [
        timer for timer in vars(loop)["_scheduled"] if not timer.cancelled() and timer.when() <= until
    ]
    return bool(due or vars(loop)["_ready"])


def _tells_a_time_of_its_own(method: Any) -> bool:
    return method not in (loop_time, real_loop_time) and method.__module__ != api.__name__


def loop_time(self: Any) -> float:
    """Stand for ``BaseEventLoop.time`` in loops that have not been run since the clock began."""
    part = taking_part()
    if part is not None:
        adopt_loop(self, part[1].scheduler)
        if _OWN in vars(self):
            virtual: float = vars(self)[_OWN].time.now()
            return virtual
    return api.real_monotonic()


def run_forever(self: Any) -> None:
    """Stand for ``BaseEventLoop.run_forever``: a loop follows the time of the thread that runs it."""
    __tracebackhide__ = True
    part = taking_part()
    if part is not None:
        adopt_loop(self, part[1].scheduler)
    elif _OWN in vars(self):
        vars(self)[_OWN].time.follow(None)
    real_run_forever(self)


def call_soon_threadsafe(
    self: Any, callback: Callable[..., object], *args: Any, context: Any = None
) -> asyncio.Handle:
    """Stand for ``BaseEventLoop.call_soon_threadsafe``: a loop takes part when a participant gives it work."""
    part = taking_part()
    if part is not None and self._thread_id is not None:
        scheduler = part[1].scheduler
        if self._thread_id not in scheduler.participants:
            thread = next((each for each in threading.enumerate() if each.ident == self._thread_id), None)
            if thread is not None and thread not in part[1].outsiders:
                adopt_loop(self, scheduler)
                adopt(scheduler, thread, driver=False)
    return real_call_soon_threadsafe(self, callback, *args, context=context)


def marks_writes(real_write: Callable[..., None]) -> Callable[..., None]:
    """Return what stands for a transport's ``write`` or ``sendto``: it notes that an answer may be awaited."""

    def write(self: Any, *data: Any, **options: Any) -> None:
        own = vars(self._loop).get(_OWN)
        if own is not None and here() is not None:
            own.note_write(self)
        real_write(self, *data, **options)

    return write
