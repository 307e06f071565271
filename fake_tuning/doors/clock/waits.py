"""Sleeps that move the time: which sleeper wakes first, and what replaces ``time.sleep`` and ``asyncio.sleep``."""

from __future__ import annotations

import asyncio
import bisect
import itertools
import operator
import sys
import threading
import time
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta, timezone
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from freezegun import api

from fake_tuning.doors.clock.freezing import namespaces

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from datetime import datetime

    from fake_tuning.doors.clock.freezing import Freeze

_PATIENCE = 0.02
"""How long, in real seconds, a sleeper waits for a participant that is awake and does not go to sleep."""

_LOOK = 0.0005
"""Real seconds between two looks at the participants that are awake."""

_TURNS = 50
"""How many turns an event loop gets, while tasks are ready to run, before the clock moves."""

_Result = TypeVar("_Result")


class Guard(Protocol):
    """Decides when there was too much sleeping."""

    def begin(self, length: timedelta, who: object) -> None:
        """Count a sleep that begins.

        Args:
            length: how long it is meant to last.
            who: the thread or the task that sleeps.

        Raises:
            BaseException: there was too much sleeping.
        """

    def moved(self, by: timedelta) -> None:
        """Count the time by which a sleep moved the clock."""


@dataclass(order=True)
class _Sleeper:
    deadline: datetime
    number: int
    thread: threading.Thread = field(compare=False)
    loop: asyncio.AbstractEventLoop | None = field(compare=False, default=None)
    woken: asyncio.Future[None] | None = field(compare=False, default=None)


