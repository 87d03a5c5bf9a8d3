"""Instants as parameters: how precise a text is, and which moment it bounds.

A bound is inclusive at the precision given: as an upper bound, 10:30 means all of that minute.
"""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo

_INSTANT = re.compile(
    r"(?P<date>\d{4}-\d{2}-\d{2})"
    r"(?:T(?P<time>\d{2}:\d{2})(?::(?P<second>\d{2})(?:[.,](?P<fraction>\d{1,9}))?)?"
    r"(?P<offset>Z|[+-]\d{2}:?\d{2})?)?",
    re.ASCII | re.IGNORECASE,
)
MICROSECOND = timedelta(microseconds=1)


@dataclass(frozen=True)
class Span:
    """The moments that a text covers, from first to last, both included."""

    first: datetime
    last: datetime


def parse(text: str, zone: tzinfo) -> Span:
    """Return what a text covers; without an offset of its own it is read in the zone.

    Accepts a date, or a date and a time with or without seconds and fractions, with Z, +00:00 or
    +0000. A + that an address turned into a blank is read as +. ValueError for all else.
    """
    found = _INSTANT.fullmatch(re.sub(r" (?=\d{2}:?\d{2}$)", "+", text.strip()))
    if found is None:
        raise ValueError("is not an instant")
    try:
        if found["time"] is None:
            return _day(date.fromisoformat(found["date"]), zone)
        return _moment(found, _offset(found["offset"]) or zone)
    except OverflowError as error:
        raise ValueError("is out of range") from error


def _day(day: date, zone: tzinfo) -> Span:
    start = datetime.combine(day, time.min)
    if day == date.max:
        return Span(earliest(start, zone), datetime.max.replace(tzinfo=UTC))
    following = start + timedelta(days=1)
    return Span(earliest(start, zone), earliest(following, zone) - MICROSECOND)


def _moment(found: re.Match[str], zone: tzinfo) -> Span:
    fraction = found["fraction"] or ""
    clock = f"{found['time']}:{found['second'] or '00'}"
    local = datetime.fromisoformat(f"{found['date']}T{clock}")
    local += timedelta(microseconds=int(fraction[:6].ljust(6, "0")))
    if found["second"] is None:
        width = timedelta(minutes=1)
    else:
        width = timedelta(microseconds=10 ** max(0, 6 - len(fraction)))
    # What is finer than a microsecond lies between two moments that can be stored.
    finer = MICROSECOND if fraction[6:].strip("0") else timedelta(0)
    return Span(earliest(local, zone) + finer, latest(local + width - MICROSECOND, zone))


def _offset(text: str | None) -> tzinfo | None:
    if text is None:
        return None
    if text in "Zz":
        return UTC
    hours, minutes = int(text[1:3]), int(text[-2:])
    if minutes > 59:
        raise ValueError("is not an instant")
    offset = timedelta(hours=hours, minutes=minutes)
    return timezone(-offset if text[0] == "-" else offset)


def earliest(local: datetime, zone: tzinfo) -> datetime:
    """Return the first moment at which a clock of the zone shows the local time or a later one."""
    moment = local.replace(tzinfo=zone, fold=0).astimezone(UTC)
    return _transition(local, zone) if _skipped(local, zone) else moment


def latest(local: datetime, zone: tzinfo) -> datetime:
    """Return the last moment at which a clock of the zone shows the local time or an earlier one.

    An hour that a clock shows twice is meant both times; one that it skips ends before it.
    """
    if _skipped(local, zone):
        return _transition(local, zone) - MICROSECOND
    return local.replace(tzinfo=zone, fold=1).astimezone(UTC)


def _skipped(local: datetime, zone: tzinfo) -> bool:
    moment = local.replace(tzinfo=zone).astimezone(UTC)
    return moment.astimezone(zone).replace(tzinfo=None) != local


def _transition(local: datetime, zone: tzinfo) -> datetime:
    """Return the moment at which the zone's clocks skip the local time."""
    before = local.replace(tzinfo=zone, fold=1).astimezone(UTC)
    after = local.replace(tzinfo=zone, fold=0).astimezone(UTC)
    while after - before > timedelta(seconds=1):
        middle = (before + (after - before) / 2).replace(microsecond=0)
        if middle.astimezone(zone).replace(tzinfo=None) < local:
            before = middle
        else:
            after = middle
    return after.replace(microsecond=0)
