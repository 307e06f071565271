"""Who takes part in virtual time, what everybody waits for, and when the time moves.

One rule: when every participant is blocked, the time moves to the earliest deadline, and whoever has it wakes, alone.
The next one wakes when all are blocked again. So the order of events follows from the deadlines and from the order in
which the waits began, never from the speed of the machine.

Locking: the *mutex* guards everything here. It is re-entrant, because a signal handler may notify somebody while its
own thread holds it; a handler that waits then waits for real. It is never held while code of others runs, nor while a
thread blocks: a wait is marked as woken under the mutex, which counts its owner as awake, and stands in a queue from
there on until somebody, at the latest the next one who comes by, has released it.
"""

from __future__ import annotations

import _thread
import heapq
import itertools
import math
import threading
from collections import deque
from contextlib import suppress
from datetime import timedelta
from typing import TYPE_CHECKING, Protocol

from freezegun import api

from fake_tuning.doors.clock.loop_time import a_hair_later
from fake_tuning.doors.clock.mutex import Mutex
from fake_tuning.doors.clock.participants import Participant, Wait

if TYPE_CHECKING:
    from collections.abc import Callable, Collection
    from datetime import datetime

_MICROSECOND = timedelta(microseconds=1)
_HAIR = 0.5e-6
"""Seconds: what is less than half a microsecond is no time."""

_LOOK_UP = 0.05
"""Real seconds for which the main thread waits at once."""

_NEVER = 1 << 62
"""Microseconds: a deadline that lies beyond every calendar."""

_BEYOND = (
    "this wait would end after the year 9999, where the calendar ends, and nobody else can go on before: it is {} now. "
    "Begin earlier, with VirtualClock(start=...), or wait for less"
)


class Frozen(Protocol):
    """The frozen time of the process."""

    def read(self) -> datetime:
        """Return the frozen instant."""

    def move(self, to: datetime) -> None:
        """Move to an instant, earlier or later."""

    def tick(self, by: timedelta) -> None:
        """Move forward by a length."""


class Onlooker(Protocol):
    """Judges, in real time, participants that look awake: do they work, or do they stand still?"""

    def all_still(self, awake: Collection[Participant]) -> bool:
        """Return whether all of them are known to stand still, and have not stirred since."""

    def watch(self) -> None:
        """Look at them from now on, for a sleeper waits for them."""

    def forget(self) -> None:
        """Forget what was seen: this is a child process now."""

    def moved(self, awake: Collection[Participant]) -> None:
        """Take note that the time has moved although they look awake."""