class Deadlines:
    """Wakes sleepers in the order of their deadlines, and moves the time to each deadline.

    A sleeper moves the time when no other one is due before it and every other participant sleeps too. If a
    participant is awake, the sleeper waits a little (real) time for it to go to sleep. A participant that
    stays at the same place all that time is waiting for something else, and is not waited for again until it
    has moved on. So no sleeper waits for ever, and slow real work hardly holds the clock back.
    """

    def __init__(self, freeze: Freeze) -> None:
        self.participants: set[threading.Thread] = set()
        self._freeze = freeze
        self._numbers = itertools.count()
        self._in_threads: list[_Sleeper] = []
        self._in_loops: dict[asyncio.AbstractEventLoop, list[_Sleeper]] = {}
        self._changed = threading.Condition()
        self._stirred = 0.0  # real, when somebody last began to sleep or woke
        self._still: dict[threading.Thread, tuple[int, int]] = {}
        self._open = True

    def close(self) -> None:
        """Wake all sleepers without moving the time."""
        with self._changed:
            self._open = False

    def move(self, to: datetime) -> None:
        """Move the time because the test says so, whoever is asleep."""
        with self._changed:
            self._freeze.move(to)

    def sleep(self, length: timedelta) -> timedelta:
        """Sleep in the calling thread, and return by how much that moved the time."""
        sleeper = self._begin(length, None)
        try:
            if threading.active_count() > 1:  # a real yield can cost 0.1 ms
                Sleeps.real(0)  # another thread may be about to begin a shorter sleep
            with self._changed:
                while not self._may_go(sleeper):
                    self._changed.wait(_LOOK)
                return self._arrive(sleeper)
        finally:
            self._end(sleeper)

    async def sleep_in_loop(self, length: timedelta) -> timedelta:
        """Sleep in the running task, and return by how much that moved the time."""
        loop = asyncio.get_running_loop()
        sleeper = self._begin(length, loop)
        try:
            while True:
                with self._changed:
                    is_next = self._is_next(sleeper)
                if is_next:
                    await _let_others_run(loop)
                with self._changed:
                    if self._may_go(sleeper):
                        return self._arrive(sleeper)
                    sleeper.woken = woken = loop.create_future()
                    is_first = self._in_loops[loop][0] is sleeper
                if is_first:  # it waits for other threads, and there is no event for "a thread stands still"
                    loop.call_later(_LOOK, _resolve, woken)
                await woken
        finally:
            self._end(sleeper)

    def _begin(self, length: timedelta, loop: asyncio.AbstractEventLoop | None) -> _Sleeper:
        with self._changed:
            deadline = _after(self._freeze.read(), length) if self._open else _last()
            sleeper = _Sleeper(deadline, next(self._numbers), threading.current_thread(), loop)
            bisect.insort(self._beside(sleeper), sleeper)
            self._stirred = api.real_monotonic()
            self._changed.notify_all()
        return sleeper

    def _arrive(self, sleeper: _Sleeper) -> timedelta:
        if not self._open or sleeper.deadline <= (now := self._freeze.read()):
            return timedelta(0)
        self._freeze.move(sleeper.deadline)
        self._stirred = api.real_monotonic()
        return sleeper.deadline - now

    def _end(self, sleeper: _Sleeper) -> None:
        with self._changed:
            beside = self._beside(sleeper)
            del beside[bisect.bisect_left(beside, sleeper)]
            if sleeper.loop is not None and not beside:
                del self._in_loops[sleeper.loop]
            self._wake()

    def _beside(self, sleeper: _Sleeper) -> list[_Sleeper]:
        """Return the list that this sleeper belongs to, in the order of deadlines."""
        return self._in_threads if sleeper.loop is None else self._in_loops.setdefault(sleeper.loop, [])

    def _wake(self) -> None:
        """Let sleepers check again whether it is their turn: every thread, and the first task of each loop."""
        self._changed.notify_all()
        for loop, sleepers in self._in_loops.items():
            first = sleepers[0]
            if first.woken is None or first.woken.done():
                continue
            if first.thread is threading.current_thread():
                _resolve(first.woken)
            else:
                with suppress(RuntimeError):  # the loop is closed, so nobody waits in it
                    loop.call_soon_threadsafe(_resolve, first.woken)

    def _is_next(self, sleeper: _Sleeper) -> bool:
        """Whether no sleeper that is sure to wake is due earlier, in this loop or in another thread."""
        if sleeper.loop is not None and self._in_loops[sleeper.loop][0] is not sleeper:
            return False
        return not any(
            earlier < sleeper and earlier.thread is not sleeper.thread and earlier.thread.is_alive()
            for earlier in self._in_threads
        )

    def _may_go(self, sleeper: _Sleeper) -> bool:
        if not self._open:
            return True
        if not self._is_next(sleeper):
            return False
        if sleeper.deadline <= self._freeze.read():
            return True
        waited = api.real_monotonic() - self._stirred
        if waited <= 2 * _PATIENCE and self._is_task_due_before(sleeper):
            return False
        awake = self._awake(sleeper.thread)
        if awake and waited > _PATIENCE:
            self._still.update(awake)
            return True
        return not awake

    def _is_task_due_before(self, sleeper: _Sleeper) -> bool:
        """Whether a task in another thread's loop is due earlier. It may never wake: its loop may wait for us."""
        return any(
            sleepers[0] < sleeper and sleepers[0].thread is not sleeper.thread and loop.is_running()
            for loop, sleepers in self._in_loops.items()
        )

    def _awake(self, me: threading.Thread) -> dict[threading.Thread, tuple[int, int]]:
        """Return the other participants that neither sleep nor stand still, with their place in the code."""
        if self.participants == {me}:
            return {}
        asleep = {sleeper.thread for sleeper in self._in_threads}
        frames = sys._current_frames()
        awake = {}
        for thread in self.participants - asleep - {me}:
            frame = frames.get(thread.ident or 0)
            if frame is None or not thread.is_alive():
                self.participants.discard(thread)
                continue
            place = (id(frame), frame.f_lasti)
            if self._still.get(thread) != place:
                awake[thread] = place
        return awake


