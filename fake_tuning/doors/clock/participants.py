"""Threads that take part in virtual time, and their waits."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from fake_tuning.doors.clock.originals import real_is_alive

if TYPE_CHECKING:
    from collections.abc import Callable


class Wait:
    """One wait, of a thread, of an event loop or of a caller that moves the time.

    Args:
        owner: the participant that is blocked by it, or that goes on after it. None: no participant.
        deadline: when it ends by itself, in microseconds of the scheduler. None: never.
        number: its place among waits of the same deadline.
        release: wakes its owner. Called without the mutex, once, and only after the wait has been marked as woken.
        blocks: whether its owner is blocked until it ends. An event loop goes on while one of its tasks waits.
        has_news: tells whether something has happened that is about to end the wait. None: nothing can, unseen.

    Attributes:
        waiting: whether nobody and nothing has ended it.
        expired: whether it ended because its deadline came.
        refusal: what its owner must raise, or None.
    """

    __slots__ = (
        "blocks",
        "deadline",
        "expired",
        "has_news",
        "number",
        "owner",
        "refusal",
        "release",
        "waiting",
    )

    def __init__(
        self,
        owner: Participant | None,
        deadline: int | None,
        number: float,
        release: Callable[[], object],
        *,
        blocks: bool = True,
        has_news: Callable[[], bool] | None = None,
    ) -> None:
        self.owner, self.deadline, self.number, self.release, self.blocks = (
            owner,
            deadline,
            number,
            release,
            blocks,
        )
        self.has_news = has_news
        self.waiting = True
        self.expired = False
        self.refusal: BaseException | None = None


class Participant:
    """A thread that takes part.

    Args:
        thread: the thread. None: work that is handed to a thread which has not begun it.
        driver: whether it entered the clock or called the fake. The others, which were started or handed work, do not
            drive the time on while a driver does real work.

    Attributes:
        wait: the wait that blocks it, or None.
        joiners: waits for its end.
        ended: whether it has ended.
        entered: whether it entered the clock.
        aside: whether its waits are real for the moment, because they are part of the machinery.
        adopted: whether its end must be looked for, since somebody else started it.
        activity: what it was seen doing last, while it looked awake.
        still: whether its patience is spent: it looks awake, and has done nothing for long enough.
        yields: how often it gave way in a row, by sleeping for no time.
        worked: how much processor time it had had when it gave way last, in seconds.
        serves: whether it runs a server, and so waits for work where it waits for a file.
    """

    __slots__ = (
        "activity",
        "adopted",
        "aside",
        "driver",
        "ended",
        "entered",
        "joiners",
        "serves",
        "still",
        "thread",
        "wait",
        "worked",
        "yields",
    )

    def __init__(self, thread: threading.Thread | None, *, driver: bool, adopted: bool) -> None:
        self.thread, self.driver, self.adopted = thread, driver, adopted
        self.wait: Wait | None = None
        self.joiners: list[Wait] = []
        self.ended = False
        self.entered = False
        self.aside = False
        self.activity: object = None
        self.still = False
        self.yields = 0
        self.worked = 0.0
        self.serves = False

    def is_alive(self) -> bool:
        """Return whether its thread has not ended, as far as can be told."""
        if isinstance(self.thread, threading._DummyThread):
            return self.thread.is_alive()
        return self.thread is not None and real_is_alive(self.thread)

    def is_current(self) -> bool:
        """Return whether it is the calling thread, given that this has its identity."""
        if isinstance(self.thread, threading._DummyThread):  # it never knows that it has ended
            return self.thread.native_id == threading.get_native_id()
        return self.is_alive()
