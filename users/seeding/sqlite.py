"""Loading SQLite: executemany on the raw connection, and indexes that are made once."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

from django.db import OperationalError, connection, transaction

from ..search import sqlite as search

# References are checked at the end, all at once.
BULK_SETTINGS = {"journal_mode": "DELETE", "temp_store": "FILE", "foreign_keys": "OFF"}


Rows = list[tuple[Any, ...]]


def packed(columns: list[list[Any]]) -> Rows:
    """Return the rows of some columns."""
    return list(zip(*columns, strict=True))


def insert(table: str, columns: list[str], rows: Rows) -> None:
    """Insert rows through one prepared statement."""
    names = ", ".join(connection.ops.quote_name(column) for column in columns)
    marks = ", ".join("?" * len(columns))
    into = connection.ops.quote_name(table)
    statement = f"INSERT INTO {into} ({names}) VALUES ({marks})"  # noqa: S608  # nosec B608 # ours
    connection.ensure_connection()
    # Not Django's cursor: it would look at every value again.
    connection.connection.executemany(statement, rows)


@contextmanager
def rebuilding(tables: list[str]) -> Iterator[None]:
    """Load without indexes, and make them at the end; all in one transaction."""
    with _bulk_settings(), transaction.atomic(), connection.cursor() as cursor:
        marks = ", ".join(["%s"] * len(tables))
        cursor.execute(
            "SELECT name, sql FROM sqlite_master"  # noqa: S608  # nosec B608 # our names
            f" WHERE type = 'index' AND sql IS NOT NULL AND tbl_name IN ({marks})",
            tables,
        )
        indexes = cursor.fetchall()
        for name, _ in indexes:
            cursor.execute(f"DROP INDEX {connection.ops.quote_name(name)}")
        search.remove(connection)
        yield
        connection.check_constraints(tables)
        for _, make in indexes:
            cursor.execute(make)
        search.install(connection)


@contextmanager
def _bulk_settings() -> Iterator[None]:
    """Set the write-ahead log aside, as reading back from a huge one is slow; sort in files.

    The other journal keeps what was there before, which is next to nothing. SQLite goes on with
    the log where somebody else has the file open.
    """
    if connection.in_atomic_block:
        yield
        return
    before = {name: _pragma(name) for name in BULK_SETTINGS}
    for name, value in BULK_SETTINGS.items():
        _pragma(f"{name} = {value}")
    try:
        yield
    finally:
        for name, value in before.items():
            _pragma(f"{name} = {value}")


def _pragma(words: str) -> str:
    """Return a setting, maybe after a change; somebody else's lock can prevent that."""
    with suppress(OperationalError), connection.cursor() as cursor:
        cursor.execute(f"PRAGMA {words}")
        # All rows: a statement that is still open would lock the tables.
        return "".join(str(value) for (value,) in cursor.fetchall())
    return ""


def analyze(tables: list[str]) -> None:
    """Tell the planner what is there now."""
    with connection.cursor() as cursor:
        for table in tables:
            cursor.execute(f"ANALYZE {connection.ops.quote_name(table)}")
