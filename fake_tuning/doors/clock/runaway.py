"""Ends a test whose code under test waits for what can never happen."""

from __future__ import annotations

import threading
import time
from datetime import timedelta
from typing import TYPE_CHECKING, NamedTuple, NoReturn

from fake_tuning.domain.vocabulary.durations import duration, spell
from fake_tuning.domain.vocabulary.numbers import is_whole
from fake_tuning.doors.clock.places import place
from fake_tuning.doors.clock.polling import Readers
from fake_tuning.doors.clock.thread_waits import sleep

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import datetime

    from fake_tuning.domain.vocabulary.clock import EventSource, Reading
    from fake_tuning.domain.vocabulary.durations import Duration
    from fake_tuning.doors.clock.polling import Poll, Reader

_SWALLOWED = 3
"""How often the same thread or task gets an exception that ``except Exception`` can swallow."""

_PATIENT = 100
"""How many times ``max_polls`` a job may be polled that has not ended, for somebody may yet stop it or create it, and
how many times as many steps ``run_until`` makes while nothing lies ahead."""

_SLEEPLESS = 10
"""How many times as many polls are let be of a reader that does not sleep itself, or at one instant."""

_ENDLESS = "a job that never_ends(ignoring_limits=True) is ended only by a stop."
"""What a loop cannot wait for."""

_SHOWN = 3
"""How many of the last reads a message shows."""


class ClockRunaway(AssertionError):
    """The code under test waits for something that, as far as can be told, never happens."""

    __module__ = "fake_tuning"  # where users find it, and what pytest shows


class ClockRunawayIgnored(BaseException):
    """The code under test swallowed ``ClockRunaway`` and went on: ``except Exception`` does not catch this one."""

    __module__ = "fake_tuning"


class SleepLimits(NamedTuple):
    """How much the code under test may wait.

    Attributes:
        max_polls: how often it may sleep after it read jobs that have ended, and learnt nothing new.
        max_sleeps: how many sleeps it may begin in a row while nothing lies ahead and nobody reads anything new.
        max_span: how far its sleeping may move the time, in all.
    """

    max_polls: int
    max_sleeps: int
    max_span: timedelta

    @classmethod
    def read(cls, max_polls: int, max_sleeps: int, max_span: Duration) -> SleepLimits:
        """Read limits as users write them.

        Raises:
            TypeError: one is of the wrong type.
            ValueError: one cannot be read, or allows no waiting.
        """
        for name, count in {"max_polls": max_polls, "max_sleeps": max_sleeps}.items():
            if not is_whole(count):
                raise TypeError(f"{name} must be a whole number, but is {count!r}")
            if count < 1:
                raise ValueError(f"{name} must be at least 1, but is {count!r}")
        span = duration(max_span, "max_span")
        if not span:
            raise ValueError(
                f"max_span must be longer than nothing, but is {max_span!r}: write it like '60d'"
            )
        return cls(max_polls, max_sleeps, span)


