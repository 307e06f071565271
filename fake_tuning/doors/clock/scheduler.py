"""Who takes part in virtual time, what everybody waits for, and when the time moves.

One rule: when every participant is blocked, the time moves to the earliest deadline, and whoever has it wakes, alone.
The next one wakes when all are blocked again. So the order of events follows from the deadlines and from the order in
which the waits began, never from the speed of the machine.

Locking: the *mutex* guards everything here. It is re-entrant, because a signal handler or a finalizer may notify
somebody while its own thread holds it. It is never held while code of others runs, nor while a thread blocks: a wait is
marked as woken under the mutex, which counts its owner as awake, and its lock is released afterwards.
"""

from __future__ import annotations

import _thread
import heapq
import itertools
import math
import threading
from datetime import timedelta
from typing import TYPE_CHECKING, Protocol

from freezegun import api

from fake_tuning.doors.clock.participants import Participant, Wait

if TYPE_CHECKING:
    from collections.abc import Callable, Collection
    from datetime import datetime

_MICROSECOND = timedelta(microseconds=1)
_HAIR = 0.5e-6
"""Seconds: what is less than half a microsecond is no time."""

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
        holder: the thread that holds the time, or None.
        begun: how many waits have begun.
        closed: whether it has ended: waits with a deadline end at once.
    """

    def __init__(self, frozen: Frozen) -> None:
        self.mutex = _thread.RLock()
        self.elapsed = 0
        self.participants: dict[int, Participant] = {}
        self.awake: set[Participant] = set()
        self.on_move: Callable[[timedelta], None] = lambda by: None
        self.onlooker: Onlooker | None = None
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
        self._moves: list[int] = []
        self._factory: object = None
        self._seen: object = None
        self._wall = frozen.read()
        self.sync()

    # The time.

    def sync(self) -> None:
        """Count time that somebody else has let pass: a ``freezer.tick()`` of the freeze that is innermost."""
        factory = api.freeze_factories[-1] if api.freeze_factories else None
        if factory is None or (
            factory is self._factory and getattr(factory, "time_to_freeze", None) is self._seen
        ):
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
        self._last_look = max(math.nextafter(self._last_look, math.inf), self.seconds())
        return self._last_look

    def is_over(self, seconds: float) -> bool:
        """Return whether a wait of so many seconds is but the rest of one whose deadline has come.

        ``queue.Queue.get`` and others wait again for what is left by ``monotonic()``, whose looks differ by hairs. From
        here on a look is later by that rest, so that none is left.
        """
        if not seconds < _HAIR:
            return False
        self._last_look += seconds
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
            due = [wait for wait in participant.joiners if self._wake(wait)]
            due += self._next()
        release(due)

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
        number = math.inf if last else next(self._numbers)
        return Wait(owner, deadline, number, release, blocks=blocks, has_news=has_news)

    def block(self, wait: Wait) -> bool:
        """Begin a wait. Its owner counts as blocked from here on.

        Returns:
            Whether the wait has to be waited for. If not, it is over already.
        """
        with self.mutex:
            self.begin(wait)
            due = self._next()
        return self.follow(wait, due)

    def begin(self, wait: Wait) -> None:
        """Begin a wait, under the mutex; ``proceed`` must follow."""
        self.begun += 1
        owner = wait.owner
        if owner is not None and wait.blocks:
            owner.wait = wait
            owner.still = False
            owner.yields = 0
            self.awake.discard(owner)
        if wait.deadline is not None:
            if self.closed:
                self._wake(wait, expired=True)
            else:
                heapq.heappush(self._heap, (wait.deadline, wait.number, wait))
        if wait.has_news is not None:
            self._open.append(wait)
        if self.onlooker is not None and self.holds_itself_up() is not None:
            self.onlooker.watch()

    def proceed(self) -> list[Wait]:
        """Move the time if everybody is blocked, under the mutex, and return the waits that are to be released."""
        return self._next()

    def follow(self, wait: Wait, due: list[Wait]) -> bool:
        """Release those who were woken when a wait began, and return whether that wait has to be waited for."""
        mine = wait in due
        if mine:
            due.remove(wait)
        release(due)
        return not mine and (wait.waiting or not wait.expired or not self.closed)

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

    def wake(self, wait: Wait) -> bool:
        """Mark a wait as ended before its deadline, and its owner as awake. Who calls this releases the wait after.

        Returns:
            Whether it was still waiting.
        """
        with self.mutex:
            return self._wake(wait)

    def _wake(self, wait: Wait, *, expired: bool = False) -> bool:
        if not wait.waiting:
            return False
        wait.waiting, wait.expired = False, expired
        if wait.owner is not None and not wait.owner.ended and not self.closed:
            self.awake.add(wait.owner)
        return True

    def next_deadline(self) -> int | None:
        """Return the earliest deadline that somebody waits for, under the mutex."""
        while self._heap and not self._heap[0][2].waiting:
            heapq.heappop(self._heap)
        return self._heap[0][0] if self._heap else None

    def _next(self, *, although_awake: bool = False) -> list[Wait]:
        """Wake whoever has the earliest deadline, if everybody is blocked, and move the time there."""
        deadline = self.next_deadline()
        if deadline is None or self.closed or not self._may_move_to(deadline):
            return []
        if deadline > self.elapsed and self._open and self._has_news():
            return []
        if self.awake and not although_awake:
            if self.onlooker is None:
                return []
            if not self.onlooker.all_still(self.awake):
                self.onlooker.watch()
                return []
        wait = heapq.heappop(self._heap)[2]
        try:
            self._move(deadline)
        except OverflowError as error:
            return self.refuse(wait, error)
        if self.awake and self.onlooker is not None:
            self.onlooker.moved(self.awake)
        self._wake(wait, expired=True)
        return [wait]

    def _has_news(self) -> bool:
        """Return whether a blocked event loop is about to go on, for a file of it is ready. It counts as awake then."""
        woken = [
            each for each in self._open if each.waiting and each.has_news is not None and each.has_news()
        ]
        for each in woken:
            self._wake(each)
        return bool(woken)

    def _may_move_to(self, deadline: int) -> bool:
        if self.holder is None:
            return True
        return bool(self._moves) and deadline <= max(self._moves)

    def go_on(self) -> list[Wait]:
        """Move the time although somebody looks awake, under the mutex: whoever it is stands still.

        Returns:
            The waits that are to be released, without the mutex.
        """
        return self._next(although_awake=True)

    def retry(self) -> None:
        """Move the time if everybody is blocked by now."""
        with self.mutex:
            due = self._next()
        release(due)

    def has_sleepers(self) -> bool:
        """Return, under the mutex, whether somebody waits for a deadline to which the time may move."""
        deadline = self.next_deadline()
        return deadline is not None and not self.closed and self._may_move_to(deadline)

    def holds_itself_up(self) -> Wait | None:
        """Return, under the mutex, the wait for a deadline of the one who holds the time, who alone could move it."""
        if self.holder is None or self._moves or self.closed:
            return None
        waits = [each.wait for each in self.participants.values() if each.thread is self.holder]
        return next((each for each in waits if each is not None and each.waiting and each.deadline), None)

    def refuse(self, wait: Wait, refusal: BaseException) -> list[Wait]:
        """End a wait under the mutex, whose owner must raise ``refusal``. Returns what is to be released."""
        if not self._wake(wait):
            return []
        wait.refusal = refusal
        return [wait]

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
                due = self._next()
            if self.follow(wait, due):
                lock.acquire()
        finally:
            self.end(wait)
            if until is not None and wait in until.joiners:
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
        """End every wait that has a deadline. The others go on, until they are woken."""
        with self.mutex:
            self.closed = True
            self._ended_at = api.real_monotonic()
            due = [wait for _, _, wait in self._heap if self._wake(wait, expired=True)]
            self.participants.clear()
            self.awake.clear()
            self._heap.clear()
        release(due)

    def after_fork(self) -> None:
        """In a child process: forget the threads that were not copied."""
        self.mutex = _thread.RLock()
        ident = _thread.get_ident()
        mine = self.participants.get(ident)
        self.participants = {ident: mine} if mine is not None else {}
        self.awake = {mine} if mine is not None else set()
        self._heap, self._open = [], []
        if self.onlooker is not None:
            self.onlooker.forget()


def release(waits: list[Wait]) -> None:
    """Release waits that have been woken, without the mutex."""
    for wait in waits:
        wait.release()
