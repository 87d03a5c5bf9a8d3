"""Instants as text, quickly: what a zone does is found once for every day."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo

from .offsets import DAY, Offsets, offsets, written

# A directory's instants fall on fewer days; more are forgotten.
REMEMBERED = 20_000
MINUTE, MINUTES = timedelta(minutes=1), 24 * 60
DATE, TIME, OFFSET = "%Y-%m-%d", "%H:%M:%S", "%z"


@dataclass(frozen=True, slots=True)
class _Day:
    """A day in UTC on which a zone's clock keeps one offset, of whole minutes.

    dates are the texts before the time on that day, the next and the one before.
    """

    offset: int
    dates: tuple[str, str, str]
    tail: str


def form_parts(form: str) -> tuple[str, str | None]:
    """Return what a form of strftime's has between date and time, and after; None for the offset.

    ValueError for any form but DATE, a text, TIME and a text or OFFSET.
    """
    between, time, tail = form.removeprefix(DATE).partition(TIME)
    if not form.startswith(DATE) or not time or "%" in between + tail.removesuffix(OFFSET):
        raise ValueError(f"an instant is not written {form}")
    return between, None if tail == OFFSET else tail


def instant_writer(zone: tzinfo, form: str) -> Callable[[datetime | str], str]:
    """Return the function that writes instants in a zone, in a form that form_parts reads.

    It takes what either database gives: aware datetimes, or UTC as 2025-06-21 10:30:00.123. Local
    time of a year that has no four digits is written in UTC.
    """
    between, fixed = form_parts(form)
    known = offsets(zone)
    days: dict[str, _Day | None] = {}

    def write(value: datetime | str) -> str:
        text = value if isinstance(value, str) else str(value.astimezone(UTC))
        try:
            day = days[text[:10]]
        except KeyError:
            if len(days) >= REMEMBERED:
                days.clear()
            day = days[text[:10]] = _day(text[:10], known, between, fixed)
        if day is None:
            return _slowly(_moment(text), known, between, fixed)
        turn, minute = divmod(int(text[11:13]) * 60 + int(text[14:16]) + day.offset, MINUTES)
        return f"{day.dates[turn]}{minute // 60:02}:{minute % 60:02}:{text[17:19]}{day.tail}"

    return write


def _day(text: str, known: Offsets, between: str, fixed: str | None) -> _Day | None:
    """Return what holds on a day; None where the zone's clock turns or is odd."""
    day = date.fromisoformat(text)
    start = datetime.fromisoformat(text).replace(tzinfo=UTC)
    try:
        # A clock that turns does not turn back within a day.
        offset, end = known.at(start), known.at(start + DAY)
        dates = [f"{day + DAY * turn}{between}" for turn in (0, 1, -1)]
    except OverflowError:
        return None
    if offset != end or offset % MINUTE:
        return None
    tail = written(offset) if fixed is None else fixed
    return _Day(offset // MINUTE, (dates[0], dates[1], dates[2]), tail)


def _slowly(moment: datetime, known: Offsets, between: str, fixed: str | None) -> str:
    offset = known.at(moment)
    local = moment.replace(tzinfo=None) + offset
    return local.isoformat(between or " ", "seconds") + (
        written(offset) if fixed is None else fixed
    )


def in_utc(value: datetime | str) -> datetime:
    """Return what either database gives for an instant as an aware datetime in UTC."""
    return _moment(value) if isinstance(value, str) else value.astimezone(UTC)


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
