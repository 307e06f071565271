"""Waits of threads: ``time.sleep``, conditions and all that is built on them, and the start and end of threads."""

from __future__ import annotations

import _thread
import math
import operator
import sys
import threading
import time
from contextlib import suppress
from datetime import timedelta
from functools import partial
from types import ModuleType
from typing import TYPE_CHECKING, Any

from freezegun import api

from fake_tuning.doors.clock.originals import real_is_alive, real_join, real_sleep, real_start, real_wait
from fake_tuning.doors.clock.ruling import here, note_real_sleep, ruling, taking_part
from fake_tuning.doors.clock.scheduler import await_release

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FrameType

    from fake_tuning.doors.clock.participants import Participant, Wait
    from fake_tuning.doors.clock.ruling import Ruling
    from fake_tuning.doors.clock.scheduler import Scheduler

YIELDS = 100
"""How often in a row a thread may sleep for no time, before it is taken to wait for the next deadline of others."""

_WORK = 0.0002
"""Seconds of processor time: who has had more since it gave way last works, and does not merely look again."""


class Sleep:
    """Stands for ``time.sleep``. An object, and no function, so that it is no method where a class holds it."""

    __name__ = __qualname__ = "sleep"
    __module__ = "time"
    __doc__ = time.sleep.__doc__

    def __call__(self, seconds: float, /) -> None:
        """Sleep virtually in a thread that takes part, and for real in all others."""
        __tracebackhide__ = True  # the traceback ends at the line that slept
        part = taking_part()
        if part is None:
            note_real_sleep()
            return real_sleep(seconds)
        participant, rule = part
        exact = seconds if isinstance(seconds, float) else operator.index(seconds)
        if not 0 < exact < math.inf:  # the real one yields for 0, and refuses what is not a length
            return _give_way(participant, rule.scheduler) if exact == 0 else real_sleep(seconds)
        sleep_virtually(exact, participant, rule)
        return None

    def __reduce__(self) -> str:
        """Pickle as what the name means where it is unpickled."""
        return "sleep"


sleep = Sleep()


def sleep_virtually(seconds: float, participant: Participant | None, rule: Ruling) -> None:
    """Sleep in virtual time.

    Args:
        seconds: for how long, more than 0.
        participant: the calling thread, if it takes part.
        rule: the present rule.

    Raises:
        RuntimeError: the calling thread holds the time.
        ClockRunaway: there was too much sleeping.
        OverflowError: it would end after the year 9999, and nobody else can go on before.
    """
    __tracebackhide__ = True
    scheduler = rule.scheduler
    if scheduler.holder is threading.current_thread():
        raise RuntimeError(
            f"this thread holds the time, and would sleep {seconds:g} s for ever: only its own advance() and "
            "move_to() move a time that is held. Write clock.advance(...) instead, or sleep outside of held()"
        )
    rule.guard.begin(_length(seconds), threading.current_thread())
    scheduler.block_thread(participant, scheduler.deadline_in(seconds))


def _give_way(participant: Participant, scheduler: Scheduler) -> None:
    before, participant.worked = participant.worked, time.thread_time()
    participant.yields = 1 if participant.worked - before > _WORK else participant.yields + 1
    if participant.yields > YIELDS and may_be_passed_by(participant, scheduler):
        with scheduler.mutex:
            deadline = scheduler.next_deadline()
        if deadline is not None:
            scheduler.block_thread(participant, deadline)
            return
    real_sleep(0)


def may_be_passed_by(participant: Participant, scheduler: Scheduler) -> bool:
    """Return whether time may move although a participant never rests: nobody else works, and it holds no time."""
    if scheduler.holder is participant.thread:
        return False
    others = [each for each in list(scheduler.awake) if each is not participant]
    return all(each.still or each.yields > YIELDS for each in others)


def _length(seconds: float) -> timedelta:
    try:
        return max(timedelta(seconds=seconds), timedelta.resolution)
    except OverflowError:
        return timedelta.max


