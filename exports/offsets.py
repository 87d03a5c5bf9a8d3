"""Offsets: how far a zone's clock is from UTC and when it turns, once for Python and for SQL.

They come from the pinned copy of the database of zones, never from a database server's own.
"""

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from functools import cache
from importlib import resources
from struct import calcsize, unpack_from
from zoneinfo import ZoneInfo

# The calendar with its weekdays repeats itself every 400 years, and so does what follows a rule.
# No zone's turns are listed one by one for later than the year 2100.
CYCLE = timedelta(days=146_097)
LAST_TURN = datetime(2100, 1, 1, tzinfo=UTC) + CYCLE
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
SECOND, DAY, WEEK = timedelta(seconds=1), timedelta(days=1), timedelta(weeks=1)
NONE = timedelta(0)

# RFC 9636: magic, version, 15 bytes reserved, six counts.
_HEADER = ">4sc15x6I"
_HEADER_SIZE = calcsize(_HEADER)


@dataclass(frozen=True)
class Offsets:
    """The instants at which a clock turns, and its offset before, between and after them."""

    turns: tuple[datetime, ...]
    offsets: tuple[timedelta, ...]

    def at(self, moment: datetime) -> timedelta:
        """Return the offset of local time at an instant.

        It is none where the year of local time would not have four digits.
        """
        offset = self.offsets[bisect_right(self.turns, folded(moment))]
        try:
            moment.replace(tzinfo=None) + offset
        except OverflowError:
            return NONE
        return offset

    def between(self, first: datetime, last: datetime) -> "Offsets":
        """Return what is needed to tell the offsets of instants from the first to the last."""
        if last >= LAST_TURN:
            return self
        start, end = bisect_right(self.turns, first), bisect_right(self.turns, last)
        return Offsets(self.turns[start:end], self.offsets[start : end + 1])


def is_utc(zone: tzinfo) -> bool:
    """Return whether a zone's clock always was and will be UTC's."""
    return set(offsets(zone).offsets) == {NONE}


def folded(moment: datetime) -> datetime:
    """Return the instant whole cycles earlier at which a clock does the same, before LAST_TURN."""
    if moment < LAST_TURN:
        return moment
    return moment - CYCLE * ((moment - LAST_TURN) // CYCLE + 1)


@cache
def offsets(zone: tzinfo) -> Offsets:
    """Return the offsets of a zone."""
    turns: list[datetime] = []
    values: list[timedelta] = []
    for turn in (datetime.min.replace(tzinfo=UTC), *_turns(zone)):
        offset = _offset(turn, zone)
        if not values:
            values.append(offset)
        elif offset != values[-1]:
            turns.append(turn)
            values.append(offset)
    return Offsets(tuple(turns), tuple(values))


def written(offset: timedelta) -> str:
    """Return an offset as +0530, with the seconds of the times before time zones: +055328."""
    sign, seconds = ("-", -offset) if offset < NONE else ("+", offset)
    minutes, rest = divmod(seconds // SECOND, 60)
    return f"{sign}{minutes // 60:02}{minutes % 60:02}" + (f"{rest:02}" if rest else "")


def _turns(zone: tzinfo) -> Iterator[datetime]:
    """Yield the instants at which a zone's clock may turn, in order."""
    if not isinstance(zone, ZoneInfo):
        return
    listed = _listed(zone)
    yield from listed
    if not listed:
        return
    # A rule says what comes after; the turns of its first two years tell all the others.
    days = (listed[-1] + SECOND + DAY * day for day in range(2 * 366))
    ruled = [_turn(day, day + DAY, zone) for day in days if _changes(day, day + DAY, zone)]
    yield from ruled
    while ruled and (turn := _a_year_after(ruled.pop(0), zone)):
        if turn > (ruled[-1] if ruled else listed[-1]):
            ruled.append(turn)
            yield turn


def _listed(zone: ZoneInfo) -> list[datetime]:
    """Return the turns that the database lists one by one."""
    *folders, name = zone.key.split("/")
    package = ".".join(("tzdata.zoneinfo", *folders))
    data = resources.files(package).joinpath(name).read_bytes()
    _, _, utc, standard, leaps, times, types, letters = unpack_from(_HEADER, data)
    # The first block holds 32 bits a turn, for old readers.
    start = _HEADER_SIZE + times * 5 + types * 6 + letters + leaps * 8 + standard + utc
    times = unpack_from(_HEADER, data, start)[5]
    seconds = unpack_from(f">{times}q", data, start + _HEADER_SIZE)
    return [EPOCH + timedelta(seconds=each) for each in seconds]


def _a_year_after(turn: datetime, zone: tzinfo) -> datetime | None:
    """Return the turn that a rule makes of one a year later: on the same weekday."""
    for weeks in (52, 53):
        later = turn + WEEK * weeks
        if later < LAST_TURN and _changes(later - SECOND, later, zone):
            return later
    return None


def _turn(before: datetime, after: datetime, zone: tzinfo) -> datetime:
    """Return the first second of the new offset between two instants."""
    while after - before > SECOND:
        middle = before + (after - before) // (2 * SECOND) * SECOND
        before, after = (before, middle) if _changes(before, middle, zone) else (middle, after)
    return after


def _changes(before: datetime, after: datetime, zone: tzinfo) -> bool:
    return _offset(before, zone) != _offset(after, zone)


def _offset(at: datetime, zone: tzinfo) -> timedelta:
    try:
        return at.astimezone(zone).utcoffset() or NONE
    except OverflowError:  # a clock west of Greenwich, in the first hours of the year 1
        return _offset(at + DAY, zone)
