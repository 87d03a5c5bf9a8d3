"""Loading SQLite: executemany on the raw connection, and indexes that are made once."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

from django.db import OperationalError, connection, transaction


def insert(table: str, columns: list[str], rows: Iterable[tuple[Any, ...]]) -> None:
    """Insert rows through one prepared statement."""
    names = ", ".join(connection.ops.quote_name(column) for column in columns)
    marks = ", ".join("?" * len(columns))
    statement = f"INSERT INTO {connection.ops.quote_name(table)} ({names}) VALUES ({marks})"  # noqa: S608
    connection.ensure_connection()
    # Not Django's cursor: it would look at every value again.
    connection.connection.executemany(statement, rows)


@contextmanager
def rebuilding(tables: list[str]) -> Iterator[None]:
    """Load without indexes, and make them at the end; all in one transaction."""
    with _rollback_journal(), transaction.atomic(), connection.cursor() as cursor:
        marks = ", ".join(["%s"] * len(tables))
        cursor.execute(
            "SELECT name, sql FROM sqlite_master"  # noqa: S608
            f" WHERE type = 'index' AND sql IS NOT NULL AND tbl_name IN ({marks})",
            tables,
        )
        indexes = cursor.fetchall()
        for name, _ in indexes:
            cursor.execute(f"DROP INDEX {connection.ops.quote_name(name)}")
        yield
        for _, make in indexes:
            cursor.execute(make)


@contextmanager
def _rollback_journal() -> Iterator[None]:
    """Set the write-ahead log aside: reading back from a huge one is slow.

    The other journal keeps what was there before, which is next to nothing. SQLite goes on with
    the log where somebody else has the file open.
    """
    if connection.in_atomic_block:
        yield
        return
    before = _journal_mode("")
    _journal_mode("= DELETE")
    try:
        yield
    finally:
        _journal_mode(f"= {before}")


def _journal_mode(change: str) -> str:
    """Return the journal's mode after a change, which somebody else's lock can prevent."""
    with suppress(OperationalError), connection.cursor() as cursor:
        cursor.execute(f"PRAGMA journal_mode {change}")
        # All rows: a statement that is still open would lock the tables.
        ((mode,),) = cursor.fetchall()
        return str(mode)
    return "wal"


def analyze(tables: list[str]) -> None:
    """Tell the planner what is there now."""
    with connection.cursor() as cursor:
        for table in tables:
            cursor.execute(f"ANALYZE {connection.ops.quote_name(table)}")
