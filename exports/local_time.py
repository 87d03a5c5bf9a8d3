"""Local time in SQL, from the same offsets as in Python."""

from datetime import UTC, datetime, timedelta
from functools import lru_cache

from .instants import form_parts
from .offsets import CYCLE, LAST_TURN, NONE, Offsets, written

FIRST, LAST = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)
DAY, SECOND = timedelta(days=1), timedelta(seconds=1)


def literal(text: str) -> str:
    """Return a text as SQL; in a statement with parameters a % stands twice."""
    return "'" + text.replace("'", "''").replace("%", "%%") + "'"


@lru_cache(maxsize=100)
def local_time(known: Offsets, form: str) -> str:
    """Return the SQL by which PostgreSQL, in UTC, writes an instant {x} in a zone."""
    kinds = list(dict.fromkeys(known.offsets))
    if kinds == [NONE]:
        return _shifted(NONE, form)
    places = ",".join(str(kinds.index(offset)) for offset in known.offsets)
    turns = ",".join(f'"{turn:%Y-%m-%d %H:%M:%S}+00"' for turn in known.turns)
    place = f"('{{{places}}}'::int[])[width_bucket({_folded()}, '{{{turns}}}'::timestamptz[]) + 1]"
    cases = "".join(f" WHEN {n} THEN {_shifted(kind, form)}" for n, kind in enumerate(kinds))
    first, last = _four_digits(known)
    inside = f"{{x}} BETWEEN '{first.isoformat()}' AND '{last.isoformat()}'"
    return f"CASE WHEN {inside} THEN CASE {place}{cases} END ELSE {_shifted(NONE, form)} END"


def _shifted(offset: timedelta, form: str) -> str:
    between, fixed = form_parts(form)
    tail = written(offset) if fixed is None else fixed
    picture = f'YYYY-MM-DD"{between}"HH24:MI:SS"{tail}"'
    moment = f"{{x}} + interval '{offset // SECOND} seconds'" if offset else "{x}"
    return f"to_char({moment}, {literal(picture)})"


def _folded() -> str:
    """Return the SQL of offsets.folded."""
    end = LAST_TURN.isoformat()
    cycles = f"floor(date_part('epoch', {{x}} - '{end}') / {CYCLE // SECOND})"
    earlier = f"{{x}} - interval '{CYCLE.days} days' * ({cycles} + 1)"
    return f"CASE WHEN {{x}} < '{end}' THEN {{x}} ELSE {earlier} END"


def _four_digits(known: Offsets) -> tuple[datetime, datetime]:
    """Return the first and the last instant whose local time has a year of four digits."""
    return FIRST - min(known.at(FIRST + DAY), NONE), LAST - max(known.at(LAST - DAY), NONE)
