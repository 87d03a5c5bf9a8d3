"""Instants as text, quickly: what a zone does is found once for every day."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo

DAY = timedelta(days=1)
# A directory's instants fall on fewer days; more are forgotten.
REMEMBERED = 20_000
TIME = "%H:%M:%S"
MINUTES = 24 * 60


@dataclass(frozen=True, slots=True)
class _Day:
    """A day in UTC on which a zone's clock keeps one offset, of whole minutes.

    dates are the texts before the time on that day, the next and the one before.
    """

    offset: int
    dates: tuple[str, str, str]
    tail: str


def instant_writer(zone: tzinfo, form: str) -> Callable[[datetime | str], str]:
    """Return the function that writes instants in a zone, in a form of strftime's with TIME in it.

    It takes what either database gives: aware datetimes, or UTC as 2025-06-21 10:30:00.123.
    """
    before, after = form.split(TIME)
    days: dict[str, _Day | None] = {}

    def write(value: datetime | str) -> str:
        text = value if isinstance(value, str) else str(value.astimezone(UTC))
        try:
            day = days[text[:10]]
        except KeyError:
            if len(days) >= REMEMBERED:
                days.clear()
            day = days[text[:10]] = _day(text[:10], zone, before, after)
        if day is None:
            return _moment(text).astimezone(zone).strftime(form)
        turn, minute = divmod(int(text[11:13]) * 60 + int(text[14:16]) + day.offset, MINUTES)
        return f"{day.dates[turn]}{minute // 60:02}:{minute % 60:02}:{text[17:19]}{day.tail}"

    return write


def _day(text: str, zone: tzinfo, before: str, after: str) -> _Day | None:
    """Return what holds on a day; None where the zone's clock turns or is odd."""
    start = datetime.fromisoformat(text).replace(tzinfo=UTC)
    try:
        # A clock that turns does not turn back within a day.
        first, last = (at.astimezone(zone) for at in (start, start + DAY))
        dates = [(date.fromisoformat(text) + DAY * turn).strftime(before) for turn in (0, 1, -1)]
    except OverflowError:
        return None
    offset = first.utcoffset() or timedelta(0)
    if offset != last.utcoffset() or offset % timedelta(minutes=1):
        return None
    minutes = offset // timedelta(minutes=1)
    return _Day(minutes, (dates[0], dates[1], dates[2]), first.strftime(after))


def in_utc(value: datetime | str) -> datetime:
    """Return what either database gives for an instant as an aware datetime in UTC."""
    return _moment(value) if isinstance(value, str) else value.astimezone(UTC)


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
