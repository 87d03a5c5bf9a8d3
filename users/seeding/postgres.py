"""Loading PostgreSQL: COPY, and indexes that are made once instead of row by row."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection, transaction

# Foreign keys and unique constraints, then indexes that no constraint owns; primary keys stay.
CONSTRAINTS = """
    SELECT format('ALTER TABLE %%s DROP CONSTRAINT %%I', conrelid::regclass, conname),
           format('ALTER TABLE %%s ADD CONSTRAINT %%I %%s', conrelid::regclass, conname,
                  pg_get_constraintdef(oid))
    FROM pg_constraint
    WHERE contype IN ('f', 'u') AND conrelid = ANY(%s::regclass[])
    ORDER BY contype DESC, conname
"""
INDEXES = """
    SELECT format('DROP INDEX %%s', indexrelid::regclass), pg_get_indexdef(indexrelid)
    FROM pg_index
    WHERE indrelid = ANY(%s::regclass[]) AND NOT indisprimary
      AND NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = indexrelid AND contype = 'u')
    ORDER BY indexrelid
"""


def insert(table: str, columns: list[str], rows: Iterable[tuple[Any, ...]]) -> None:
    """Insert rows in one COPY."""
    names = ", ".join(connection.ops.quote_name(column) for column in columns)
    statement = f"COPY {connection.ops.quote_name(table)} ({names}) FROM STDIN"
    with connection.cursor() as cursor, cursor.copy(statement) as copy:
        for row in rows:
            copy.write_row(row)


@contextmanager
def rebuilding(tables: list[str]) -> Iterator[None]:
    """Load without indexes and foreign keys, and make them at the end; all in one transaction."""
    with transaction.atomic(), connection.cursor() as cursor:
        # A table whose checks are still pending cannot be altered.
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET LOCAL maintenance_work_mem = '256MB'")
        cursor.execute(CONSTRAINTS, [tables])
        statements = cursor.fetchall()
        cursor.execute(INDEXES, [tables])
        statements += cursor.fetchall()
        for drop, _ in statements:
            cursor.execute(drop)
        yield
        for _, make in statements:
            cursor.execute(make)


def analyze(tables: list[str]) -> None:
    """Tell the planner what is there now, and that indexes alone can answer."""
    # Some tests are one long transaction, in which nothing can be vacuumed.
    command = "ANALYZE" if connection.in_atomic_block else "VACUUM (ANALYZE)"
    with connection.cursor() as cursor:
        cursor.execute(f"{command} {', '.join(map(connection.ops.quote_name, tables))}")
