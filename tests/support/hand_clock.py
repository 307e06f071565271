"""A clock that is moved by hand, and the instant at which it starts."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Any

from fake_tuning.domain.vocabulary.durations import Duration, duration

START = datetime(2026, 1, 31, 12, tzinfo=timezone.utc)


def after(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


class HandClock:
    """A clock that moves when the test says so, also backwards."""

    def __init__(self) -> None:
        self.time = START

    def now(self) -> datetime:
        return self.time

    def advance(self, by: Duration) -> None:
        self.time += duration(by)

    def at(self, age: Duration) -> None:
        """Move to so long after the start; a negative number of seconds lies before it."""
        self.time = after(age) if isinstance(age, (int, float)) else START + duration(age)

    def join(self) -> None: ...

    def note_read(self, reading: Any) -> None: ...

    def attach(self, source: Any) -> None: ...

    def detach(self, source: Any) -> None: ...