class Scheduler:
    """Blocks, wakes, and moves the time. Counts microseconds that have passed; they never go back.

    Args:
        frozen: the time that is moved.

    Attributes:
        mutex: guards everything here.
        elapsed: microseconds since the scheduler began.
        participants: by identity of their threads.
        awake: those that are not blocked.
        on_move: told by how much waiting moved the time; not told of moves that the test makes.
        onlooker: judges those who look awake.
        verdict: returns what a participant was told that waited for what never happens, or None.
        holder: the thread that holds the time, or None.
        begun: how many waits have begun.
        closed: whether it has ended: waits with a deadline end at once.
    """

    def __init__(self, frozen: Frozen) -> None:
        self.mutex = Mutex()
        self.elapsed = 0
        self.participants: dict[int, Participant] = {}
        self.awake: set[Participant] = set()
        self.on_move: Callable[[timedelta], None] = lambda by: None
        self.onlooker: Onlooker | None = None
        self.verdict: Callable[[], BaseException | None] = lambda: None
        self.holder: threading.Thread | None = None
        self.closed = False
        self._frozen = frozen
        self._base = api.real_monotonic()
        self._ended_at = 0.0
        self._last_look = 0.0
        self._numbers = itertools.count()
        self.begun = 0
        self._heap: list[tuple[int, float, Wait]] = []
        self._open: list[Wait] = []
        self._due: deque[Wait] = deque()
        self._holds = 0
        self._moves: list[int] = []
        self._factory: object = None
        self._seen: object = None
        self._wall = frozen.read()
        self.sync()

    # The time.

    def sync(self) -> None:
        """Count time that somebody else has let pass: a ``freezer.tick()`` of the freeze that is innermost."""
        factory = api.freeze_factories[-1] if api.freeze_factories else None
        is_known = factory is self._factory and getattr(factory, "time_to_freeze", None) is self._seen
        if is_known or factory is None or self.closed:
            return
        with self.mutex:
            wall = self._frozen.read()
            if factory is self._factory and wall > self._wall:
                self.elapsed += (wall - self._wall) // _MICROSECOND
            self._note(factory, wall)

    def _note(self, factory: object, wall: datetime) -> None:
        self._factory, self._wall = factory, wall
        # A freeze that ticks by itself shows another time at each look, and has no time that stands.
        self._seen = getattr(factory, "time_to_freeze", None) if not hasattr(factory, "start") else self

    def monotonic(self) -> float:
        """Return seconds like ``time.monotonic()``, each look a hair later than the one before.

        ``as_completed`` would spin for ever if it were asked exactly at its deadline: it tests for less than zero.
        """
        self.sync()
        self._last_look = a_hair_later(self._last_look, self.seconds())
        return self._last_look

    def is_over(self, seconds: float) -> bool:
        """Return whether a wait of so many seconds is but the rest of one whose deadline has come.

        ``queue.Queue.get`` and others wait again for what is left by ``monotonic()``, whose looks differ by hairs. From
        here on a look is later by that rest, so that none is left.
        """
        if not seconds < _HAIR:
            return False
        self._last_look = math.nextafter(self._last_look + seconds, math.inf)
        return True

    def seconds(self) -> float:
        """Return the time on the scale of the real ``time.monotonic()`` at which it began; real again once closed."""
        virtual = self._base + self.elapsed * 1e-6
        return virtual + api.real_monotonic() - self._ended_at if self.closed else virtual

    def deadline_in(self, seconds: float) -> int:
        """Return the deadline of a wait that begins now. The shortest wait lasts a microsecond."""
        self.sync()
        try:
            return min(self.elapsed + max(1, round(seconds * 1e6)), _NEVER)
        except (OverflowError, ValueError):
            return _NEVER

    def _move(self, deadline: int) -> None:
        """Move the time to a deadline.

        Raises:
            OverflowError: the calendar ends before it.
        """
        self.sync()
        if deadline <= self.elapsed:
            return
        try:
            by = timedelta(microseconds=deadline - self.elapsed)
            wall = self._wall + by
        except OverflowError:
            raise OverflowError(_BEYOND.format(self._wall.isoformat())) from None
        self.elapsed = deadline
        self._frozen.tick(by)
        self._note(self._factory, wall)
        if not self._moves:
            self.on_move(by)

    # Who takes part.

    def take_part(self, thread: threading.Thread, ident: int, *, driver: bool, adopted: bool) -> Participant:
        """Make a thread a participant, awake. One that is one already may become a driver."""
        with self.mutex:
            participant = self.participants.get(ident)
            if participant is not None and participant.thread is not thread:
                self.leave(participant)  # it has ended, and this thread got its identity
                participant = None
            if participant is None:
                participant = Participant(thread, driver=driver, adopted=adopted)
                self.participants[ident] = participant
                self.awake.add(participant)
            participant.driver = participant.driver or driver
        self.flush()
        return participant

    def announce(self, thread: threading.Thread | None) -> Participant:
        """Count a thread as awake that is about to be started, or work that is about to be begun (None)."""
        participant = Participant(thread, driver=False, adopted=False)
        with self.mutex:
            self.awake.add(participant)
        return participant

    def arrive(self, participant: Participant, ident: int) -> None:
        """Note the identity of a thread that was announced, and runs now."""
        with self.mutex:
            if not self.closed:
                self.participants[ident] = participant

    def leave(self, participant: Participant) -> None:
        """Let a thread take part no longer: it ends, or its work for a participant does."""
        with self.mutex:
            participant.ended = True
            self.awake.discard(participant)
            for ident in [each for each, known in self.participants.items() if known is participant]:
                del self.participants[ident]
            for wait in participant.joiners:
                self._wake(wait)
            self._next()
        self.flush()

    # Waiting.

    def wait(
        self,
        owner: Participant | None,
        deadline: int | None,
        release: Callable[[], object],
        *,
        blocks: bool = True,
        has_news: Callable[[], bool] | None = None,
        last: bool = False,
    ) -> Wait:
        """Make a wait, which begins with ``block``.

        Args:
            owner: see ``Wait``.
            deadline: see ``Wait``.
            release: see ``Wait``.
            blocks: see ``Wait``.
            has_news: see ``Wait``.
            last: whether it ends after all others of its deadline, whenever they began.
        """
        number = next(self._numbers) + (_NEVER if last else 0)
        return Wait(owner, deadline, number, release, blocks=blocks, has_news=has_news)

    def block(self, wait: Wait) -> bool:
        """Begin a wait. Its owner counts as blocked from here on.

        Returns:
            Whether the wait has to be waited for. If not, it is over already.
        """
        with self.mutex:
            self.begin(wait)
        return self.follow(wait)

    def begin(self, wait: Wait) -> None:
        """Begin a wait, and move the time if everybody is blocked now. Under the mutex; ``follow`` must follow."""
        self.begun += 1
        if not wait.waiting:  # it was ended before it began
            return
        owner = wait.owner
        if owner is not None and wait.blocks:
            owner.wait = wait
            owner.still = False
            owner.yields = 0
            self.awake.discard(owner)
        if wait.deadline is not None:
            if self.closed:
                self._wake(wait, expired=True, released=True)
            else:
                heapq.heappush(self._heap, (wait.deadline, wait.number, wait))
        if wait.has_news is not None:
            self._open.append(wait)
        if self.onlooker is not None and self.holds_itself_up() is not None:
            self.onlooker.watch()
        self._next()

    def follow(self, wait: Wait) -> bool:
        """Release those who were woken when a wait began, and return whether that wait has to be waited for."""
        try:
            self._due.remove(wait)
            is_over = True
        except ValueError:
            is_over = not wait.waiting and wait.expired and self.closed
        self.flush()
        return not is_over

    def end(self, wait: Wait) -> None:
        """End a wait, however it came about. Its owner counts as awake."""
        with self.mutex:
            wait.waiting = False
            if wait.has_news is not None:
                self._open = [each for each in self._open if each is not wait]
            owner = wait.owner
            if owner is not None and wait.blocks:
                owner.wait = None
                owner.still = False
                if not owner.ended and not self.closed:
                    self.awake.add(owner)

    def left_of(self, wait: Wait) -> float:
        """Return how many seconds of a wait were left when the clock was left: it goes on for real. 0 otherwise."""
        if not self.closed or not wait.expired or wait.deadline is None:
            return 0.0
        return max(wait.deadline - self.elapsed, 0) * 1e-6

    def wake(self, wait: Wait) -> bool:
        """Mark a wait as ended before its deadline, and its owner as awake. Who calls this releases the wait after.

        Returns:
            Whether it was still waiting.
        """
        with self.mutex:
            return self._wake(wait, released=True)

    def end_early(self, wait: Wait) -> bool:
        """Wake a wait before its deadline, and release it.

        Returns:
            Whether it was still waiting.
        """
        is_woken = self.wake(wait)
        if is_woken:
            wait.release()
        return is_woken

    def flush(self) -> None:
        """Release the waits that have been woken. Whoever still holds the mutex does so later."""
        while self._due and not self.mutex.is_mine():
            with suppress(IndexError):  # another thread may have taken the last one
                self._due.popleft().release()

    def _wake(self, wait: Wait, *, expired: bool = False, released: bool = False) -> bool:
        """Mark a wait as ended.

        Args:
            wait: the wait.
            expired: whether its deadline has come.
            released: whether somebody else releases it, or nobody needs to.

        Returns:
            Whether it was still waiting.
        """
        if not wait.waiting:
            return False
        if not released:
            self._due.append(wait)
        wait.waiting, wait.expired = False, expired
        if wait.owner is not None and not wait.owner.ended and not self.closed:
            self.awake.add(wait.owner)
        return True

    def next_deadline(self) -> int | None:
        """Return the earliest deadline that somebody waits for, under the mutex."""
        while self._heap and not self._heap[0][2].waiting:
            heapq.heappop(self._heap)
        return self._heap[0][0] if self._heap else None

    def _next(self, *, although_awake: bool = False) -> bool:
        """Wake whoever has the earliest deadline, if everybody is blocked, and move the time there.

        Returns:
            Whether somebody was woken.
        """
        deadline = self.next_deadline()
        if deadline is None and self.onlooker is not None and self.stuck() is not None:
            self.onlooker.watch()
        if deadline is None or self.closed or not self._may_move_to(deadline):
            return False
        if deadline > self.elapsed and self._open and self._has_news():
            return False
        if self.awake and not although_awake:
            if self.onlooker is None:
                return False
            if not self.onlooker.all_still(self.awake):
                self.onlooker.watch()
                return False
        wait = heapq.heappop(self._heap)[2]
        try:
            self._move(deadline)
        except (
            OverflowError,
            RuntimeError,
        ) as error:  # the calendar has ended, or the freeze that is followed
            return self.refuse(wait, error)
        if self.awake and self.onlooker is not None:
            self.onlooker.moved(self.awake)
        return self._wake(wait, expired=True)

    def _has_news(self) -> bool:
        """Return whether a blocked event loop is about to go on, for a file of it is ready. It counts as awake then."""
        woken = [
            each for each in self._open if each.waiting and each.has_news is not None and each.has_news()
        ]
        for each in woken:
            self._wake(each, released=True)
        return bool(woken)

    def _may_move_to(self, deadline: int) -> bool:
        if self.holder is None:
            return True
        return bool(self._moves) and deadline <= max(self._moves)

    def go_on(self) -> bool:
        """Move the time although somebody looks awake, under the mutex: whoever it is stands still.

        Returns:
            Whether somebody was woken.
        """
        return self._next(although_awake=True)

    def hold(self, thread: threading.Thread) -> None:
        """Let only moves of a thread move the time, until it lets go as often as it held."""
        with self.mutex:
            self.holder = thread
            self._holds += 1

    def let_go(self) -> None:
        """Take one ``hold`` back, and move the time if everybody is blocked by now."""
        with self.mutex:
            self._holds -= 1
            if not self._holds:
                self.holder = None
            self._next()
        self.flush()

    def has_sleepers(self) -> bool:
        """Return, under the mutex, whether somebody waits for a deadline to which the time may move."""
        deadline = self.next_deadline()
        return deadline is not None and not self.closed and self._may_move_to(deadline)

    def holds_itself_up(self) -> Wait | None:
        """Return, under the mutex, a wait of the one who holds the time, while others wait for the time to move."""
        if self.holder is None or self._moves or self.closed or self.next_deadline() is None:
            return None
        waits = [each.wait for each in self.participants.values() if each.thread is self.holder]
        return next((each for each in waits if each is not None and each.waiting), None)

    def stuck(self) -> Wait | None:
        """Return, under the mutex, the wait of the one who entered the clock, if nothing here can ever end it.

        That is so when all wait without a limit, and one who might have ended it was told that it never ends itself.
        """
        entered = next((each for each in self.participants.values() if each.entered), None)
        if self.closed or self.awake or self.verdict() is None or self.next_deadline() is not None:
            return None
        return entered.wait if entered is not None else None

    def refuse(self, wait: Wait, refusal: BaseException) -> bool:
        """End a wait under the mutex, whose owner must raise ``refusal``. Returns whether it was still waiting."""
        if not self._wake(wait):
            return False
        wait.refusal = refusal
        return True

    def block_thread(
        self,
        owner: Participant | None,
        deadline: int | None,
        *,
        until: Participant | None = None,
        last: bool = False,
    ) -> Wait:
        """Block the calling thread until the deadline.

        Args:
            owner: the calling thread, if it takes part.
            deadline: see ``Wait``.
            until: a participant whose end ends the wait, too.
            last: see ``wait``.
        """
        lock = _thread.allocate_lock()
        lock.acquire()
        wait = self.wait(owner, deadline, lock.release, last=last)
        try:
            with self.mutex:
                if until is not None:
                    if until.ended:
                        return wait
                    until.joiners.append(wait)
                self.begin(wait)
            if self.follow(wait):
                await_release(lock)
        finally:
            self.end(wait)
            if until is not None:
                with self.mutex, suppress(ValueError):
                    until.joiners.remove(wait)
        if wait.refusal is not None:
            raise wait.refusal
        return wait

    # Moves that the test makes.

    def target(self, to: datetime) -> int | None:
        """Return the deadline at an instant, or None if that does not lie ahead."""
        self.sync()
        by = (to - self._wall) // _MICROSECOND
        return self.elapsed + by if by >= 0 else None

    def begin_move(self, target: int) -> None:
        """Allow the time to move as far as a deadline, also while it is held."""
        with self.mutex:
            self._moves.append(target)

    def end_move(self, target: int) -> None:
        """Take back what ``begin_move`` allowed."""
        with self.mutex:
            self._moves.remove(target)

    def jump(self, to: datetime) -> None:
        """Move to an earlier instant. Nobody's wait becomes longer or shorter by that."""
        with self.mutex:
            self._frozen.move(to)
            self._factory = None
            self.sync()

    # The end.

    def close(self) -> None:
        """End every wait that has a deadline, and those for the end of a thread, which are real from here on."""
        with self.mutex:
            self._ended_at = api.real_monotonic()
            self.closed = True
            for _, _, wait in self._heap:
                self._wake(wait, expired=True)
            for wait in [wait for each in self.participants.values() for wait in each.joiners]:
                self._wake(wait)
            self.participants.clear()
            self.awake.clear()
            self._heap.clear()
        self.flush()

    def after_fork(self) -> None:
        """In a child process: forget the threads that were not copied."""
        self.mutex = Mutex()
        ident = _thread.get_ident()
        mine = self.participants.get(ident)
        self.participants = {ident: mine} if mine is not None else {}
        self.awake = {mine} if mine is not None else set()
        self._heap, self._open, self._moves = [], [], []
        self._due.clear()
        if self.holder is not threading.current_thread():
            self.holder, self._holds = None, 0
        if mine is not None and mine.thread is not None:
            vars(mine.thread)["_native_id"] = threading.get_native_id()  # Python leaves the parent's there
        if self.onlooker is not None:
            self.onlooker.forget()


def await_release(lock: _thread.LockType) -> None:
    """Wait until a lock is released.

    The main thread looks up now and then: a signal that comes just before it waits is handled only when it does.
    """
    if threading.current_thread() is not threading.main_thread():
        lock.acquire()
        return
    while not lock.acquire(timeout=_LOOK_UP):
        pass
