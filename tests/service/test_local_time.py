"""Times in answers are in the local time zone, as botocore's parser makes them, also where its offset changes."""

from __future__ import annotations

import time
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING

import pytest
from dateutil.tz import tzlocal

from fake_tuning.doors.botocore.fake_service import FakeTuningService
from fake_tuning.doors.builder.tuning_job import TuningJob
from support.hand_clock import HandClock

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def zone(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The local time zone, in POSIX notation, which needs no files of the machine."""
    with monkeypatch.context() as patch:
        patch.setenv("TZ", request.param)
        time.tzset()
        yield
    time.tzset()


@pytest.mark.skipif(not hasattr(time, "tzset"), reason="the time zone of this system cannot be set")
@pytest.mark.parametrize(
    ("zone", "changes"),
    [
        pytest.param("UTC0", "2026-03-29T01:00:00Z", id="none"),
        pytest.param("CET-1CEST,M3.5.0,M10.5.0/3", "2026-03-29T01:00:00Z", id="forward"),
        pytest.param("CET-1CEST,M3.5.0,M10.5.0/3", "2026-10-25T01:00:00Z", id="back"),
        pytest.param("NST3:30NDT,M3.2.0/0:01,M11.1.0/0:01", "2026-11-01T02:31:00Z", id="back, off the hour"),
        pytest.param("LHST-10:30LHDT-11,M10.1.0,M4.1.0", "2026-04-04T15:00:00Z", id="back by half an hour"),
    ],
    indirect=["zone"],
)
def test_every_instant_is_told_as_dateutil_tells_it(zone: None, changes: str) -> None:
    change = datetime.fromisoformat(changes.replace("Z", "+00:00"))
    clock = HandClock()
    service = FakeTuningService(clock=clock)
    seen = []
    for minute in range(-70, 75):
        clock.time = created = change + timedelta(minutes=minute, seconds=7, milliseconds=250)
        name = service.add(TuningJob(f"xgb{minute + 70}")).name
        answer = service.call("DescribeHyperParameterTuningJob", {"HyperParameterTuningJobName": name})
        local = created.astimezone(tzlocal())
        told = answer["CreationTime"]
        assert (told.isoformat(), told.fold, told.tzinfo) == (local.isoformat(), local.fold, tzlocal())
        assert told.astimezone(timezone.utc) == created
        seen.append(told.utcoffset())
    assert len(set(seen)) == (1 if time.tzname[0] == time.tzname[1] else 2)
