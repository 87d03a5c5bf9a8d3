"""Offsets of zones: what zoneinfo says, at every instant and for every zone of the database."""

import zoneinfo
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from exports.offsets import NONE, offsets, written

pytestmark = pytest.mark.once

ZONES = sorted(zoneinfo.available_timezones())
EVER = st.datetimes(timezones=st.just(UTC))


@pytest.mark.parametrize("key", ZONES)
def test_every_turn_of_every_zone_is_known(key):
    zone, known = ZoneInfo(key), offsets(ZoneInfo(key))
    for start, end, step in ((1840, 2045, 181), (2045, 2500, 491), (2500, 9990, 7001)):
        at = datetime(start, 1, 1, tzinfo=UTC)
        while at.year < end:
            assert known.at(at) == at.astimezone(zone).utcoffset(), at
            at += timedelta(days=step, minutes=1)
    # What follows a rule repeats itself: every turn that is listed, and some of the others.
    for turn in [*known.turns[:400], *known.turns[400::13]]:
        for at in (turn - timedelta(microseconds=1), turn):
            assert known.at(at) == at.astimezone(zone).utcoffset(), at


@given(key=st.sampled_from(ZONES), moment=EVER)
@example(key="America/New_York", moment=datetime.min.replace(tzinfo=UTC))
@example(key="Asia/Kolkata", moment=datetime.max.replace(tzinfo=UTC))
@example(key="Europe/Paris", moment=datetime(9999, 7, 1, tzinfo=UTC))
def test_an_offset_is_zoneinfos_or_none_where_years_have_no_four_digits(key, moment):
    try:
        expected = moment.astimezone(ZoneInfo(key)).utcoffset()
    except OverflowError:
        expected = NONE
    assert offsets(ZoneInfo(key)).at(moment) == expected


@pytest.mark.parametrize(
    ("offset", "text"),
    [
        (NONE, "+0000"),
        (timedelta(hours=5, minutes=30), "+0530"),
        (-timedelta(hours=3, minutes=30), "-0330"),
        (timedelta(hours=5, minutes=53, seconds=28), "+055328"),
        (-timedelta(minutes=44, seconds=30), "-004430"),
    ],
)
def test_an_offset_is_written_as_strftime_writes_it(offset, text):
    assert written(offset) == text


def test_a_fixed_offset_never_turns():
    assert offsets(UTC).turns == ()
