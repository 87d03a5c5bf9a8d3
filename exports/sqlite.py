"""SQLite writes the cells of a CSV file, many rows in one text; Python adds what it cannot.

One statement gives the numbers of the rows, in order; another one, again and again, what the next
thousand of them hold. Both belong to a thread of their own, ahead of what Python does: meanwhile
nothing else may touch the connection, or it would wait for it with Python's lock in its hands.
"""

import json
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connections
from django.db.models import F, Func, QuerySet, TextField
from django.db.models.expressions import Combinable

from . import marks, sql, statements
from .ahead import ahead
from .columns import ColumnSet
from .keys import KeyOf, Note
from .kinds import Style
from .telling import Telling

BLOCK = 1000
CACHE = -2000  # KiB of pages, as SQLite has it by default

Rows = list[tuple[Any, ...]]


class Raw(Func):
    """A value as SQLite keeps it: its connection would convert what is declared as a datetime."""

    template = "+%(expressions)s"
    output_field = TextField()


@contextmanager
def snapshot(alias: str) -> Iterator[None]:
    """Let every query see the database as it was at the first one.

    Not transaction.atomic(), which is IMMEDIATE here and would take the write lock.
    """
    # Django asks once whether there is JSON, in a transaction of its own, and believes the answer.
    _ = connections[alias].features.supports_json_field
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
    queryset: QuerySet[Any, Any], columns: ColumnSet, style: Style, note: Note | None = None
) -> Iterator[tuple[int, bytes]]:
    """Yield blocks of the lines of a CSV file, each with the number of its rows.

    note is told the keys of each block before it leaves.
    """
    telling = Telling(queryset, style)
    cells = statements.cells(columns, style, telling.expression)
    plain = [column.kind.plain or place in telling.tellers for place, column in enumerate(columns)]
    with ExitStack() as stack:
        # Django lets no other thread make a cursor of this one's connection.
        cursors = [stack.enter_context(connections[queryset.db].cursor()) for _ in range(2)]
        blocks = _Blocks(queryset, cells, plain, *cursors)
        for keys, block, rows in ahead(blocks.read):
            if note:
                note(bytes.fromhex(keys))
            if rows:
                yield len(rows), b"".join([marks.line(row, telling.tellers) for row in rows])
            else:
                marks.check(block)  # SQLite itself keeps whatever bytes it was given
                yield marks.rows(block), marks.lines(block, plain, telling.tellers)


class _Blocks:
    """The rows of a queryset, a block of them at a time."""

    def __init__(
        self,
        queryset: QuerySet[Any, Any],
        cells: list[Combinable],
        plain: list[bool],
        order: Any,
        cursor: Any,
    ) -> None:
        self._cells = len(cells)
        self._order, self._cursor = order, cursor
        self._together = _held(queryset, [sql.Block(marks.form(plain), *cells)])
        self._apart = _held(queryset, cells)
        told = {"row_number": sql.RowNumber(), "row_key": KeyOf(F("pk"))}
        numbered = queryset.annotate(**told).values_list(*told)
        try:
            order.execute(*numbered.query.get_compiler(queryset.db).as_sql())
            self._numbers = order.fetchmany(BLOCK)
        except EmptyResultSet:
            self._numbers = []

    def read(self) -> tuple[str, bytes, Rows] | None:
        """Return the next rows' keys, and the rows as one marked block, or cell by cell.

        None at the end.
        """
        numbers = self._numbers
        if not numbers:
            return None
        block, rows = b"", self._ask(self._together, numbers)
        if self._cells > 1 and marks.is_whole(rows[0][0], len(numbers), self._cells):
            block, rows = rows[0][0], []
        else:  # an only cell may be empty, and a cell hold what looks like a mark
            rows = self._ask(self._apart, numbers)
        self._numbers = self._order.fetchmany(BLOCK)
        return "".join([key for _, key in numbers]), block, rows

    def _ask(self, statement: tuple[str, list[Any]], numbers: Rows) -> Rows:
        text, parameters = statement
        listed = json.dumps([number for number, _ in numbers])
        self._cursor.execute(text, [*parameters, listed])
        rows: Rows = self._cursor.fetchall()
        return rows


def _held(queryset: QuerySet[Any, Any], cells: list[Combinable]) -> tuple[str, list[Any]]:
    """Return the statement of what rows hold, and its parameters but for the numbers of the rows.

    Those are the last one: nothing comes after the tables.
    """
    everybody = queryset.model._base_manager.using(queryset.db).order_by()
    table = everybody.query.get_initial_alias()
    everybody.query.alias_map[table] = sql.Numbered(queryset.model._meta.db_table, table)
    told = {f"column_{place}": cell for place, cell in enumerate(cells)}
    values = everybody.annotate(**told).values_list(*told)
    statement, (*parameters, _) = values.query.get_compiler(queryset.db).as_sql()
    return statement, parameters
