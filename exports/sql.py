"""Expressions by which a database itself writes cells as kinds and guards do in Python."""

from collections.abc import Mapping
from datetime import tzinfo
from itertools import chain
from typing import Any

from django.db.models import BinaryField, Func, IntegerField, TextField
from django.db.models.sql.datastructures import BaseTable

from .cells import CALLS, STARTS
from .instants import form_parts
from .local_time import literal, local_time
from .marks import TOLD
from .offsets import NONE, Offsets, is_utc, offsets, written

Compiled = tuple[str, tuple[Any, ...]]


class Repeated(Func):
    """A template of SQL in which {x}, the one source expression, may stand several times."""

    output_field = TextField()
    postgresql = sqlite = "{x}"

    def as_postgresql(self, compiler: Any, connection: Any, **_: Any) -> Compiled:
        return self._filled(self.postgresql, compiler)

    def as_sqlite(self, compiler: Any, connection: Any, **_: Any) -> Compiled:
        return self._filled(self.sqlite, compiler)

    def _filled(self, template: str, compiler: Any) -> Compiled:
        [source] = self.source_expressions
        inner, parameters = compiler.compile(source)
        return template.replace("{x}", inner), tuple(parameters) * template.count("{x}")


def _codes(letters: str) -> str:
    return ", ".join(str(ord(letter)) for letter in letters)


class Guarded(Repeated):
    """A text that no spreadsheet runs, as cells.guard makes it; for COPY, null for an empty one.

    SQLite gives the text as it is: looking through a block of rows is quicker (exports/marks.py).
    """

    postgresql = f"""CASE WHEN ascii({{x}}) IN ({_codes(STARTS)})
        AND ascii(ltrim({{x}}, '''')) IN ({_codes(CALLS)})
        AND {{x}} !~ '^[+-][-0-9 +.()/]*$'
        THEN '''' || {{x}} ELSE NULLIF({{x}}, '') END"""


class Truth(Repeated):
    """true or false."""

    postgresql = sqlite = "CASE WHEN {x} THEN 'true' WHEN NOT {x} THEN 'false' END"


class AsText(Repeated):
    """What the database itself writes."""

    postgresql = sqlite = "CAST({x} AS TEXT)"


class Dashed(Repeated):
    """An id in its dashed form; SQLite keeps it as 32 digits."""

    postgresql = "{x}::text"
    sqlite = " || '-' || ".join(
        f"substr({{x}}, {start}, {length})"
        for start, length in ((1, 8), (9, 4), (13, 4), (17, 4), (21, 12))
    )


class Local(Repeated):
    """An instant in a zone, as instants.instant_writer writes it; on SQLite, in UTC only."""

    def __init__(self, source: Any, zone: tzinfo, form: str) -> None:
        super().__init__(source)
        self.postgresql = local_time(offsets(zone), form)
        if is_utc(zone):  # all is there but the words around it
            between, tail = form_parts(form)
            end = written(NONE) if tail is None else tail
            self.sqlite = (
                f"substr({{x}}, 1, 10) || {literal(between)} || substr({{x}}, 12, 8)"
                f" || {literal(end)}"
            )


class LocalOfRow(Func):
    """An instant in the zone that the row itself names, whose offsets are given (PostgreSQL)."""

    output_field = TextField()

    def __init__(self, moment: Any, zone: Any, form: str, zones: Mapping[str, Offsets]) -> None:
        super().__init__(moment, zone)
        self.form = form
        self.cases = {name: local_time(known, form) for name, known in zones.items()}

    def as_postgresql(self, compiler: Any, connection: Any, **_: Any) -> Compiled:
        if not self.cases:
            return "NULL", ()
        moment, zone = [compiler.compile(source)[0] for source in self.source_expressions]
        cases = "".join(
            f" WHEN {literal(name)} THEN {case.replace('{x}', moment)}"
            for name, case in self.cases.items()
        )
        return f"CASE WHEN {moment} IS NOT NULL THEN CASE {zone}{cases} END END", ()


class Joined(Func):
    """string_agg of a name and what stands between names, in the order of the rest (PostgreSQL).

    It hides from Django that it aggregates: the rows of one subquery need no GROUP BY.
    """

    output_field = TextField()

    def as_postgresql(self, compiler: Any, connection: Any, **_: Any) -> Compiled:
        compiled = [compiler.compile(source) for source in self.source_expressions]
        (name, joiner), order = (
            [text for text, _ in compiled[:2]],
            [text for text, _ in compiled[2:]],
        )
        parameters = tuple(each for _, several in compiled for each in several)
        return f"string_agg({name}, {joiner} ORDER BY {', '.join(order)})", parameters


class Gathered(Func):
    """The values of one row's ties, blanks between (SQLite); like Joined it hides its nature."""

    template = "group_concat(%(expressions)s, ' ')"
    output_field = TextField()


class Spaced(Func):
    """Two values with a blank between; null where the first one is (SQLite)."""

    template = "%(expressions)s"
    arg_joiner = " || ' ' || "
    output_field = TextField()


class Told(Func):
    """What Python tells the cell at a place of a row by (SQLite)."""

    output_field = TextField()

    def __init__(self, place: int, value: Any) -> None:
        super().__init__(value)
        self.template = f"'{TOLD}{place} ' || %(expressions)s"


class Place(Func):
    """The place of an id in an array of ids, from 1 (PostgreSQL)."""

    function = "array_position"
    output_field = IntegerField()


class Element(Func):
    """The element of an array at a place (PostgreSQL)."""

    template = "(%(expressions)s]"
    arg_joiner = ")["
    output_field = TextField()


class Block(Func):
    """One blob of the cells of many rows, each row in a printf form (SQLite).

    It hides that it aggregates, as Joined does; rows come in the order in which they are visited.
    """

    output_field = BinaryField()

    def __init__(self, form: str, *cells: Any) -> None:
        super().__init__(*cells)
        self.form = form

    def as_sqlite(self, compiler: Any, connection: Any, **_: Any) -> Compiled:
        compiled = [compiler.compile(source) for source in self.source_expressions]
        cells, parameters = zip(*compiled, strict=True)
        row = f"printf({literal(self.form)}, {', '.join(cells)})"
        return f"CAST(group_concat({row}, '') AS BLOB)", tuple(chain.from_iterable(parameters))


class RowNumber(Func):
    """The number under which SQLite keeps a row of the queryset's own table."""

    output_field = IntegerField()

    def as_sqlite(self, compiler: Any, connection: Any, **_: Any) -> Compiled:
        return f"{connection.ops.quote_name(compiler.query.get_initial_alias())}.rowid", ()


class Numbered(BaseTable):
    """The rows of a table whose numbers a JSON array lists, in its order (SQLite)."""

    def as_sql(self, compiler: Any, connection: Any) -> Compiled:
        table, _ = super().as_sql(compiler, connection)
        number = f"{connection.ops.quote_name(self.table_alias)}.rowid"
        # CROSS JOIN keeps SQLite from reading the table first.
        listed = f"json_each(%s) AS listed CROSS JOIN {table} ON {number} = listed.value"
        return listed, ("[]",)
