"""Rows: what a queryset's columns hold, in blocks, read in one snapshot of the database."""

from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connections
from django.db.models import F, QuerySet
from django.db.models.expressions import Combinable

from . import postgres, sqlite
from .columns import Column, ColumnSet
from .keys import Note, keys_of
from .kinds import Names, Style
from .lines import lines
from .relations import Relation

BLOCK = 2000

# A block of rows, column by column.
Block = list[Sequence[Any]]


def read(
    queryset: QuerySet[Any, Any], columns: ColumnSet, note: Note | None = None
) -> Generator[Block]:
    """Yield blocks of rows, each a sequence of values for every column, in their order.

    Memory is bounded by one block; all blocks and the names in them belong to one instant. note is
    told the keys of each block before it leaves.
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
            if note:
                note(keys_of(ids))
            yield _block(columns, ids, iter(taken), ties)


def written(
    queryset: QuerySet[Any, Any],
    columns: ColumnSet,
    style: Style,
    note: Note | None = None,
) -> Generator[tuple[int, bytes]]:
    """Yield blocks of the lines of a CSV file, each with the number of its rows.

    What read yields, as kinds and lines write it: by the database itself where it can.
    """
    if all(column.kind.has_sql for column in columns):
        source = postgres if connections[queryset.db].vendor == "postgresql" else sqlite
        with snapshot(queryset.db):
            yield from source.lines(queryset, columns, style, note)
        return
    plain = [column.kind.plain for column in columns]
    writers = [column.kind.column(style) for column in columns]
    for block in read(queryset, columns, note):
        texts = [write(values) for write, values in zip(writers, block, strict=True)]
        yield len(block[0]), lines(texts, plain).encode()


def snapshot(alias: str) -> AbstractContextManager[None]:
    """Return a context in which every query sees the database as it was at the first one.

    Inside a transaction of the caller's, that transaction decides.
    """
    connection = connections[alias]
    if connection.in_atomic_block:
        return nullcontext()
    return postgres.snapshot(alias) if connection.vendor == "postgresql" else sqlite.snapshot(alias)


def _as_kept(queryset: QuerySet[Any, Any], sources: Mapping[str, Combinable]) -> QuerySet[Any, Any]:
    """Return the rows with just these values, which no converter is to look at."""
    if connections[queryset.db].vendor == "sqlite":
        sources = {name: sqlite.Raw(source) for name, source in sources.items()}
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
        self._relation = relation = Relation(queryset, column)
        # Far fewer things than ties: their order and their names are found once.
        names = {"row_id": F("pk"), "row_name": F(relation.name)}
        self._names: list[str] = []
        self._places: dict[Any, int] = {}
        for rows in _fetched(_as_kept(relation.things(), names)):
            for pk, text in rows:
                self._places[pk] = len(self._names)
                self._names.append(text)

    def names(self, ids: Sequence[Any]) -> list[list[str]]:
        """Return the names of each row in order, in one query."""
        relation = self._relation
        ties = relation.ties().filter(**{f"{relation.row}__in": ids})
        pairs = _as_kept(ties, {"row_id": F(relation.row), "thing_id": F(relation.thing)})
        places: dict[Any, list[int]] = {}
        for rows in _fetched(pairs):
            for pk, thing in rows:
                places.setdefault(pk, []).append(self._places[thing])
        return [[self._names[place] for place in sorted(places.get(pk, ()))] for pk in ids]
