"""SQLite writes the cells of a CSV file, many rows in one text; Python adds what it cannot.

One statement gives the numbers of the rows, in order; another one, again and again, what the next
thousand of them hold. It runs in a thread of its own, ahead of what Python does.
"""

import json
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connections
from django.db.models import Func, QuerySet, TextField
from django.db.models.expressions import Combinable

from . import marks, sql, statements
from .ahead import ahead
from .columns import ColumnSet
from .kinds import Style
from .telling import Telling

BLOCK = 1000
CACHE = -2000  # KiB of pages, as SQLite has it by default

Numbers = list[int]


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
    telling = Telling(queryset, style)
    cells = statements.cells(columns, style, telling.expression)
    plain = [column.kind.plain or place in telling.tellers for place, column in enumerate(columns)]
    blocks = _Held(queryset, [sql.Block(marks.form(plain), *cells)])
    apart = _Held(queryset, cells)
    with ExitStack() as stack:
        # Django lets no other thread make a cursor of this one's connection.
        order, ahead_of_us, cursor = [
            stack.enter_context(connections[queryset.db].cursor()) for _ in range(3)
        ]
        calls = (partial(blocks.by, numbers, ahead_of_us) for numbers in _numbers(queryset, order))
        for numbers, [[block]] in ahead(calls):
            if len(plain) > 1 and marks.is_whole(block, len(numbers), len(plain)):
                yield len(numbers), marks.lines(block, plain, telling.tellers)
            else:  # a cell of its own may be empty, and another one hold what looks like a mark
                _, rows = apart.by(numbers, cursor)
                yield len(numbers), b"".join([marks.line(row, telling.tellers) for row in rows])


class _Held:
    """The statement of what rows hold, asked by their numbers."""

    def __init__(self, queryset: QuerySet[Any, Any], cells: list[Combinable]) -> None:
        everybody = queryset.model._base_manager.using(queryset.db).order_by()
        table = everybody.query.get_initial_alias()
        everybody.query.alias_map[table] = sql.Numbered(queryset.model._meta.db_table, table)
        told = {f"column_{place}": cell for place, cell in enumerate(cells)}
        values = everybody.annotate(**told).values_list(*told)
        # The list of numbers is the last parameter: nothing comes after the tables.
        self._statement, (*self._parameters, _) = values.query.get_compiler(queryset.db).as_sql()

    def by(self, numbers: Numbers, cursor: Any) -> tuple[Numbers, list[tuple[Any, ...]]]:
        """Return the numbers, and what their rows hold, in their order."""
        cursor.execute(self._statement, [*self._parameters, json.dumps(numbers)])
        return numbers, cursor.fetchall()


def _numbers(queryset: QuerySet[Any, Any], cursor: Any) -> Iterator[Numbers]:
    """Yield the numbers of the rows of a queryset in order, a block of them at a time."""
    numbered = queryset.annotate(row_number=sql.RowNumber()).values_list("row_number")
    try:
        cursor.execute(*numbered.query.get_compiler(queryset.db).as_sql())
    except EmptyResultSet:
        return
    while rows := cursor.fetchmany(BLOCK):
        yield [number for (number,) in rows]
