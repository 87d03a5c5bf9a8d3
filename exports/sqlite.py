"""SQLite writes the cells of a CSV file itself, a row in one text; Python adds the quotes."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache
from typing import Any
from uuid import UUID

from django.core.exceptions import EmptyResultSet
from django.db import connections
from django.db.models import F, Func, OuterRef, QuerySet, Subquery, TextField, Value
from django.db.models.expressions import Combinable
from django.db.models.functions import Coalesce

from . import sql, statements
from .cells import guard
from .columns import Column, ColumnSet
from .kinds import Style
from .lines import NEEDS_QUOTES, alone, quoted
from .local_time import LOCAL_TIME, told_by_python
from .relations import Relation

BLOCK = 1000
# So many sets of names are joined once, as the same few come again and again.
REMEMBERED = 10_000
CACHE = -2000  # KiB of pages, as SQLite has it by default


class Raw(Func):
    """A value as SQLite keeps it: its connection would convert what is declared as a datetime."""

    template = "+%(expressions)s"
    output_field = TextField()


@contextmanager
def snapshot(alias: str) -> Iterator[None]:
    """Let every query see the database as it was at the first one.

    Not transaction.atomic(), which is IMMEDIATE here and would take the write lock.
    """
    with connections[alias].cursor() as cursor:
        [pages] = cursor.execute("PRAGMA cache_size").fetchone()
        # Going through everybody once, a large cache is filled in vain: it would stay that large.
        cursor.execute(f"PRAGMA cache_size = {CACHE}")
        cursor.execute("BEGIN DEFERRED")
        try:
            yield
        finally:
            cursor.execute("ROLLBACK")
            cursor.execute(f"PRAGMA cache_size = {pages}")


def lines(
    queryset: QuerySet[Any, Any], columns: ColumnSet, style: Style
) -> Iterator[tuple[int, bytes]]:
    """Yield blocks of the lines of a CSV file, each with the number of its rows."""
    connections[queryset.db].ensure_connection()
    _define(queryset.db, LOCAL_TIME, 3, told_by_python)
    cells = statements.cells(queryset, columns, style, _names, zones=lambda *_: {})
    done = 0
    for texts in _texts(queryset, sql.Line(*cells)):
        separator = sql.SEPARATOR
        if "".join(texts).count(separator) != len(texts) * (len(cells) - 1):
            # A cell holds the separator: these rows once more, with the other one.
            again, separator = queryset[done : done + len(texts)], sql.SAFE_SEPARATOR
            there = [Coalesce(cell, Value(""), output_field=TextField()) for cell in cells]
            [texts] = _texts(again, sql.SafeLine(*there))
        done += len(texts)
        yield len(texts), _lines(texts, len(cells), separator).encode()


def _texts(queryset: QuerySet[Any, Any], line: Func) -> Iterator[tuple[str, ...]]:
    """Yield blocks of rows, each row as one text."""
    values = queryset.annotate(column_line=line).values_list("column_line")
    try:
        statement, parameters = values.query.get_compiler(queryset.db).as_sql()
    except EmptyResultSet:
        return
    with connections[queryset.db].cursor() as cursor:
        cursor.execute(statement, parameters)
        while rows := cursor.fetchmany(BLOCK):
            [texts] = zip(*rows, strict=True)
            yield texts


def _names(queryset: QuerySet[Any, Any], column: Column, style: Style) -> Combinable:
    relation = Relation(queryset, column)
    names = {
        pk.hex if isinstance(pk, UUID) else str(pk): (place, name)
        for place, (pk, name) in enumerate(relation.pairs())
    }

    @lru_cache(maxsize=REMEMBERED)
    def told(ids: str | None) -> str | None:
        if ids is None:
            return None
        ordered = sorted(names[each] for each in ids.split(" "))
        return guard(style.joiner.join(name for _, name in ordered))

    function = f"exports_{column.name}"
    _define(queryset.db, function, 1, told)
    ties = relation.ties().filter(**{relation.row: OuterRef("pk")})
    return Subquery(ties.values(told=sql.Called(function, F(relation.thing))))


def _define(alias: str, name: str, arguments: int, function: Callable[..., Any]) -> None:
    """Let SQLite call a function of Python's."""
    connections[alias].connection.create_function(name, arguments, function, deterministic=True)


def _lines(texts: Sequence[str], cells: int, separator: str) -> str:
    """Return the lines of rows, each one text of its cells with the separator between them."""
    if cells == 1:
        return "\n".join([alone(quoted(text)) for text in texts]) + "\n"
    lines = [
        ",".join(map(quoted, text.split(separator))) if NEEDS_QUOTES.search(text) else text
        for text in texts
    ]
    return ("\n".join(lines) + "\n").replace(separator, ",")
