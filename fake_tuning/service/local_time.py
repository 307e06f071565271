"""Datetimes as botocore's parser makes them: aware, in the local time zone, which is dateutil's ``tzlocal``."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone, tzinfo
from functools import lru_cache

from dateutil.tz import tzlocal

from fake_tuning.domain.jobs.responses import Stamp
from fake_tuning.domain.vocabulary.durations import utc

_QUARTER = 900_000
"""A quarter of an hour, in milliseconds."""


def local_stamp() -> Stamp:
    """Return a function that makes such datetimes from milliseconds since 1970.

    dateutil takes 14 µs to find the offset of the local time zone, a fifth of a whole describe, and code that polls
    sees another instant each time. So it is asked for the ends of each quarter of an hour: where they agree,
    everything between them has the same offset.
    """

    @lru_cache(maxsize=1024)
    def zone(ms: int) -> tuple[timedelta, int, tzinfo | None]:
        local = _local(ms)
        return local.replace(tzinfo=timezone.utc) - utc(ms), local.fold, local.tzinfo

    @lru_cache(maxsize=4096)
    def stamp(ms: int) -> datetime:
        begins = ms // _QUARTER * _QUARTER
        here = zone(begins)
        if here != zone(begins + _QUARTER):
            return _local(ms)
        ahead, fold, local = here
        return (utc(ms) + ahead).replace(tzinfo=local, fold=fold)

    return stamp


def _local(ms: int) -> datetime:
    return utc(ms).astimezone(tzlocal())