class Waiter:
    """What a condition's ``notify`` releases, as it releases the locks of those who wait for real."""

    __slots__ = ("_is_told", "_lock", "_scheduler", "wait")

    def __init__(self, scheduler: Scheduler, owner: Participant, deadline: int | None) -> None:
        self._lock = _thread.allocate_lock()
        self._lock.acquire()
        self._scheduler = scheduler
        self._is_told = False
        self.wait: Wait = scheduler.wait(owner, deadline, self._lock.release)

    def block(self) -> None:
        """Wait until it is released, or its deadline comes."""
        if self._scheduler.block(self.wait):
            await_release(self._lock)
        rest = self._scheduler.left_of(self.wait)
        if rest and (self._is_told or self._lock.acquire(timeout=min(rest, threading.TIMEOUT_MAX))):
            self.wait.expired = False

    def end(self) -> None:
        """Stop waiting."""
        self._scheduler.end(self.wait)

    def release(self) -> None:
        """Wake the one who waits.

        Raises:
            RuntimeError: its deadline has come already; ``notify`` then takes the next one.
        """
        if self._scheduler.end_early(self.wait):
            return
        if not self._scheduler.left_of(self.wait):
            raise RuntimeError("release unlocked lock")
        self._is_told = True
        with suppress(RuntimeError):  # it is about to wait for the rest, and looks first
            self._lock.release()


def wait(self: Any, timeout: float | None = None) -> bool:
    """Stand for ``threading.Condition.wait``, through which events, queues, futures and timers wait, too."""
    __tracebackhide__ = True
    part = taking_part()
    if part is None:
        return real_wait(self, timeout)
    participant, rule = part
    scheduler = rule.scheduler
    if timeout is not None and (not 0 < timeout <= threading.TIMEOUT_MAX or scheduler.is_over(timeout)):
        return real_wait(self, timeout)  # it only looks, or refuses what is not a length
    if not self._is_owned():
        raise RuntimeError("cannot wait on un-acquired lock")
    if timeout is not None:
        rule.guard.begin(_length(timeout), threading.current_thread(), may_end_before=True)
    waiter = Waiter(scheduler, participant, None if timeout is None else scheduler.deadline_in(timeout))
    self._waiters.append(waiter)
    saved = self._release_save()
    notified = False
    try:
        waiter.block()
        notified = not waiter.wait.expired and waiter.wait.refusal is None
    finally:
        waiter.end()
        self._acquire_restore(saved)
        if not notified:
            with suppress(ValueError):  # notify() may have taken it out, and found that it had expired
                self._waiters.remove(waiter)
    if waiter.wait.refusal is not None:
        raise waiter.wait.refusal
    return notified


def start(self: threading.Thread) -> None:
    """Stand for ``threading.Thread.start``: what a participant starts takes part, if it is not a tool's."""
    part = taking_part()
    if part is None:
        real_start(self)
        return
    participant, rule = part
    child = None
    if _is_started_by(rule.tools, sys._getframe(1)):
        rule.outsiders.add(self)
    else:
        child = rule.scheduler.announce(self)
        vars(self)["_bootstrap_inner"] = partial(_run, self, child, rule.scheduler)
    participant.aside = True  # start() itself waits, for a child that counts as awake
    try:
        real_start(self)
    except BaseException:
        if (
            child is not None and self.ident is None
        ):  # otherwise it runs, and only the wait for it was interrupted
            vars(self).pop("_bootstrap_inner", None)
            rule.scheduler.leave(child)
        raise
    finally:
        participant.aside = False


def _run(thread: Any, participant: Participant, scheduler: Scheduler) -> None:
    vars(thread).pop("_bootstrap_inner", None)
    scheduler.arrive(participant, _thread.get_ident())
    try:
        thread._bootstrap_inner()
    finally:
        scheduler.leave(participant)


def _is_started_by(tools: frozenset[str], frame: FrameType | None) -> bool:
    while frame is not None and frame.f_globals.get("__name__") == "threading":
        frame = frame.f_back
    parts = str(frame.f_globals.get("__name__")).split(".") if frame is not None else []
    return any(".".join(parts[: length + 1]) in tools for length in range(len(parts)))


