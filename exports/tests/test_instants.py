"""Instants as text: the quick way writes what the obvious way does."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from exports.instants import instant_writer
from exports.kinds import ISO_OFFSET, UTC_WORDS

pytestmark = pytest.mark.once

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
    first, last = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)
    assert instant_writer(UTC, UTC_WORDS)(last) == "9999-12-31 23:59:59 UTC"
    assert instant_writer(UTC, UTC_WORDS)(first) == "0001-01-01 00:00:00 UTC"


@pytest.mark.parametrize(
    ("zone", "moment", "text"),
    [
        ("Asia/Kolkata", "9999-12-31 23:59:59.999999", "9999-12-31T23:59:59+0000"),
        ("Asia/Kolkata", "9999-12-31 18:29:59", "9999-12-31T23:59:59+0530"),
        ("Asia/Kolkata", "9999-12-31 18:30:00", "9999-12-31T18:30:00+0000"),
        ("America/New_York", "0001-01-01 00:00:00", "0001-01-01T00:00:00+0000"),
    ],
)
def test_local_time_of_a_year_without_four_digits_is_written_in_utc(zone, moment, text):
    write = instant_writer(ZoneInfo(zone), ISO_OFFSET)
    assert write(moment) == text
    assert write(datetime.fromisoformat(f"{moment}+00:00")) == text


@pytest.mark.parametrize("form", ["%d.%m.%Y %H:%M:%S", "%Y-%m-%d", "%Y-%m-%d %H:%M:%S %Z", ""])
def test_a_form_that_no_database_could_write_is_refused(form):
    with pytest.raises(ValueError, match="not written"):
        instant_writer(UTC, form)
