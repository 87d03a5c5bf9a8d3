"""PostgreSQL writes the lines of a CSV file itself: COPY of the compiled queryset."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from zoneinfo import ZoneInfo

from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import EmptyResultSet
from django.db import connections, transaction
from django.db.models import F, Max, Min, OuterRef, QuerySet, Subquery, TextField, Value
from django.db.models.expressions import Combinable
from django.db.models.functions import Coalesce

from . import sql, statements
from .columns import Column, ColumnSet
from .keys import DIGITS, KeyOf, Note
from .kinds import Names, Style, ZonedInstant
from .offsets import Offsets, offsets
from .relations import Relation

# A block leaves once it holds so many bytes.
BLOCK = 65_536
# So many names go along with the question; more are looked up where they are.
FEW_NAMES = 100
# Compiling takes longer than it wins; the first rows matter as much as the last; and what a server
# allows a forgotten statement or transaction is not meant for an export, which has its own budget.
SETTINGS = (
    "SET LOCAL jit = off; SET LOCAL cursor_tuple_fraction = 0.01; SET LOCAL TimeZone = 'UTC';"
    " SET LOCAL statement_timeout = 0; SET LOCAL idle_in_transaction_session_timeout = 0"
)


@contextmanager
def snapshot(alias: str) -> Iterator[None]:
    """Let every query see the database as it was at the first one."""
    with transaction.atomic(using=alias):
        with connections[alias].cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            cursor.execute(SETTINGS)
        yield


def lines(
    queryset: QuerySet[Any, Any], columns: ColumnSet, style: Style, note: Note | None = None
) -> Iterator[tuple[int, bytes]]:
    """Yield blocks of the lines of a CSV file, each with the number of its rows.

    note is told the keys of each block before it leaves.
    """
    question = statement(queryset, columns, style, with_keys=note is not None)
    if question is None:
        return
    for held in _copied(queryset.db, question):
        if note:
            note(bytes.fromhex(b"".join([row[:DIGITS] for row in held]).decode()))
            held = [row[DIGITS + 1 :] for row in held]
        yield len(held), b"".join(held)


def _copied(alias: str, question: str) -> Iterator[list[bytes]]:
    """Yield blocks of the lines that a SELECT makes."""
    held: list[bytes] = []
    size = 0
    with (
        connections[alias].cursor() as cursor,
        cursor.copy(f"COPY ({question}) TO STDOUT (FORMAT CSV)") as rows,
    ):
        for row in rows:
            held.append(row)
            size += len(row)
            if size >= BLOCK:
                yield held
                held, size = [], 0
    if held:
        yield held


def statement(
    queryset: QuerySet[Any, Any], columns: ColumnSet, style: Style, *, with_keys: bool = False
) -> str | None:
    """Return the SELECT of the cells, complete with its values; None when nothing can match.

    with_keys: each row begins with its key.
    """

    def own(_: int, column: Column) -> Combinable | None:
        if isinstance(column.kind, Names):
            return _names(queryset, column, style)
        if isinstance(column.kind, ZonedInstant):
            moment, zone = column.expressions
            return sql.LocalOfRow(moment, zone, style.instant, _zones(queryset, column))
        return None

    written = statements.cells(columns, style, own)
    cells = {f"column_{n}": cell for n, cell in enumerate(written)}
    if len(cells) == 1:  # COPY puts an empty text in quotes, but not what is null
        cells = {
            name: Coalesce(cell, Value(""), output_field=TextField())
            for name, cell in cells.items()
        }
    if with_keys:
        cells = {"row_key": KeyOf(F("pk"))} | cells
    values = queryset.annotate(**cells).values_list(*cells)
    try:
        text, parameters = values.query.get_compiler(queryset.db).as_sql()
    except EmptyResultSet:
        return None
    with connections[queryset.db].cursor() as cursor:
        return str(cursor.mogrify(text, parameters))


def _zones(queryset: QuerySet[Any, Any], column: Column) -> dict[str, Offsets]:
    """Return the offsets of the zones that rows name, for the instants that they name them for."""
    everybody = queryset.model._base_manager.using(queryset.db).order_by()
    told = everybody.filter(**{f"{column.source}__isnull": False})
    spans = told.values_list(column.zone).annotate(Min(column.source), Max(column.source))
    return {name: offsets(ZoneInfo(name)).between(first, last) for name, first, last in spans}


def _names(queryset: QuerySet[Any, Any], column: Column, style: Style) -> Combinable:
    relation = Relation(queryset, column)
    pairs = list(relation.pairs()[: FEW_NAMES + 1])
    if len(pairs) > FEW_NAMES:
        name: Combinable = F(f"{relation.thing}__{relation.name}")
        order: list[Combinable] = [F(f"{relation.thing}__{relation.order}"), F(relation.thing)]
    else:
        ids, names = zip(*pairs, strict=True) if pairs else ((), ())
        place = sql.Place(Value(list(ids), ArrayField(relation.key)), F(relation.thing))
        name, order = sql.Element(Value(list(names), ArrayField(TextField())), place), [place]
    ties = relation.ties().filter(**{relation.row: OuterRef("pk")})
    joined = sql.Guarded(sql.Joined(name, Value(style.joiner), *order))
    return Subquery(ties.values(joined=joined))
