"""What a clock is, and the clock that follows the process's time."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import TYPE_CHECKING, NoReturn, Protocol

from fake_tuning.domain.vocabulary.durations import Duration, Instant, utc

DEFAULT_START = utc(1_767_225_600_000)
"""Where a clock starts if no start is given: 2026-01-01T00:00:00Z. Invented, and never relative to today."""


@dataclass(frozen=True, slots=True)
class Prospect:
    """What whoever reads on and on can expect.

    Attributes:
        standing: how things are, such as ``"'xgb' has been Stopped"``.
        question: what to ask its reader, such as ``"does your loop handle Stopped?"``.
        over: whether it has ended, so that only a new request could change it.
    """

    standing: str
    question: str
    over: bool


class Reading(Protocol):
    """What a call that only reads was answered, as far as a clock must know. Its text shows the call and the answer."""

    @property
    def at(self) -> datetime:
        """When it was read."""

    @property
    def question(self) -> Hashable:
        """What was asked: equal when the same was asked."""

    @property
    def answer(self) -> Hashable:
        """Stands for what was answered: while it is equal, the answer brings nothing new."""

    def prospect(self, now: datetime) -> Prospect:
        """Return what can be expected at an instant of what was read."""

    def at_rest_since(self, instant: datetime) -> bool:
        """Whether nothing has happened to what was read since an instant, and nothing lies ahead for it."""


class EventSource(Protocol):
    """What a clock may ask of the service that it drives."""

    def next_event_after(self, instant: datetime) -> datetime | None:
        """Return when something happens next, or None when nothing ever will."""

    def explain_wait(self) -> str | None:
        """Say, in a sentence, what the code under test kept reading, or None when it read nothing."""


class Clock(Protocol):
    """Tells the time."""

    def now(self) -> datetime:
        """Return the present instant, aware, in UTC."""

    def join(self) -> None:
        """Let the calling thread take part: from here on its sleeping moves the time, if this clock can move."""

    def note_read(self, reading: Reading) -> None:
        """Note what the calling thread or task has read, for a clock that tells of reading in vain.

        Raises:
            ClockRunaway: it reads the same on and on, and nothing can come of it.
        """

    def attach(self, source: EventSource) -> None:
        """Make the clock ask ``source`` for its events."""

    def detach(self, source: EventSource) -> None:
        """Detach ``source``."""


class MovableClock(Clock, Protocol):
    """A clock that the test moves."""

    def advance(self, by: Duration) -> None:
        """Move forward."""

    def move_to(self, to: Instant) -> None:
        """Move to an instant, earlier or later."""

    def sleep(self, length: Duration) -> None:
        """Move to the end of a sleep that begins now."""

    def run_until(self, predicate: Callable[[], bool], *, every: Duration = "30s") -> None:
        """Move forward in steps until the predicate holds."""

    def advance_to_next_event(self) -> datetime | None:
        """Move to the next event of an attached source, and return when that is."""


class AmbientClock:
    """The time as the process sees it, read anew at every call.

    Whatever moves ``datetime.now`` moves this clock: ``@freeze_time``, pytest-freezer's ``freezer``, time-machine.
    """

    def now(self) -> datetime:
        """Return the present instant, aware, in UTC."""
        return datetime.now(timezone.utc)

    if not TYPE_CHECKING:  # pragma: no branch  # a type checker is to refuse what this explains

        def __getattr__(self, name: str) -> NoReturn:
            """Explain who moves this clock to code that tries to."""
            moves = ("advance", "move_to", "sleep", "run_until", "advance_to_next_event")
            if name not in moves:
                raise AttributeError(f"an AmbientClock has no attribute {name!r}")
            raise AttributeError(
                f"an AmbientClock has no {name}(): it is moved by who moves the process's time, such as @freeze_time, "
                "the fixture freezer or time-machine. Only a VirtualClock is moved by hand"
            )

    def join(self) -> None:
        """Do nothing: this clock is moved by others."""

    def note_read(self, reading: Reading) -> None:
        """Do nothing: this clock cannot know what others will do to it."""

    def attach(self, source: EventSource) -> None:
        """Do nothing: this clock asks nobody."""

    def detach(self, source: EventSource) -> None:
        """Do nothing: this clock asks nobody."""
