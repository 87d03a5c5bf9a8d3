"""Expressions that let PostgreSQL write cells as kinds and guards do in Python."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta, tzinfo
from functools import lru_cache
from typing import Any

from django.db.models import Func, IntegerField, TextField

from .cells import CALLS, STARTS
from .instants import form_parts
from .offsets import CYCLE, LAST_TURN, NONE, Offsets, offsets, written

FIRST, LAST = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)


class Repeated(Func):
    """A template of SQL in which {x}, the one source expression, may stand several times."""

    output_field = TextField()
    sql = "{x}"

    def as_sql(
        self, compiler: Any, connection: Any, *_: Any, **__: Any
    ) -> tuple[str, tuple[Any, ...]]:
        [source] = self.source_expressions
        inner, parameters = compiler.compile(source)
        return self.sql.replace("{x}", inner), tuple(parameters) * self.sql.count("{x}")


def _codes(letters: str) -> str:
    return ", ".join(str(ord(letter)) for letter in letters)


class Guarded(Repeated):
    """A text that no spreadsheet runs, as cells.guard makes it; null for an empty one."""

    sql = f"""CASE WHEN ascii({{x}}) IN ({_codes(STARTS)})
        AND ascii(ltrim({{x}}, '''')) IN ({_codes(CALLS)})
        AND {{x}} !~ '^[+-][-0-9 +.()/]*$'
        THEN '''' || {{x}} ELSE NULLIF({{x}}, '') END"""


class Truth(Repeated):
    """true or false."""

    sql = "CASE WHEN {x} THEN 'true' WHEN NOT {x} THEN 'false' END"


class AsText(Repeated):
    """What PostgreSQL itself writes."""

    sql = "{x}::text"


class Joined(Func):
    """string_agg of a name and what stands between names, ordered by the rest.

    It hides from Django that it aggregates: the rows of one subquery need no GROUP BY.
    """

    output_field = TextField()

    def as_sql(
        self, compiler: Any, connection: Any, *_: Any, **__: Any
    ) -> tuple[str, tuple[Any, ...]]:
        compiled = [compiler.compile(source) for source in self.source_expressions]
        (name, joiner), order = (
            [text for text, _ in compiled[:2]],
            [text for text, _ in compiled[2:]],
        )
        parameters = tuple(each for _, several in compiled for each in several)
        return f"string_agg({name}, {joiner} ORDER BY {', '.join(order)})", parameters


class Place(Func):
    """The place of an id in an array of ids, from 1."""

    function = "array_position"
    output_field = IntegerField()


class Element(Func):
    """The element of an array at a place."""

    template = "(%(expressions)s]"
    arg_joiner = ")["
    output_field = TextField()


class Local(Repeated):
    """An instant in a zone, as instants.instant_writer writes it; the session is in UTC."""

    def __init__(self, source: Any, zone: tzinfo, form: str) -> None:
        super().__init__(source)
        self.sql = local_time(offsets(zone), form)


class LocalOfRow(Func):
    """An instant in the zone that the row itself names, one of zones."""

    output_field = TextField()

    def __init__(self, moment: Any, zone: Any, zones: Mapping[str, Offsets], form: str) -> None:
        super().__init__(moment, zone)
        self.cases = {name: local_time(known, form) for name, known in zones.items()}

    def as_sql(
        self, compiler: Any, connection: Any, *_: Any, **__: Any
    ) -> tuple[str, tuple[Any, ...]]:
        (moment, first), (zone, second) = map(compiler.compile, self.source_expressions)
        if first or second:
            raise ValueError("an instant of a row and its zone are columns")
        if not self.cases:
            return "NULL", ()
        cases = "".join(
            f" WHEN {_literal(name)} THEN {case.replace('{x}', moment)}"
            for name, case in self.cases.items()
        )
        return f"CASE WHEN {moment} IS NULL THEN NULL ELSE CASE {zone}{cases} END END", ()


@lru_cache(maxsize=100)
def local_time(known: Offsets, form: str) -> str:
    """Return the SQL of an instant {x} as text in a zone of these offsets."""
    kinds = list(dict.fromkeys(known.offsets))
    if kinds == [NONE]:
        return _shifted(NONE, form)
    places = ",".join(str(kinds.index(offset)) for offset in known.offsets)
    turns = ",".join(f'"{turn:%Y-%m-%d %H:%M:%S}+00"' for turn in known.turns)
    cases = "".join(f" WHEN {n} THEN {_shifted(kind, form)}" for n, kind in enumerate(kinds))
    place = f"('{{{places}}}'::int[])[width_bucket({_folded()}, '{{{turns}}}'::timestamptz[]) + 1]"
    first, last = _four_digits(known)
    inside = f"{{x}} BETWEEN '{first.isoformat()}' AND '{last.isoformat()}'"
    return f"CASE WHEN {inside} THEN CASE {place}{cases} END ELSE {_shifted(NONE, form)} END"


def _shifted(offset: timedelta, form: str) -> str:
    between, fixed = form_parts(form)
    tail = written(offset) if fixed is None else fixed
    picture = f'YYYY-MM-DD"{between}"HH24:MI:SS"{tail}"'
    moment = f"{{x}} + interval '{offset // timedelta(seconds=1)} seconds'" if offset else "{x}"
    return f"to_char({moment}, {_literal(picture)})"


def _folded() -> str:
    """Return the SQL of offsets.folded."""
    cycles = f"floor(date_part('epoch', {{x}} - '{LAST_TURN.isoformat()}') / {CYCLE.days * 86400})"
    earlier = f"{{x}} - interval '{CYCLE.days} days' * ({cycles} + 1)"
    return f"CASE WHEN {{x}} < '{LAST_TURN.isoformat()}' THEN {{x}} ELSE {earlier} END"


def _four_digits(known: Offsets) -> tuple[datetime, datetime]:
    """Return the first and the last instant whose local time has a year of four digits."""
    day = timedelta(days=1)
    return FIRST - min(known.at(FIRST + day), NONE), LAST - max(known.at(LAST - day), NONE)


def _literal(text: str) -> str:
    """Return a text as SQL; in a template of Django's a % stands twice."""
    return "'" + text.replace("'", "''").replace("%", "%%") + "'"
