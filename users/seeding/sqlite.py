"""Loading SQLite: executemany on the raw connection, and indexes that are made once."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from django.db import connection


def instant(value: datetime) -> str:
    """Return an instant of UTC as Django stores it."""
    return str(value.replace(tzinfo=None))


def insert(table: str, columns: list[str], rows: Iterable[tuple[Any, ...]]) -> None:
    """Insert rows through one prepared statement."""
    names = ", ".join(connection.ops.quote_name(column) for column in columns)
    marks = ", ".join("?" * len(columns))
    statement = f"INSERT INTO {connection.ops.quote_name(table)} ({names}) VALUES ({marks})"  # noqa: S608
    connection.ensure_connection()
    # Not Django's cursor: it would look at every value again.
    connection.connection.executemany(statement, rows)


@contextmanager
def without_indexes(tables: list[str]) -> Iterator[None]:
    """Drop indexes, and make them again at the end; needs a transaction."""
    marks = ", ".join(["%s"] * len(tables))
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT name, sql FROM sqlite_master"  # noqa: S608
            f" WHERE type = 'index' AND sql IS NOT NULL AND tbl_name IN ({marks})",
            tables,
        )
        indexes = cursor.fetchall()
        for name, _ in indexes:
            cursor.execute(f"DROP INDEX {connection.ops.quote_name(name)}")
    yield
    with connection.cursor() as cursor:
        for _, make in indexes:
            cursor.execute(make)


def analyze(tables: list[str]) -> None:
    """Tell the planner what is there now."""
    with connection.cursor() as cursor:
        for table in tables:
            cursor.execute(f"ANALYZE {connection.ops.quote_name(table)}")
