"""How long the stages of a job and of its trials take."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from random import Random
from typing import TypeAlias

from fake_tuning.domain.vocabulary.durations import Duration, milliseconds
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

    The defaults are the time scales that were observed on the real service.

    Attributes:
        accept: from a job's creation to when the service first looks at it, which moves its LastModifiedTime.
        launch: from a job's creation to its first trials.
        cold_start: Starting, of the first trial in a slot.
        warm_start: Starting, of a later trial, whose instances are kept warm.
        download: Downloading.
        train: Training.
        upload: Uploading.
        trial: a whole trial, from its creation to its end; None: the sum of its phases.
        refill: from the end of a trial to the creation of the next one in its slot.
        finish: from the end of the last trial to the end of the job.
        fail: from the failure of the last trial to the failure of the job.
        drain: from a request to stop to the end of a running trial.
        stop: from the end of the last trial to Stopped.
        restart: from an internal error or a spot interruption to the next attempt.
        delete: from a request to delete to the job being gone.
    """

    accept: Span = (3_000, 6_000)
    launch: Span = (7_000, 10_000)
    cold_start: Span = (75_000, 175_000)
    warm_start: Span = (3_000, 3_000)
    download: Span = (22_000, 28_000)
    train: Span = (35_000, 190_000)
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
