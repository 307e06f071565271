"""How long the stages of a job and of its trials take."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from random import Random
from typing import TypeAlias

from fake_tuning.domain.vocabulary.durations import Duration, milliseconds
from fake_tuning.domain.vocabulary.numbers import is_whole
from fake_tuning.domain.vocabulary.suggestions import choices

Span: TypeAlias = tuple[int, int]
"""The shortest and the longest that something takes, in milliseconds."""


def span(shortest: Duration, longest: Duration | None, what: str) -> Span:
    """Read a span.

    Raises:
        TypeError: one of the two is no duration.
        ValueError: one of them cannot be read, it takes no time at all, or the longest is shorter than the shortest.
    """
    low = milliseconds(shortest, what)
    high = low if longest is None else milliseconds(longest, what)
    if high < low:
        raise ValueError(
            f"{what} must rise from the shortest to the longest, but is {shortest!r} to {longest!r}"
        )
    if high == 0:
        raise ValueError(f"{what} must be longer than nothing, but is {shortest!r}")
    return low, high


@dataclass(frozen=True, slots=True)
class Pacing:
    """The lengths of stages, each from a shortest to a longest, in milliseconds.

    The defaults are what was observed on the real service since November 2022 (see ``observed`` for the figures).

    Attributes:
        accept: from a job's creation to when the service first looks at it, which moves its LastModifiedTime.
        launch: from a job's creation to its first trials.
        cold_start: Starting, of the first trial in a slot.
        warm_start: Starting, of a later trial, whose instances are kept warm; until 2022 they were not.
        download: Downloading.
        train: Training.
        upload: Uploading.
        trial: a whole trial, from its creation to its end; None: the sum of its phases.
        refill: from the end of a trial to the creation of the next one in its slot.
        finish: from the end of the last trial to the end of the job; observed were 8 to 45 s.
        fail: from the failure of the last trial to the failure of the job.
        drain: from a request to stop to the end of a running trial.
        stop: from the end of the last trial to Stopped.
        restart: from an internal error or a spot interruption to the next attempt.
        delete: from a request to delete to the job being gone.
    """

    accept: Span = (3_000, 6_000)
    launch: Span = (7_000, 10_000)
    cold_start: Span = (75_000, 101_000)
    warm_start: Span = (3_000, 5_000)
    download: Span = (18_000, 26_000)
    train: Span = (18_000, 30_000)
    upload: Span = (5_000, 7_000)
    trial: Span | None = None
    refill: Span = (12_000, 16_000)
    finish: Span = (25_000, 25_000)
    fail: Span = (3_000, 3_000)
    drain: Span = (60_000, 75_000)
    stop: Span = (5_000, 5_000)
    restart: Span = (30_000, 60_000)
    delete: Span = (5_000, 5_000)

    def changed(self, **lengths: Duration | tuple[Duration, Duration]) -> Pacing:
        """Return this pacing with other lengths.

        Raises:
            TypeError: there is no such stage, or a length is no duration.
            ValueError: a length cannot be read, the longest is no longer than nothing, or shorter than the shortest.
        """
        known = [each.name for each in fields(self)]
        for stage in lengths:
            if stage not in known:
                raise TypeError(choices("stage", stage, known))
        return replace(
            self,
            **{
                stage: span(*length, what=f"the length of {stage}")
                if isinstance(length, tuple)
                else span(length, None, f"the length of {stage}")
                for stage, length in lengths.items()
            },
        )


_BY_YEAR = {
    2019: Pacing(cold_start=(112_000, 152_000), warm_start=(112_000, 152_000)),
    2022: Pacing(),
}
"""What was observed, by the year from which on it was."""


def observed(year: int) -> Pacing:
    """Return the lengths of stages that were observed in a year.

    Observed were 27 tuning jobs of XGBoost, of 20 trials of which 3 ran at a time. Until February 2022 the best trial
    started 112 to 170 s after its creation (the median is 132), ended 41 to 69 s later (52), and the job took 1,305 to
    1,502 s. In November 2022 it was 5 s, 41 s and 607 s, for instances are kept warm between the trials. In 2024 such
    trials started after 3 s, and a slot was filled again after 12 to 16 s; where none were kept, a trial of 2023 was
    Starting for 88 s, and the shortest time seen is 75 s. As lengths are drawn evenly, a span lies evenly around the
    median, so that whole jobs take as long as those that were observed.

    Args:
        year: the year; 2022 is its end.

    Raises:
        TypeError: it is no whole number.
        ValueError: nothing was observed then.
    """
    if not is_whole(year):
        raise TypeError(f"as_in must be a year, such as 2021, but is {year!r}")
    first = min(_BY_YEAR)
    if year < first:
        raise ValueError(f"as_in must be a year from {first} on, of which something is known, but is {year}")
    return _BY_YEAR[max(each for each in _BY_YEAR if each <= year)]


class Draws:
    """Lengths drawn one after the other, from a random generator that is seeded only if there is something to draw.

    Seeding is the most expensive step of simulating a trial, and a span of a single length needs no random number.

    Args:
        key: determines the random values.
    """

    __slots__ = ("_key", "_rng", "_skipped")

    def __init__(self, key: str) -> None:
        self._key = key
        self._rng: Random | None = None
        self._skipped = 0

    def pick(self, bounds: Span, scale: float = 1.0) -> int:
        """Draw a length, in milliseconds, and scale it; at least one millisecond where the span is not empty."""
        low, high = bounds
        if low == high:
            self._skipped += 1
            return max(int(low * scale), min(high, 1))
        rng = self._rng
        if rng is None:
            rng = self._rng = Random(self._key)
        # What is drawn does not depend on whether the spans before it are single lengths.
        while self._skipped:
            self._skipped -= 1
            rng.random()
        return int((low + rng.random() * (high - low)) * scale) or 1