class Sleeps:
    """Replaces ``time.sleep`` and ``asyncio.sleep`` wherever a module holds them by name.

    Participants sleep in virtual time. All other threads, and every thread after removal, get the original.
    A sleep that was captured earlier in a class or as a default argument is not reached.
    """

    real = staticmethod(time.sleep)
    real_in_loop = staticmethod(asyncio.sleep)

    def __init__(self, freeze: Freeze, guard: Guard) -> None:
        self._outer: Any = getattr(time.sleep, "__self__", None)
        self.deadlines: Deadlines = (
            self._outer.deadlines if isinstance(self._outer, Sleeps) else Deadlines(freeze)
        )
        self._guard = guard
        self._participants: set[threading.Thread] = set()
        self._installed = False
        self._replaced: list[tuple[dict[str, Any], str, Any]] = []
        self._before: tuple[Callable[[float], None], Callable[..., Awaitable[Any]]] = (
            time.sleep,
            asyncio.sleep,
        )
        # A bound method is a new object at every look, and must be known again when it is removed.
        self._ours = (self._sleep, self._sleep_in_loop)

    def install(self) -> None:
        """Replace both sleeps in every imported module."""
        self._installed = True
        ours, in_loop = self._ours
        before, in_loop_before = self._before
        self._replaced = _replace(
            {
                id(self.real): ours,
                id(before): ours,
                id(self.real_in_loop): in_loop,
                id(in_loop_before): in_loop,
            }
        )

    def remove(self) -> None:
        """Put the originals back, also in modules that were imported since, and wake all sleepers."""
        self._installed = False
        before = {id(ours): before for ours, before in zip(self._ours, self._before, strict=True)}
        for found, attribute, value in self._replaced:
            if (
                id(found.get(attribute)) in before
            ):  # otherwise it was replaced again since, and is not ours to undo
                found[attribute] = value
        _replace(before)
        if not isinstance(self._outer, Sleeps):
            self.deadlines.close()

    def join(self) -> None:
        """Make the calling thread a participant."""
        thread = threading.current_thread()
        if thread not in self._participants:
            self._participants.add(thread)
            self.deadlines.participants.add(thread)

    def virtually(self, length: timedelta) -> None:
        """Sleep in virtual time, whether or not the calling thread is a participant."""
        __tracebackhide__ = True
        self._guard.begin(length, threading.current_thread())
        self._guard.moved(self.deadlines.sleep(length))

    def _takes_part(self) -> bool:
        return self._installed and threading.current_thread() in self._participants

    def _sleep(self, seconds: float, /) -> None:
        __tracebackhide__ = True  # the traceback ends at the line that slept
        if not self._takes_part():
            return self._before[0](seconds)
        length = _length(seconds if isinstance(seconds, float) else operator.index(seconds))
        if length is None:  # the real one yields for 0, and refuses what is not a length
            return self.real(seconds)
        return self.virtually(length)

    async def _sleep_in_loop(self, delay: float, result: _Result | None = None) -> _Result | None:
        __tracebackhide__ = True
        length = _length(delay) if self._takes_part() else None
        if length is None:
            answer: _Result | None = await self._before[1](delay, result)
            return answer
        self._guard.begin(length, asyncio.current_task())
        self._guard.moved(await self.deadlines.sleep_in_loop(length))
        return result


def _replace(by_id: dict[int, Any]) -> list[tuple[dict[str, Any], str, Any]]:
    """Replace values in the globals of every module but pytest's timing, and return what was replaced."""
    replaced = []
    for name, found in namespaces():
        if name == "_pytest.timing" or by_id.keys().isdisjoint(map(id, list(found.values()))):
            continue
        for attribute, value in list(found.items()):
            if id(value) in by_id:
                found[attribute] = by_id[id(value)]
                replaced.append((found, attribute, value))
    return replaced


def _length(seconds: float) -> timedelta | None:
    """Return a length that moves the clock, or None for 0 and for what is negative, infinite or not a number."""
    if not 0 < seconds < float("inf"):
        return None
    try:
        return max(timedelta(seconds=seconds), timedelta.resolution)
    except OverflowError:
        return timedelta.max


def _after(now: datetime, length: timedelta) -> datetime:
    try:
        return now + length
    except OverflowError:
        return _last()


def _last() -> datetime:
    return api.real_datetime.max.replace(tzinfo=timezone.utc)


def _resolve(future: asyncio.Future[None]) -> None:
    if not future.done():
        future.set_result(None)


async def _let_others_run(loop: asyncio.AbstractEventLoop) -> None:
    """Give turns to the tasks that are ready, and to those that they make ready."""
    ready = getattr(loop, "_ready", None)  # only asyncio's own loops have it; others get all turns
    for _ in range(_TURNS):
        await Sleeps.real_in_loop(0)
        if ready is not None and not ready:
            return