class RunawayGuard:
    """Counts what the code under test sleeps and reads, and raises when nothing can come of it.

    Whoever reads in vain is told at its own next sleep, or else at a later read; others who sleep meanwhile are not.
    No lock is held while a source or a reading is asked: they may be busy with a call that waits for this guard.

    Args:
        limits: how much waiting is allowed.
        sources: explain what the code under test was waiting for.
        now: tells the time.

    Attributes:
        told: the exceptions that were raised, in order.
    """

    def __init__(
        self, limits: SleepLimits, sources: Iterable[EventSource], now: Callable[[], datetime]
    ) -> None:
        self.told: list[ClockRunaway] = []
        self._limits = limits
        self._sources = sources
        self._now = now
        self._readers = Readers()
        self._sleeps = 0
        self._slept = timedelta(0)
        self._spent: str | None = None
        self._lock = threading.Lock()

    def begin(self, length: timedelta, who: object, *, may_end_before: bool = False) -> None:
        """Count a sleep that begins.

        Args:
            length: how long it is meant to last.
            who: the thread or task that sleeps, which is the calling one.
            may_end_before: whether it waits for something else, and this is only its limit, which may be years.

        Raises:
            ClockRunaway: nothing can come of it.
            ClockRunawayIgnored: the sleeper swallowed that several times, and sleeps again.
        """
        __tracebackhide__ = True
        reader = self._readers.sleeping(who)
        poll, reader.poll = reader.poll, None
        if poll is not None and poll.count >= self._limits.max_polls:
            text = self._polled_in_vain(reader, poll, f"{place()}, which began to sleep {spell(length)} more")
            if text is not None:
                self._tell(reader, text)
        if self._spent is None:
            self._spent = self._spent_by(length, timedelta(0) if may_end_before else length)
        if self._spent is not None:
            self._tell(reader, self._spent)
        with self._lock:
            self._sleeps += 1

    def moved(self, by: timedelta) -> None:
        """Count the time by which a sleep moved the clock."""
        with self._lock:
            self._slept += by

    def check_span(self) -> None:
        """Look whether waiting has moved the clock too far, for waits that are no sleeps, as those of an event loop.

        Raises:
            ClockRunaway: it has.
            ClockRunawayIgnored: the thread swallowed that several times, and waits again.
        """
        if self._slept > self._limits.max_span:
            self._tell(self._readers.reading(), self._past_span(timedelta(0)))

    def verdict(self) -> ClockRunaway | None:
        """Return what was told first, for another who waits for the one that was told, or None."""
        return ClockRunaway(str(self.told[0])) if self.told else None

    def note_read(self, reading: Reading) -> None:
        """Count what the calling thread or task has read.

        Raises:
            ClockRunaway: nothing can come of it.
            ClockRunawayIgnored: the reader swallowed that several times, and reads again.
        """
        __tracebackhide__ = True
        reader = self._readers.reading()
        if reader.note(reading):
            with self._lock:
                self._sleeps = 0
            return
        poll = reader.poll
        if poll is None:  # another thread reads for the same task, and has just learnt something new
            return
        if poll.repeats >= self._limits.max_polls * _SLEEPLESS:
            self._tell(reader, self._stands_still(poll))
        if poll.count >= self._limits.max_polls * _SLEEPLESS:
            text = self._polled_in_vain(reader, poll, f"none; it reads at {place()}", _SLEEPLESS)
            if text is not None:
                self._tell(reader, text)

    def check_steps(self, length: timedelta, steps: int) -> None:
        """Check a move that the test makes step by step, until something that it waits for.

        Args:
            length: how long a step is.
            steps: how many were made.

        Raises:
            ClockRunaway: another one would be too many.
        """
        __tracebackhide__ = True
        if (steps + 1) * length > self._limits.max_span:
            limit = "max_span"
        elif steps >= self._limits.max_polls * _PATIENT and not self._something_lies_ahead():
            limit = "max_polls"
        else:
            return
        raise ClockRunaway(
            f"run_until moved the clock {times(steps)} by {spell(length)}: can its predicate ever hold?\n"
            f"It was called at {place()}, and moved {spell(steps * length)} in all.{explained(self._sources)}\n"
            f"Is so much moving meant? {allow(limit)}"
        )

    def _tell(self, reader: Reader, text: str) -> NoReturn:
        __tracebackhide__ = True
        text = reader.told = reader.told or text
        reader.warned += 1
        if reader.warned > _SWALLOWED:
            raise ClockRunawayIgnored(
                f"{text}\nIt was told so {times(_SWALLOWED)} and went on: does it catch Exception?"
            )
        runaway = ClockRunaway(text)
        self.told.append(runaway)
        raise runaway

    def _polled_in_vain(self, reader: Reader, poll: Poll, sleeper: str, factor: int = 1) -> str | None:
        """Return what to say of a reader, or None when something may yet come of what it asks."""
        if not reader.at_rest():
            reader.begin_anew()
            return None
        at = poll.reading.at
        if poll.count < self._limits.max_polls * factor * (1 if reader.all_over(at) else _PATIENT):
            return None
        prospect = poll.reading.prospect(at)
        polls = f"{poll.count} poll{'' if poll.count == 1 else 's'}"
        last = ", ".join(str(each.reading) for each in reader.in_vain()[-_SHOWN:])
        return (
            f"{prospect.standing} for {polls}: {prospect.question}\n"
            f"Last sleeper: {sleeper}.\n"
            f"Last reads that brought nothing new: {last}. Nothing lies ahead for what they show.\n"
            f"Let the loop handle that, or give up: {_ENDLESS} Is so much polling meant? {allow('max_polls')}"
        )

    def _stands_still(self, poll: Poll) -> str:
        return (
            f"read the same {poll.repeats + 1} times at one instant: does your loop sleep at all?\n"
            f"Last read: {poll.reading}, at {place()}. The clock stood at {_spelt(poll.reading.at)} all the while"
            f"{_patched()}.\n"
            "Time moves while the code under test sleeps, or when the test moves the clock. Is so much reading at "
            f"one instant meant, as in a benchmark? {allow('max_polls')}"
        )

    def _spent_by(self, length: timedelta, certain: timedelta) -> str | None:
        """Return what to say of a sleep that begins if there was too much sleeping, or None.

        Args:
            length: how long it is meant to last.
            certain: how much of that it lasts for certain.
        """
        if certain > self._limits.max_span - self._slept:
            return self._past_span(length)
        if self._sleeps >= self._limits.max_sleeps and not self._something_lies_ahead():
            cause = f"slept {times(self._sleeps)}, and nothing lies ahead: does anything ever end that?"
            return self._in_vain(cause, length, "max_sleeps")
        return None

    def _past_span(self, more: timedelta) -> str:
        slept, span = spell(self._slept), f"max_span={spell(self._limits.max_span)!r}"
        if self._slept > self._limits.max_span:
            return self._in_vain(f"slept {slept} of virtual time, which is past {span}", more, "max_span")
        cause = f"slept {slept} of virtual time, and {spell(more)} more is past {span}"
        return self._in_vain(cause, more, "max_span")

    def _in_vain(self, cause: str, more: timedelta, limit: str) -> str:
        sleeper = f"Last sleeper: {place()}, which began to sleep {spell(more)} more." if more else ""
        advice = (
            f"Does it wait for what never happens? Let it handle that, or give up: {_ENDLESS} "
            f"Is so much sleeping meant? {allow(limit)}"
        )
        return "\n".join(filter(None, [cause, f"{sleeper}{explained(self._sources)}".strip(), advice]))

    def _something_lies_ahead(self) -> bool:
        now = self._now()
        if all(source.next_event_after(now) is None for source in self._sources):
            return False
        with self._lock:
            self._sleeps = 0
        return True


def allow(limit: str) -> str:
    """Say how a limit is raised."""
    return f"Then allow more: VirtualClock({limit}=...), or @pytest.mark.tuning({limit}=...)."


def times(count: int) -> str:
    """Say how often: ``"once"`` or ``"3 times"``."""
    return "once" if count == 1 else f"{count} times"


def explained(sources: Iterable[EventSource]) -> str:
    """Say, in sentences to append to a message, what the code under test kept reading."""
    sentences = [source.explain_wait() for source in sources]
    return "".join(f" Meanwhile {sentence}" for sentence in sentences if sentence)


def _spelt(at: datetime) -> str:
    return at.isoformat().replace("+00:00", "Z")


def _patched() -> str:
    """Say, to go on in a sentence, that somebody else has replaced ``time.sleep``, if so."""
    if time.sleep is sleep:
        return ""
    return f", for time.sleep is {time.sleep!r} now, which moves no clock: a VirtualClock needs no such patch"
