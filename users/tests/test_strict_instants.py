"""Bounds of instants: every spelling, both ends included, for every parameter that is one."""

from datetime import datetime

import pytest

from .asking import asker, every, faults, shown
from .factories import UserFactory
from .questions import BOUNDS, DIRECTORY, DOWNLOAD, QUESTIONS, Kind

pytestmark = [pytest.mark.django_db, pytest.mark.one_cast]
# Somebody stands at each of these moments, of 6 May 2021 in UTC unless a day is named.
MOMENTS = {
    "a": "05T18:29:59.999999",  # the last one of the 5th in Kolkata
    "b": "05T18:30:00",
    "c": "05T23:59:59.999999",
    "d": "06T00:00:00",
    "e": "06T10:49:59.999999",
    "f": "06T10:50:00",
    "g": "06T10:50:34.999999",
    "h": "06T10:50:35",
    "i": "06T10:50:35.499999",
    "j": "06T10:50:35.500000",
    "k": "06T10:50:35.500001",
    "l": "06T10:50:35.599999",
    "m": "06T10:50:35.600000",
    "n": "06T10:50:35.999999",
    "o": "06T10:50:36",
    "p": "06T10:50:59.999999",
    "q": "06T10:51:00",
    "r": "06T18:29:59.999999",  # the last one of the 6th in Kolkata
    "s": "06T18:30:00",
    "t": "06T23:59:59.999999",
    "u": "07T00:00:00",
}
EVERYBODY = "".join(MOMENTS)
# text, the first and the last of whom it covers
SPELLINGS = [
    ("2021-05-06T10:50:35+0000", "hn"),
    ("2021-05-06T10:50:35 0000", "hn"),  # a plus that an address turned into a blank
    ("2021-05-06T10:50:35+00:00", "hn"),
    ("2021-05-06T10:50:35 00:00", "hn"),
    ("2021-05-06T10:50:35-0000", "hn"),
    ("2021-05-06T10:50:35Z", "hn"),
    ("2021-05-06t10:50:35z", "hn"),
    ("2021-05-06T16:20:35+0530", "hn"),
    ("2021-05-06T16:20:35 05:30", "hn"),
    ("2021-05-06T06:50:35-04:00", "hn"),
    ("2021-05-07T00:50:35+14:00", "hn"),
    ("2021-05-06T10:50:35", "hn"),
    ("2021-05-06T10:50:35.5Z", "jl"),
    ("2021-05-06T10:50:35.500Z", "jk"),
    ("2021-05-06T10:50:35.500000Z", "jj"),
    ("2021-05-06T10:50:35.500000000Z", "jj"),
    ("2021-05-06T10:50:35.500001+00:00", "kk"),
    ("2021-05-06T10:50Z", "fp"),
    ("2021-05-06T10:50+0000", "fp"),
    ("2021-05-06T10:50", "fp"),
    ("2021-05-06", "dt"),
    (" 2021-05-06 ", "dt"),
]
IN_KOLKATA = [
    ("2021-05-06", "br"),
    ("2021-05-07", "su"),
    ("2021-05-06T16:20:35", "hn"),
    ("2021-05-06T16:20", "fp"),
    ("2021-05-06T10:50:35Z", "hn"),
    ("2021-05-06T12:50:35+0200", "hn"),
]
REFUSED = [
    "2021-W18-4", "2021W184", "2021-W18", "2021-126", "20210506", "20210506T105035Z", "2021",
    "2021-05", "1620298235", "1620298235000", "1620298235.5", "0", "2021-05-06T24:00",
    "2021-05-06T24:00:00Z", "2021-05-06T10:50:60Z", "2021-05-06T10:60Z", "2021-05-06T10",
    "2021-02-30", "2021-02-29", "2021-04-31T10:50:35Z", "2021-13-01", "2021-00-01", "2021-05-00",
    "2021-05-06T10:50:35+24:00", "2021-05-06T10:50:35+05:60", "2021-05-06T10:50:35+05",
    "2021-05-06 10:50:35", "2021-05-06Z", "2021-5-6", "06/05/2021", "now", "yesterday", "null",
    "٢٠٢١-٠٥-٠٦", "2021-05-06T10:50:35ZZ",
]  # fmt: skip
TOGETHER = [
    ("2021-05-06", "2021-05-06", "defghijklmnopqrst"),
    ("2021-05-06T10:50:35Z", "2021-05-06T10:50:35Z", "hijklmn"),
    ("2021-05-06T10:50:35.500000Z", "2021-05-06T10:50:35.500000Z", "j"),
    ("2021-05-06T10:50:35.6Z", "2021-05-06T10:50Z", "mnop"),
    ("2021-05-06T18:30+0200", "2021-05-06T16:30Z", ""),
    ("2021-05-06T10:50:35.1234567Z", "2021-05-06T10:50:35.1234567Z", ""),
]
CROSSED = [
    ("2021-05-07", "2021-05-06"),
    ("2021-05-06T10:51Z", "2021-05-06T10:50Z"),
    ("2021-05-06T10:50:36Z", "2021-05-06T10:50:35Z"),
    ("2021-05-06T10:50:35.500001Z", "2021-05-06T10:50:35.500000Z"),
    ("2021-05-06T10:50Z", "2021-05-06T10:50+0530"),
    ("9999-12-31", "0001-01-01"),
]
FIELDS = {
    "created_at_from": "created_at",
    "created_at_to": "created_at",
    "updated_at_from": "updated_at",
    "updated_at_to": "updated_at",
    "lastLoggedInFromDate": "last_login",
    "lastLoggedInToDate": "last_login",
    "passwordExpiryFromDate": "password_expires_at",
    "passwordExpiryToDate": "password_expires_at",
    "scheduleAccessExpiryFromDate": "access_ends_at",
    "scheduleAccessExpiryToDate": "access_ends_at",
}
PAIRS = [
    (DIRECTORY, "created_at_from", "created_at_to"),
    (DIRECTORY, "updated_at_from", "updated_at_to"),
    (DOWNLOAD, "lastLoggedInFromDate", "lastLoggedInToDate"),
    (DOWNLOAD, "passwordExpiryFromDate", "passwordExpiryToDate"),
    (DOWNLOAD, "scheduleAccessExpiryFromDate", "scheduleAccessExpiryToDate"),
]
EVERY_PAIR = pytest.mark.parametrize(("address", "earliest", "latest"), PAIRS)


