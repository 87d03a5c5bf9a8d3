"""Instants as parameters: what is one, what it covers, and in which zone it is read."""

# ruff: noqa: E501  (tables)

from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from usersvc import zones
from usersvc.api.instants import MICROSECOND, earliest, latest, parse

pytestmark = pytest.mark.once

# text, zone, first and last moment that it covers
COVERED = [
    ("2021-05-06T10:50:35+0000", "UTC", "2021-05-06T10:50:35", "2021-05-06T10:50:35.999999"),
    ("2021-05-06T10:50:35 0000", "UTC", "2021-05-06T10:50:35", "2021-05-06T10:50:35.999999"),
    ("2021-05-06T10:50:35 00:00", "UTC", "2021-05-06T10:50:35", "2021-05-06T10:50:35.999999"),
    ("2021-05-06T10:50:35+05:30", "UTC", "2021-05-06T05:20:35", "2021-05-06T05:20:35.999999"),
    ("2021-05-06T10:50:35-0130", "UTC", "2021-05-06T12:20:35", "2021-05-06T12:20:35.999999"),
    ("2021-05-06t10:50:35z", "UTC", "2021-05-06T10:50:35", "2021-05-06T10:50:35.999999"),
    ("2021-05-06T10:50:35.5Z", "UTC", "2021-05-06T10:50:35.5", "2021-05-06T10:50:35.599999"),
    ("2021-05-06T10:50:35.123Z", "UTC", "2021-05-06T10:50:35.123", "2021-05-06T10:50:35.123999"),
    ("2021-05-06T10:50:35.123456Z", "UTC", "2021-05-06T10:50:35.123456", "2021-05-06T10:50:35.123456"),
    ("2021-05-06T10:50:35.1234567Z", "UTC", "2021-05-06T10:50:35.123457", "2021-05-06T10:50:35.123456"),
    ("2021-05-06T10:50Z", "UTC", "2021-05-06T10:50:00", "2021-05-06T10:50:59.999999"),
    ("2021-05-06T10:50", "Asia/Kolkata", "2021-05-06T05:20:00", "2021-05-06T05:20:59.999999"),
    ("2021-05-06", "UTC", "2021-05-06T00:00:00", "2021-05-06T23:59:59.999999"),
    ("2021-05-06", "Asia/Kolkata", "2021-05-05T18:30:00", "2021-05-06T18:29:59.999999"),
    (" 2021-05-06 ", "UTC", "2021-05-06T00:00:00", "2021-05-06T23:59:59.999999"),
    ("9999-12-31", "UTC", "9999-12-31T00:00:00", "9999-12-31T23:59:59.999999"),
    # A day of 23 and one of 25 hours, and a day that begins at one o'clock.
    ("2025-03-09", "America/New_York", "2025-03-09T05:00:00", "2025-03-10T03:59:59.999999"),
    ("2025-11-02", "America/New_York", "2025-11-02T04:00:00", "2025-11-03T04:59:59.999999"),
    ("2018-11-04", "America/Sao_Paulo", "2018-11-04T03:00:00", "2018-11-05T01:59:59.999999"),
    # A time that comes twice is meant both times.
    ("2025-11-02T01:30", "America/New_York", "2025-11-02T05:30:00", "2025-11-02T06:30:59.999999"),
    ("2025-04-06T01:45", "Australia/Lord_Howe", "2025-04-05T14:45:00", "2025-04-05T15:15:59.999999"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "zone", "first", "last"), COVERED)
def test_what_a_text_covers(text, zone, first, last):
    span = parse(text, ZoneInfo(zone))
    assert span.first == datetime.fromisoformat(f"{first}+00:00")
    assert span.last == datetime.fromisoformat(f"{last}+00:00")


@pytest.mark.parametrize(
    ("text", "zone", "transition"),
    [
        ("2025-03-09T02:30", "America/New_York", "2025-03-09T07:00:00"),
        ("2025-10-05T02:15", "Australia/Lord_Howe", "2025-10-04T15:30:00"),
        ("2025-09-28T02:50", "Pacific/Chatham", "2025-09-27T14:00:00"),
    ],
)
def test_a_time_that_clocks_skip_is_the_moment_they_skip_it(text, zone, transition):
    span = parse(text, ZoneInfo(zone))
    moment = datetime.fromisoformat(f"{transition}+00:00")
    assert (span.first, span.last) == (moment, moment - MICROSECOND)


@pytest.mark.parametrize(
    "text",
    [
        "", "now", "2021", "2021-05", "20210506", "2021-W18-4", "2021-126", "1620297600",
        "2021-02-30", "2021-13-01", "0000-01-01", "2021-05-06T24:00", "2021-05-06T10:50:60Z",
        "2021-05-06T10", "2021-05-06 10:50:35", "2021-05-06T10:50:35+05", "2021-05-06T10:50:35+24:00",
        "2021-05-06T10:50:35+05:60", "2021-05-06T10:50:35.Z", "2021-05-06T10:50:35.1234567890Z",
        "2021-05-06Z", "2021-05-06+02:00", "٢٠٢١-٠٥-٠٦", "2021-05-06T10:50:35Zx", "2021-5-6",
        "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "-2021-05-06",
        "2021-05-06T10:50:35\N{MINUS SIGN}05:00",
    ],
)  # fmt: skip
def test_what_is_no_instant(text):
    with pytest.raises(ValueError, match=r"."):
        parse(text, UTC)


LOCAL = st.datetimes(datetime(1970, 1, 2), datetime(2037, 12, 30))  # noqa: DTZ001 - local times
ZONES = st.sampled_from(sorted(zones.names().values())).map(ZoneInfo)


@given(LOCAL, ZONES)
def test_bounds_in_every_zone_hold_what_its_clocks_show(local, zone):
    first, last = earliest(local, zone), latest(local, zone)
    assert first.astimezone(zone).replace(tzinfo=None) >= local
    assert last.astimezone(zone).replace(tzinfo=None) <= local
    before, after = first - MICROSECOND, last + MICROSECOND
    assert before.astimezone(zone).replace(tzinfo=None) <= local
    assert after.astimezone(zone).replace(tzinfo=None) >= local or first < last


@given(st.datetimes(datetime(1900, 1, 1), datetime(2100, 1, 1)), st.integers(-14 * 60, 14 * 60))  # noqa: DTZ001
def test_what_isoformat_writes_is_read_back(local, minutes):
    moment = local.replace(tzinfo=timezone(timedelta(minutes=minutes)))
    span = parse(moment.isoformat(), UTC)
    assert span.first == moment
    assert span.last >= moment
