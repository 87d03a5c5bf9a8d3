"""Instants as text: the quick way writes what the obvious way does."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from exports.instants import instant_writer
from exports.kinds import ISO_OFFSET, UTC_WORDS

ZONES = [
    "UTC",
    "Asia/Kolkata",
    "America/New_York",
    "Australia/Lord_Howe",
    "Pacific/Chatham",
    "Pacific/Kiritimati",
    "Africa/Monrovia",
    "America/St_Johns",
]
FIRST, LAST = datetime(1800, 1, 1), datetime(2200, 1, 1)  # noqa: DTZ001 - the strategy adds UTC
MOMENTS = st.datetimes(FIRST, LAST, timezones=st.just(UTC))


@pytest.mark.parametrize("form", [UTC_WORDS, ISO_OFFSET])
@given(zone=st.sampled_from(ZONES), moments=st.lists(MOMENTS, min_size=1))
@example(zone="Australia/Lord_Howe", moments=[datetime(2025, 10, 4, 15, 29, 59, tzinfo=UTC)])
@example(zone="America/New_York", moments=[datetime(2025, 11, 2, 6, 0, tzinfo=UTC)])
@example(zone="Africa/Monrovia", moments=[datetime(1971, 12, 31, 23, 59, tzinfo=UTC)])
def test_every_moment_is_written_as_strftime_writes_it(form, zone, moments):
    write = instant_writer(ZoneInfo(zone), form)
    for moment in moments:
        expected = moment.astimezone(ZoneInfo(zone)).strftime(form)
        assert write(moment) == expected
        assert write(str(moment.replace(tzinfo=None))) == expected


def test_the_ends_of_time_are_written():
    for moment in (datetime.max.replace(tzinfo=UTC), datetime(1000, 1, 1, tzinfo=UTC)):
        assert instant_writer(UTC, UTC_WORDS)(moment) == moment.strftime(UTC_WORDS)