def line_up(ask, field):
    """Put somebody at each moment and Zoe at none, and return a function that finds them."""
    for letter, moment in MOMENTS.items():
        at = datetime.fromisoformat(f"2021-05-{moment}+00:00")
        UserFactory(username=f"at-{letter}", **{field: at})
    if field not in ("created_at", "updated_at"):  # which everybody has
        UserFactory(username="at-z")

    def find(address, *pairs):
        size = [("page_size", "100")] if address is DIRECTORY else [("_fields", "userid")]
        text = shown(ask(address, *size, ("search", "at-"), *pairs))
        return "".join(letter for letter in EVERYBODY + "z" if f"at-{letter}" in text)

    return find


def covered(kind, span):
    """Return who is found by a text that covers a span, as a bound of a kind."""
    first, last = map(EVERYBODY.index, span)
    return EVERYBODY[first:] if kind is Kind.FROM else EVERYBODY[: last + 1]


def test_every_bound_is_lined_up_for():
    assert {p.name for _, p in QUESTIONS if p.kind in BOUNDS} == set(FIELDS)
    assert {name for _, *pair in PAIRS for name in pair} == set(FIELDS)


@every(*BOUNDS)
def test_a_bound_includes_all_that_its_text_covers_and_nobody_without_an_instant(
    cast, call, address, parameter
):
    find = line_up(asker(cast, call), FIELDS[parameter.name])
    for text, span in SPELLINGS:
        assert find(address, (parameter.name, text)) == covered(parameter.kind, span), text


@every(*BOUNDS, of=[DOWNLOAD])
def test_a_bound_without_offset_is_read_in_the_time_zone_of_the_question(
    cast, call, address, parameter
):
    find = line_up(asker(cast, call), FIELDS[parameter.name])
    for text, span in IN_KOLKATA:
        bound, zone = (parameter.name, text), ("timezone", "Asia/Kolkata")
        assert find(address, bound, zone) == covered(parameter.kind, span), text
        assert find(address, zone, bound) == covered(parameter.kind, span), text


@every(*BOUNDS)
def test_a_text_that_is_no_instant_is_refused(cast, call, address, parameter):
    ask = asker(cast, call)
    for text in REFUSED:
        [fault] = faults(address, ask(address, (parameter.name, text)))
        assert fault == (
            f"{parameter.name}: is not an instant such as 2021-05-06T10:50:35+0000 or 2021-05-06 "
            f"(given: {text})"
        )


@EVERY_PAIR
def test_two_bounds_include_both_of_their_texts(cast, call, address, earliest, latest):
    find = line_up(asker(cast, call), FIELDS[earliest])
    for low, high, found in TOGETHER:
        assert find(address, (earliest, low), (latest, high)) == found, (low, high)
        assert find(address, (latest, high), (earliest, low)) == found, (low, high)


@pytest.mark.parametrize(("address", "earliest", "latest"), [p for p in PAIRS if p[0] is DOWNLOAD])
def test_two_bounds_within_an_hour_that_clocks_skip_match_nobody(
    cast, call, address, earliest, latest
):
    find = line_up(asker(cast, call), FIELDS[earliest])
    new_york = ("timezone", "America/New_York")
    for low, high in [("02:15", "02:45"), ("02:30", "02:30"), ("02:30:00", "02:30:00.000")]:
        skipped = (earliest, f"2021-03-14T{low}"), (latest, f"2021-03-14T{high}")
        assert find(address, new_york, *skipped) == "", (low, high)


@EVERY_PAIR
def test_a_lower_bound_after_the_upper_one_is_refused(cast, call, address, earliest, latest):
    ask = asker(cast, call)
    for low, high in CROSSED:
        [fault] = faults(address, ask(address, (earliest, low), (latest, high)))
        assert fault == f"{latest}: lies before {earliest} (given: {high})"
