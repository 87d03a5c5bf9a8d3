"""Loading PostgreSQL: COPY, and indexes that are made once instead of row by row."""

from collections.abc import Iterator
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


# As COPY reads its text format.
NULL = r"\N"
SPECIAL = "\\\n\r\t"


def packed(columns: list[list[Any]]) -> str:
    """Return the rows of some columns as COPY reads them; writing it takes as long as reading."""
    rows = zip(*map(_cells, columns), strict=True)
    return "\n".join(["\t".join(row) for row in rows]) + "\n"


def _cells(column: list[Any]) -> list[str]:
    # One look at all of them: few columns hold anything to escape, and most hold only texts.
    texts = [value for value in column if isinstance(value, str)]
    together = "".join(texts)
    special = any(letter in together for letter in SPECIAL)
    if len(texts) == len(column) and not special:
        return texts
    cell = _escaped if special else str
    return [NULL if value is None else cell(value) for value in column]


def _escaped(value: Any) -> str:
    text = str(value).replace("\\", r"\\").replace("\n", r"\n")
    return text.replace("\r", r"\r").replace("\t", r"\t")


def insert(table: str, columns: list[str], rows: str) -> None:
    """Insert rows in one COPY."""
    names = ", ".join(connection.ops.quote_name(column) for column in columns)
    statement = f"COPY {connection.ops.quote_name(table)} ({names}) FROM STDIN"
    with connection.cursor() as cursor, cursor.copy(statement) as copy:
        copy.write(rows)


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
