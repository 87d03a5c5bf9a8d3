"""Rows: the values of a queryset's columns, in blocks, read in one snapshot of the database."""

from collections.abc import Generator, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Any, cast

from django.core.exceptions import EmptyResultSet
from django.db import connections, transaction
from django.db.models import F, Func, QuerySet, TextField
from django.db.models.expressions import Combinable

from .columns import Column, ColumnSet
from .kinds import Names

BLOCK = 2000

# A block of rows, column by column.
Block = list[Sequence[Any]]


class Raw(Func):
    """A value as SQLite keeps it: its connection would convert what is declared as a datetime."""

    template = "+%(expressions)s"
    output_field = TextField()


def read(queryset: QuerySet[Any, Any], columns: ColumnSet) -> Generator[Block]:
    """Yield blocks of rows, each a sequence of values for every column, in their order.

    Memory is bounded by one block; all blocks and the names in them belong to one instant.
    """
    sources = {
        f"column_{index}_{part}": expression
        for index, column in enumerate(columns)
        if not isinstance(column.kind, Names)
        for part, expression in enumerate(column.expressions)
    }
    values = _as_kept(queryset, {"row_id": F("pk")} | sources)
    with snapshot(queryset.db):
        ties = {
            column.name: _Ties(queryset, column)
            for column in columns
            if isinstance(column.kind, Names)
        }
        for rows in _fetched(values):
            ids, *taken = zip(*rows, strict=True)
            yield _block(columns, ids, iter(taken), ties)


def snapshot(alias: str) -> AbstractContextManager[None]:
    """Return a context in which every query sees the database as it was at the first one.

    Inside a transaction of the caller's, that transaction decides.
    """
    connection = connections[alias]
    if connection.in_atomic_block:
        return nullcontext()
    if connection.vendor == "postgresql":
        return _repeatable_read(alias)
    return _deferred(alias)


@contextmanager
def _repeatable_read(alias: str) -> Iterator[None]:
    with transaction.atomic(using=alias):
        with connections[alias].cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        yield


@contextmanager
def _deferred(alias: str) -> Iterator[None]:
    # Not transaction.atomic(), which is IMMEDIATE here and would take the write lock.
    with connections[alias].cursor() as cursor:
        cursor.execute("BEGIN DEFERRED")
        try:
            yield
        finally:
            cursor.execute("ROLLBACK")


def _as_kept(queryset: QuerySet[Any, Any], sources: dict[str, Combinable]) -> QuerySet[Any, Any]:
    """Return the rows with just these values, which no converter is to look at."""
    if connections[queryset.db].vendor == "sqlite":
        sources = {name: Raw(source) for name, source in sources.items()}
    kept: QuerySet[Any, Any] = queryset.annotate(**sources).values_list(*sources)
    return kept


def _fetched(values: QuerySet[Any, Any]) -> Iterator[list[tuple[Any, ...]]]:
    """Yield blocks of what the database's own cursor gives, in the order of the values."""
    connection = connections[values.db]
    try:
        statement, parameters = values.query.get_compiler(values.db).as_sql()
    except EmptyResultSet:
        return
    with connection.chunked_cursor() as cursor:
        cursor.execute(statement, parameters)
        while rows := cursor.fetchmany(BLOCK):
            yield rows


def _block(
    columns: ColumnSet,
    ids: Sequence[Any],
    taken: Iterator[Sequence[Any]],
    ties: "dict[str, _Ties]",
) -> Block:
    block: Block = []
    for column in columns:
        if column.name in ties:
            block.append(ties[column.name].names(ids))
        elif column.zone is None:
            block.append(next(taken))
        else:
            block.append(list(zip(next(taken), next(taken), strict=True)))
    return block


class _Ties:
    """The names at the other end of a to-many relation, found for a block of rows at a time."""

    def __init__(self, queryset: QuerySet[Any, Any], column: Column) -> None:
        path, name = str(column.source).rsplit("__", 1)
        relation: Any = queryset.model._meta.get_field(path)
        self._through = relation.remote_field.through._base_manager.using(queryset.db)
        self._row, self._thing = relation.m2m_field_name(), relation.m2m_reverse_field_name()
        # Far fewer things than ties: their order and their names are found once.
        things = relation.related_model._base_manager.using(queryset.db)
        ordered = things.order_by(cast(Names, column.kind).order, "pk")
        found = _fetched(_as_kept(ordered, {"row_id": F("pk"), "row_name": F(name)}))
        self._names: list[str] = []
        self._places: dict[Any, int] = {}
        for rows in found:
            for pk, text in rows:
                self._places[pk] = len(self._names)
                self._names.append(text)

    def names(self, ids: Sequence[Any]) -> list[list[str]]:
        """Return the names of each row in order, in one query."""
        ties = self._through.filter(**{f"{self._row}__in": ids}).order_by()
        pairs = _as_kept(ties, {"row_id": F(self._row), "thing_id": F(self._thing)})
        places: dict[Any, list[int]] = {}
        for rows in _fetched(pairs):
            for pk, thing in rows:
                places.setdefault(pk, []).append(self._places[thing])
        return [[self._names[place] for place in sorted(places.get(pk, ()))] for pk in ids]
