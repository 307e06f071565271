"""Durations and instants as people write them."""

from __future__ import annotations

from datetime import date, datetime, timedelta, timezone

import pytest
from freezegun import freeze_time
from hypothesis import given
from hypothesis import strategies as st

from fake_tuning.domain.vocabulary.durations import duration, epoch_ms, instant, milliseconds, spell, utc
from support.strategies import DETERMINISTIC

NEW_YEAR = datetime(2026, 1, 1, tzinfo=timezone.utc)


@pytest.mark.parametrize(
    ("written", "seconds"),
    [
        ("8m", 480),
        ("1h30m", 5400),
        ("1h 30m", 5400),
        ("90s", 90),
        ("2d", 172_800),
        ("250ms", 0.25),
        ("1.5h", 5400),
        ("1m1ms", 60.001),
        ("0s", 0),
        (90, 90),
        (0.5, 0.5),
        (timedelta(minutes=3), 180),
    ],
)
def test_durations_are_read(written, seconds):
    assert duration(written) == timedelta(seconds=seconds)


@pytest.mark.parametrize(
    ("error", "written", "message"),
    [
        (ValueError, "", "a duration cannot be read from ''"),
        (ValueError, "8", "a duration cannot be read from '8'"),
        (ValueError, "8 minutes", "a duration cannot be read from '8 minutes'"),
        (ValueError, "-8m", "a duration cannot be read from '-8m'"),
        (ValueError, "8m!", "a duration cannot be read from '8m!'"),
    ],
)
def test_texts_that_are_no_durations_are_refused(error, written, message):
    with pytest.raises(error) as refused:
        duration(written)
    assert str(refused.value) == f"{message}: write it like '90s', '8m', '1h30m', '2d' or '250ms'"


@pytest.mark.parametrize(
    ("error", "written", "message"),
    [
        (ValueError, -1, "a duration must not be negative, but is -1"),
        (
            ValueError,
            timedelta(seconds=-1),
            "a duration must not be negative, but is datetime.timedelta(days=-1, seconds=86399)",
        ),
        (ValueError, float("nan"), "a duration must be finite, but is nan"),
        (ValueError, float("inf"), "a duration must be finite, but is inf"),
        (
            ValueError,
            1e300,
            "a duration must be shorter than a thousand million days, but is 1e+300",
        ),
        (
            ValueError,
            "9000000000d",
            "a duration must be shorter than a thousand million days, but is '9000000000d'",
        ),
        *(
            (
                TypeError,
                other,
                f"a duration must be a timedelta, a text such as '1h30m' or a number of seconds, "
                f"but is {other!r}",
            )
            for other in (True, None, [8])
        ),
    ],
)
def test_other_things_that_are_no_durations_are_refused(error, written, message):
    with pytest.raises(error) as refused:
        duration(written)
    assert str(refused.value) == message


def test_a_refusal_names_what_the_duration_is_for():
    with pytest.raises(ValueError, match=r"^the nap must not be negative, but is -1$"):
        duration(-1, "the nap")


@pytest.mark.parametrize(
    ("length", "spelt"),
    [
        (timedelta(hours=1, minutes=30), "1h30m"),
        (timedelta(0), "0s"),
        (250, "250ms"),
        (90_061_001, "1d1h1m1s1ms"),
    ],
)
def test_durations_are_spelt(length, spelt):
    assert spell(length) == spelt


@DETERMINISTIC
@given(st.integers(1, 10**12))
def test_what_is_spelt_can_be_read(ms):
    assert milliseconds(spell(ms)) == ms
    assert milliseconds(timedelta(milliseconds=ms)) == ms


@pytest.mark.parametrize(
    "written",
    ["2026-01-01T00:00:00Z", "2026-01-01T00:00:00z", "2026-01-01T02:00:00+02:00", NEW_YEAR],
)
def test_instants_are_read(written):
    assert instant(written) == NEW_YEAR
    assert epoch_ms(instant(written)) == 1_767_225_600_000


@pytest.mark.parametrize(
    ("error", "written", "message"),
    [
        (
            TypeError,
            datetime(2026, 1, 1),  # noqa: DTZ001  # this is the mistake
            "an instant must say its time zone, but datetime.datetime(2026, 1, 1, 0, 0) is naive: "
            "write datetime(..., tzinfo=timezone.utc), or a text that ends in 'Z'",
        ),
        (
            TypeError,
            "2026-01-01T00:00:00",
            "an instant must say its time zone, but '2026-01-01T00:00:00' is naive: "
            "write datetime(..., tzinfo=timezone.utc), or a text that ends in 'Z'",
        ),
        (
            ValueError,
            "tomorrow",
            "an instant cannot be read from 'tomorrow': write it like '2026-01-31T12:00:00Z'",
        ),
        (
            TypeError,
            date(2026, 1, 1),
            "an instant must be an aware datetime or a text such as '2026-01-31T12:00:00Z', "
            "but is datetime.date(2026, 1, 1)",
        ),
        (
            TypeError,
            5,
            "an instant must be an aware datetime or a text such as '2026-01-31T12:00:00Z', but is 5",
        ),
    ],
)
def test_what_is_no_instant_is_refused(error, written, message):
    with pytest.raises(error) as refused:
        instant(written)
    assert str(refused.value) == message


@DETERMINISTIC
@given(st.integers(0, 10**13))
def test_milliseconds_since_1970_and_back(ms):
    assert epoch_ms(utc(ms)) == ms
    assert utc(ms).tzinfo is timezone.utc


def test_parts_of_a_millisecond_are_left_out():
    assert epoch_ms(NEW_YEAR + timedelta(microseconds=999)) == epoch_ms(NEW_YEAR)


def test_instants_are_real_datetimes_also_while_time_is_frozen():
    with freeze_time("2030-01-01"):
        assert type(utc(0)).__module__ == "datetime"
        assert utc(0) == datetime.fromtimestamp(0, tz=timezone.utc)
        assert epoch_ms(datetime.now(timezone.utc)) == 1_893_456_000_000
