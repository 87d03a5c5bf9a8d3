"""SQLite writes the cells of a CSV file itself, a row in one text; Python adds the quotes."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connections
from django.db.models import F, Func, OuterRef, QuerySet, TextField, Value
from django.db.models.expressions import Combinable
from django.db.models.functions import Coalesce

from . import sql
from .columns import Column, ColumnSet
from .kinds import Names, Style, ZonedInstant
from .lines import SIGNS, alone, quoted
from .local_time import LOCAL_TIME, told_by_python
from .relations import Relation

BLOCK = 1000


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
        cursor.execute("BEGIN DEFERRED")
        try:
            yield
        finally:
            cursor.execute("ROLLBACK")


def lines(
    queryset: QuerySet[Any, Any], columns: ColumnSet, style: Style
) -> Iterator[tuple[int, bytes]]:
    """Yield blocks of the lines of a CSV file, each with the number of its rows."""
    cells = [_written(queryset, column, style) for column in columns]
    values = queryset.annotate(column_line=sql.Line(*cells)).values_list("column_line")
    try:
        statement, parameters = values.query.get_compiler(queryset.db).as_sql()
    except EmptyResultSet:
        return
    connection = connections[queryset.db]
    with connection.cursor() as cursor:
        connection.connection.create_function(LOCAL_TIME, 3, told_by_python, deterministic=True)
        cursor.execute(statement, parameters)
        while rows := cursor.fetchmany(BLOCK):
            [texts] = zip(*rows, strict=True)
            yield len(texts), _lines(texts, len(cells)).encode()


def _written(queryset: QuerySet[Any, Any], column: Column, style: Style) -> Combinable:
    cell: Combinable
    if isinstance(column.kind, Names):
        cell = _names(queryset, column, style)
    elif isinstance(column.kind, ZonedInstant):
        moment, zone = column.expressions
        cell = sql.LocalOfRow(moment, zone, style.instant, {})
    else:
        cell = column.kind.sql(column.expressions[0], style)
    return Coalesce(cell, Value(column.kind.null), output_field=TextField())


def _names(queryset: QuerySet[Any, Any], column: Column, style: Style) -> Combinable:
    relation = Relation(queryset, column)
    ties = relation.ties().filter(**{relation.row: OuterRef("pk")})
    ordered = ties.order_by(f"{relation.thing}__{relation.order}", relation.thing)
    return sql.JoinedRows(
        ordered.values(told=F(f"{relation.thing}__{relation.name}")), style.joiner
    )


def _lines(texts: Sequence[str], cells: int) -> str:
    """Return the lines of rows, each one text of its cells with sql.SEPARATOR between them."""
    together = "\n".join(texts) + "\n"
    if cells == 1:
        return "\n".join(alone(quoted(text)) for text in texts) + "\n"
    # One look at all of them: most blocks need no quotes at all.
    if any(sign in together for sign in SIGNS) or together.count("\n") != len(texts):
        return "".join(map(_line, texts))
    return together.replace(sql.SEPARATOR, ",")


def _line(text: str) -> str:
    if any(sign in text for sign in SIGNS) or "\n" in text:
        return ",".join(map(quoted, text.split(sql.SEPARATOR))) + "\n"
    return text.replace(sql.SEPARATOR, ",") + "\n"