def adopt(scheduler: Scheduler, thread: Any, *, driver: bool) -> Participant:
    """Let a thread take part that runs already.

    Args:
        scheduler: of the present rule.
        thread: the thread.
        driver: see ``Participant``.
    """
    lasting = thread is threading.main_thread()
    participant = scheduler.take_part(thread, thread.ident, driver=driver, adopted=not lasting)
    if participant.adopted:
        vars(thread)["_delete"] = partial(_end, thread, participant, scheduler)
    return participant


def _see_off(thread: threading.Thread, participant: Participant, scheduler: Scheduler) -> None:
    while thread.is_alive() and not participant.ended:
        real_sleep(0.001)
    scheduler.leave(participant)


def _end(thread: Any, participant: Participant, scheduler: Scheduler) -> None:
    vars(thread).pop("_delete", None)
    thread._delete()
    scheduler.leave(participant)


def join(self: threading.Thread, timeout: float | None = None) -> None:
    """Stand for ``threading.Thread.join``. The wait for a thread that does not take part is real."""
    __tracebackhide__ = True
    part = taking_part()
    if part is None:
        real_join(self, timeout)
        return
    participant, rule = part
    target = rule.scheduler.participants.get(self.ident or 0)
    if (
        target is None
        or target is participant
        or target.thread is not self
        or (timeout is not None and not 0 < timeout <= threading.TIMEOUT_MAX)
    ):
        if _is_ending(self):
            _see_end(self, participant)
        else:
            real_join(self, timeout)
        return
    if target.adopted and sys.version_info < (3, 11):  # there it ends without calling what adopt() has set
        _thread.start_new_thread(_see_off, (self, target, rule.scheduler))
    if timeout is not None:
        rule.guard.begin(_length(timeout), threading.current_thread(), may_end_before=True)
    deadline = None if timeout is None else rule.scheduler.deadline_in(timeout)
    ended = rule.scheduler.block_thread(participant, deadline, until=target)
    rest = rule.scheduler.left_of(ended)
    if rest:
        real_join(self, rest)
    elif not ended.expired:
        _see_end(self, participant)


def is_alive(self: threading.Thread) -> bool:
    """Stand for ``threading.Thread.is_alive``: for a participant a thread has ended as soon as it takes no part.

    The time may have moved since, and still the machine may not have given it the turn that it needs to end.
    """
    if not real_is_alive(self):
        return False
    part = taking_part() if _is_ending(self) else None
    if part is None:
        return True
    _see_end(self, part[0])
    return False


def _is_ending(thread: threading.Thread) -> bool:
    """Return whether a thread other than the calling one is listed no longer: all that is left is to end."""
    return thread.ident not in {None, _thread.get_ident()} and thread not in threading.enumerate()


def _see_end(thread: threading.Thread, participant: Participant) -> None:
    """Wait for a thread that has nothing left to do but to end, as soon as the machine gives it a turn."""
    participant.aside = True
    try:
        real_join(thread)
    finally:
        participant.aside = False


def serving(real: Callable[..., None]) -> Callable[..., None]:
    """Return what stands for ``BaseServer.serve_forever`` and its like: who waits for work to come holds nobody up."""

    def serve(self: Any, *args: Any, **kwargs: Any) -> None:
        participant = here()
        if participant is None:
            real(self, *args, **kwargs)
            return
        participant.serves = True
        try:
            real(self, *args, **kwargs)
        finally:
            participant.serves = False

    return serve


def monotonic() -> float:
    """Stand for ``time.monotonic`` in modules that compute deadlines: of the time in which the caller waits."""
    part = taking_part()
    if part is not None:
        return part[1].scheduler.monotonic()
    return time.monotonic() if ruling() is None else api.real_monotonic()


class Times(ModuleType):
    """Stands for the module ``time`` in a module that computes deadlines with ``time.monotonic()``."""

    monotonic: Callable[[], float] = staticmethod(monotonic)

    def __getattr__(self, name: str) -> Any:
        """Return all else from the module ``time``."""
        return getattr(time, name)
