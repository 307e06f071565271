"""Durations and instants as people write them."""

from __future__ import annotations

import math
import re
from datetime import datetime, timedelta, timezone
from typing import TypeAlias

from fake_tuning.domain.vocabulary.numbers import is_real

Duration: TypeAlias = timedelta | str | int | float
"""A ``timedelta``, a text such as ``"1h30m"``, or a number of seconds."""

Instant: TypeAlias = datetime | str
"""An aware ``datetime``, or an ISO 8601 text with an offset, such as ``"2026-01-31T12:00:00Z"``."""

_MILLISECOND = timedelta(milliseconds=1)
_UNITS = {"d": 86_400_000, "h": 3_600_000, "m": 60_000, "s": 1_000, "ms": 1}
_PART = re.compile(r"(\d+(?:\.\d+)?)(ms|[dhms])")
_WRITTEN = re.compile(rf"(?:{_PART.pattern})+")


def duration(value: Duration, what: str = "a duration") -> timedelta:
    """Read a duration.

    Args:
        value: a ``timedelta``, a text such as ``"8m"`` or ``"1h30m"``, or a number of seconds.
        what: what the duration is for, named in a refusal.

    Raises:
        TypeError: it is none of these types.
        ValueError: it cannot be read, is negative, or is longer than a ``timedelta`` can be.
    """
    if isinstance(value, timedelta):
        length = value
    elif isinstance(value, str):
        length = _spelt(value, what)
    elif is_real(value):
        if not math.isfinite(value):
            raise ValueError(f"{what} must be finite, but is {value!r}")
        length = _length(value, what, seconds=value)
    else:
        raise TypeError(
            f"{what} must be a timedelta, a text such as '1h30m' or a number of seconds, but is {value!r}"
        )
    if length < timedelta(0):
        raise ValueError(f"{what} must not be negative, but is {value!r}")
    return length


def _spelt(text: str, what: str) -> timedelta:
    written = text.replace(" ", "")
    if not _WRITTEN.fullmatch(written):
        raise ValueError(
            f"{what} cannot be read from {text!r}: write it like '90s', '8m', '1h30m', '2d' or '250ms'"
        )
    ms = sum(float(number) * _UNITS[unit] for number, unit in _PART.findall(written))
    return _length(text, what, milliseconds=ms)


def _length(value: Duration, what: str, **units: float) -> timedelta:
    try:
        return timedelta(**units)
    except OverflowError:
        raise ValueError(f"{what} must be shorter than a thousand million days, but is {value!r}") from None


def milliseconds(value: Duration, what: str = "a duration") -> int:
    """Read a duration as a whole number of milliseconds, rounded to the nearest.

    Raises:
        TypeError: it is no duration.
        ValueError: it cannot be read, or is negative or not finite.
    """
    return round(duration(value, what) / _MILLISECOND)


def spell(length: timedelta | int) -> str:
    """Write a length (a ``timedelta``, or milliseconds) as people do: ``"1h30m"``, ``"8m"``, ``"250ms"``."""
    rest = length if isinstance(length, int) else round(length / _MILLISECOND)
    parts = []
    for unit, size in _UNITS.items():
        count, rest = divmod(rest, size)
        if count:
            parts.append(f"{count}{unit}")
    return "".join(parts) or "0s"


def instant(value: Instant, what: str = "an instant") -> datetime:
    """Read an instant.

    Args:
        value: an aware ``datetime``, or an ISO 8601 text with an offset.
        what: what the instant is for, named in a refusal.

    Raises:
        TypeError: it is naive, or no instant at all.
        ValueError: the text cannot be read.
    """
    read = value
    if isinstance(value, str):
        try:
            read = datetime.fromisoformat(re.sub(r"[zZ]$", "+00:00", value))
        except ValueError:
            raise ValueError(
                f"{what} cannot be read from {value!r}: write it like '2026-01-31T12:00:00Z'"
            ) from None
    if not isinstance(read, datetime):
        raise TypeError(
            f"{what} must be an aware datetime or a text such as '2026-01-31T12:00:00Z', but is {value!r}"
        )
    if read.tzinfo is None:
        raise TypeError(
            f"{what} must say its time zone, but {value!r} is naive: write datetime(..., tzinfo=timezone.utc), "
            "or a text that ends in 'Z'"
        )
    return read


def _unfrozen(cls: type[datetime]) -> type[datetime]:
    """Return the standard datetime class, also when a library that freezes time has put its own in place."""
    return next(base for base in cls.__mro__ if base.__module__ == "datetime")


class _UnixTime:
    """Keeps the start of 1970 out of reach of libraries that rewrite the globals of modules."""

    start = _unfrozen(datetime)(1970, 1, 1, tzinfo=timezone.utc)


def epoch_ms(moment: datetime) -> int:
    """Return whole milliseconds since 1970, rounded down: the service has nothing finer."""
    return (moment - _UnixTime.start) // _MILLISECOND


def utc(ms: int) -> datetime:
    """Return the instant of so many milliseconds since 1970, as an aware datetime in UTC."""
    return _UnixTime.start + timedelta(milliseconds=ms)
