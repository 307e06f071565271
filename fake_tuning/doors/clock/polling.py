"""What threads and tasks read over and over, and how often that brought them nothing new."""

from __future__ import annotations

import asyncio
import threading
import weakref
from contextvars import ContextVar
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Hashable
    from datetime import datetime

    from fake_tuning.domain.vocabulary.clock import Reading

_TASK: ContextVar[weakref.ref[object] | None] = ContextVar("fake_tuning_reading_task", default=None)
"""The task that slept last in this context: what ``asyncio.to_thread`` reads, it reads for that task."""


class Poll:
    """One question that is asked again and again, and answered alike.

    Attributes:
        reading: how it was answered last.
        since: when it began to bring nothing new.
        count: at how many later instants it was asked since then.
        repeats: how often it was asked again at the present instant.
    """

    __slots__ = ("count", "reading", "repeats", "since")

    def __init__(self, reading: Reading) -> None:
        self.begin_anew(reading)

    def begin_anew(self, reading: Reading) -> None:
        """Count from this reading on."""
        self.reading, self.since = reading, reading.at
        self.count = self.repeats = 0

    def repeat(self, reading: Reading) -> None:
        """Count a reading that brings nothing new."""
        if reading.at == self.reading.at:
            self.repeats += 1
        else:
            self.count, self.repeats = self.count + 1, 0
        self.reading = reading


class Reader:
    """A thread or task, and what it has read since something was new to it.

    Attributes:
        poll: what it has asked in vain since it slept last, if anything.
        told: what it was told, if nothing can come of what it does.
        warned: how often it was told so.
    """

    def __init__(self) -> None:
        self.poll: Poll | None = None
        self.told: str | None = None
        self.warned = 0
        self._asked: dict[Hashable, Poll] = {}
        self._in_vain: dict[Hashable, Poll] = {}

    def note(self, reading: Reading) -> bool:
        """Note that it reads, and return whether that brings something new."""
        poll = self._asked.get(reading.question)
        if poll is None or poll.reading.answer != reading.answer:
            self._asked[reading.question] = Poll(reading)
            self.begin_anew()
            self.told, self.warned = None, 0
            return True
        poll.repeat(reading)
        self._in_vain[reading.question] = self.poll = poll
        return False

    def begin_anew(self) -> None:
        """Count from here on, whatever it asks."""
        for poll in self._in_vain.values():
            poll.begin_anew(poll.reading)
        self._in_vain.clear()
        self.poll = None

    def at_rest(self) -> bool:
        """Whether nothing has happened to all that it asks in vain since it began to, and nothing lies ahead."""
        return all(poll.reading.at_rest_since(poll.since) for poll in self._in_vain.values())

    def all_over(self, now: datetime) -> bool:
        """Whether all that it asks in vain has ended."""
        return all(poll.reading.prospect(now).over for poll in self._in_vain.values())

    def in_vain(self) -> list[Poll]:
        """Return what it asks in vain."""
        return list(self._in_vain.values())


class Readers:
    """The threads and tasks that read or sleep."""

    def __init__(self) -> None:
        self._tasks: weakref.WeakKeyDictionary[object, Reader] = weakref.WeakKeyDictionary()
        self._threads = _OfThread()

    def sleeping(self, who: object) -> Reader:
        """Return the reader that begins to sleep, which is the calling thread or task."""
        if not isinstance(who, threading.Thread):
            _TASK.set(weakref.ref(who))
        return self.reading()

    def reading(self) -> Reader:
        """Return the reader that calls."""
        # Every read comes by here, and asking for the task without a loop raises, which takes longer than all else.
        if asyncio._get_running_loop() is not None:
            task: object | None = asyncio.current_task()
        else:
            owner = _TASK.get()
            task = owner and owner()
        return self._threads.reader if task is None else self._of(task)

    def _of(self, task: object) -> Reader:
        reader = self._tasks.get(task)
        if reader is None:
            reader = self._tasks[task] = Reader()
        return reader


class _OfThread(threading.local):
    def __init__(self) -> None:
        self.reader = Reader()
