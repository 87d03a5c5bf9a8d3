"""Rows: the values of a queryset's columns, in blocks, read in one snapshot of the database."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Any, cast

from django.db import connections, transaction
from django.db.models import QuerySet

from .columns import Column, ColumnSet
from .kinds import Names

BLOCK = 2000

Row = list[Any]


def read(queryset: QuerySet[Any, Any], columns: ColumnSet) -> Iterator[list[Row]]:
    """Yield blocks of rows, each a list of values in the order of the columns.

    Memory is bounded by one block; all blocks and the names in them belong to one instant.
    """
    single = [column for column in columns if not isinstance(column.kind, Names)]
    sources = {
        f"column_{index}_{part}": expression
        for index, column in enumerate(single)
        for part, expression in enumerate(column.expressions)
    }
    values = queryset.annotate(**sources).values_list("pk", *sources)
    with snapshot(queryset.db):
        for block in _blocks(values.iterator(chunk_size=BLOCK)):
            yield _with_names(queryset, columns, block)


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


def _blocks(values: Iterator[Row]) -> Iterator[list[Row]]:
    block: list[Row] = []
    for row in values:
        block.append(row)
        if len(block) == BLOCK:
            yield block
            block = []
    if block:
        yield block


def _with_names(queryset: QuerySet[Any, Any], columns: ColumnSet, block: list[Row]) -> list[Row]:
    ids = [row[0] for row in block]
    names = {
        column.name: _names(queryset, column, ids)
        for column in columns
        if isinstance(column.kind, Names)
    }
    return [
        [
            names[column.name].get(pk, []) if column.name in names else _value(column, values)
            for column in columns
        ]
        for pk, values in ((row[0], iter(row[1:])) for row in block)
    ]


def _value(column: Column, values: Iterator[Any]) -> Any:
    """Take the column's own from the values of a row."""
    return next(values) if column.zone is None else (next(values), next(values))


def _names(queryset: QuerySet[Any, Any], column: Column, ids: list[Any]) -> dict[Any, list[str]]:
    """Return the names at the other end of a relation by row id, in one query for the block."""
    relation = str(column.source).rsplit("__", 1)[0]
    pairs = (
        queryset.model._base_manager.using(queryset.db)
        .filter(**{"pk__in": ids, f"{relation}__isnull": False})
        .order_by(f"{relation}__{cast(Names, column.kind).order}", relation)
        .values_list("pk", str(column.source))
    )
    found: dict[Any, list[str]] = {}
    for pk, name in pairs:
        found.setdefault(pk, []).append(name)
    return found
