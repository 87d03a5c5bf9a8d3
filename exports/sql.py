"""Expressions by which a database itself writes cells as kinds and guards do in Python."""

from collections.abc import Mapping
from datetime import tzinfo
from itertools import chain
from typing import Any

from django.db.models import Func, IntegerField, TextField

from .cells import CALLS, STARTS
from .instants import form_parts
from .local_time import LOCAL_TIME, literal, local_time
from .offsets import NONE, Offsets, offsets, written

Compiled = tuple[str, tuple[Any, ...]]

# What SQLite puts between the cells of a row: something that hardly any cell holds, and something
# that none does, but that no printf() can write.
SEPARATOR, SAFE_SEPARATOR = "\x1f", "\0"


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
    """A text that no spreadsheet runs, as cells.guard makes it; for COPY, null for an empty one."""

    postgresql = f"""CASE WHEN ascii({{x}}) IN ({_codes(STARTS)})
        AND ascii(ltrim({{x}}, '''')) IN ({_codes(CALLS)})
        AND {{x}} !~ '^[+-][-0-9 +.()/]*$'
        THEN '''' || {{x}} ELSE NULLIF({{x}}, '') END"""
    sqlite = f"""CASE WHEN unicode({{x}}) IN ({_codes(STARTS)})
        AND unicode(ltrim({{x}}, '''')) IN ({_codes(CALLS)})
        AND NOT ({{x}} GLOB '[+-]*' AND substr({{x}}, 2) NOT GLOB '*[^0-9 +.()/-]*')
        THEN '''' || {{x}} ELSE {{x}} END"""


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
    """An instant in a zone, as instants.instant_writer writes it."""

    def __init__(self, source: Any, zone: tzinfo, form: str) -> None:
        super().__init__(source)
        known = offsets(zone)
        self.postgresql = local_time(known, form)
        self.sqlite = f"{LOCAL_TIME}({{x}}, {literal(str(zone))}, {literal(form)})"
        if set(known.offsets) == {NONE}:  # in UTC all is there but the words around it
            between, tail = form_parts(form)
            end = written(NONE) if tail is None else tail
            self.sqlite = (
                f"substr({{x}}, 1, 10) || {literal(between)} || substr({{x}}, 12, 8)"
                f" || {literal(end)}"
            )


class LocalOfRow(Func):
    """An instant in the zone that the row itself names; PostgreSQL must know the offsets."""

    output_field = TextField()

    def __init__(self, moment: Any, zone: Any, form: str, zones: Mapping[str, Offsets]) -> None:
        super().__init__(moment, zone)
        self.form = form
        self.cases = {name: local_time(known, form) for name, known in zones.items()}

    def as_postgresql(self, compiler: Any, connection: Any, **_: Any) -> Compiled:
        if not self.cases:
            return "NULL", ()
        moment, zone = self._columns(compiler)
        cases = "".join(
            f" WHEN {literal(name)} THEN {case.replace('{x}', moment)}"
            for name, case in self.cases.items()
        )
        return f"CASE WHEN {moment} IS NOT NULL THEN CASE {zone}{cases} END END", ()

    def as_sqlite(self, compiler: Any, connection: Any, **_: Any) -> Compiled:
        moment, zone = self._columns(compiler)
        local = f"{LOCAL_TIME}({moment}, {zone}, {literal(self.form)})"
        return f"CASE WHEN {moment} IS NOT NULL THEN {local} END", ()

    def _columns(self, compiler: Any) -> list[str]:
        return [compiler.compile(source)[0] for source in self.source_expressions]


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


class Called(Func):
    """What a function of Python's makes of the values of one row's ties, blanks between (SQLite).

    Like Joined it hides that it aggregates.
    """

    output_field = TextField()

    def __init__(self, function: str, value: Any) -> None:
        super().__init__(value)
        self.template = f"{function}(group_concat(%(expressions)s, ' '))"


class Place(Func):
    """The place of an id in an array of ids, from 1 (PostgreSQL)."""

    function = "array_position"
    output_field = IntegerField()


class Element(Func):
    """The element of an array at a place (PostgreSQL)."""

    template = "(%(expressions)s]"
    arg_joiner = ")["
    output_field = TextField()


class Line(Func):
    """One text of all the cells of a row, with SEPARATOR between them (SQLite)."""

    output_field = TextField()

    def as_sqlite(self, compiler: Any, connection: Any, **_: Any) -> Compiled:
        compiled = [compiler.compile(source) for source in self.source_expressions]
        cells, parameters = zip(*compiled, strict=True)
        form = SEPARATOR.join(["%%s"] * len(cells))
        return f"printf('{form}', {', '.join(cells)})", tuple(chain.from_iterable(parameters))


class SafeLine(Func):
    """The same with SAFE_SEPARATOR, more slowly; no cell may be null (SQLite)."""

    template = "%(expressions)s"
    arg_joiner = f" || char({ord(SAFE_SEPARATOR)}) || "
    output_field = TextField()
