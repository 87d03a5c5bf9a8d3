"""What a database holds, read behind everybody's back: its rows as text, and those it lost."""
# ruff: noqa: S608  (the names are those that the database itself tells)

import hashlib
import json
import sqlite3
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import psycopg

MOST_SHOWN = 300
NOT_OURS = ("sqlite_",)
# The index of trigrams is made of the people's texts; the doctor looks after it.
MADE_OF_OTHERS = ("users_search_",)
# What is gone of an older directory, and why.
GONE = {
    "token_blacklist_blacklistedtoken": "0014 drops it: families of tokens took its place",
    "token_blacklist_outstandingtoken": "0014 drops it: families of tokens took its place",
}
# What is there no longer in a directory that is new, and why; nothing was ever in it.
LEFT = {"auditlog_logentry": "AuditEntry has been in its place since the first commit"}
# What is written otherwise now, why, and so is compared in another way.
REWRITTEN = {("mfa_authenticator", "data"): "0015 encrypts seeds: they are compared as they open"}
# What migrations themselves add rows to.
GROWING = {"auth_permission", "django_content_type", "django_migrations", "users_role_permissions"}
SQLITE_SCHEMA = "SELECT type, name, sql FROM sqlite_master WHERE sql IS NOT NULL"
POSTGRES_SCHEMA = """
    SELECT 'column', table_name || '.' || column_name,
        concat_ws(' ', data_type, character_maximum_length, collation_name, is_nullable,
            column_default, is_identity)
    FROM information_schema.columns WHERE table_schema = 'public'
    UNION ALL SELECT 'index', indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'
    UNION ALL SELECT 'constraint', conrelid::regclass || ' ' || conname, pg_get_constraintdef(oid)
    FROM pg_constraint WHERE connamespace = 'public'::regnamespace
    UNION ALL SELECT 'trigger', tgname, pg_get_triggerdef(oid) FROM pg_trigger
    WHERE NOT tgisinternal
"""


class Dump:
    """All rows of all tables of a database, kept in a folder: a file a table, a line a row."""

    def __init__(self, place: Any, folder: Path) -> None:
        self.folder, self.columns = folder, tables(place)
        folder.mkdir()
        for table, columns in self.columns.items():
            with (folder / table).open("wb") as file:
                file.writelines(_lines(place, table, columns))

    def rows(self, table: str) -> Iterator[dict[str, Any]]:
        """Yield the rows of a table."""
        with (self.folder / table).open("rb") as file:
            yield from map(json.loads, file)

    def count(self) -> int:
        """Return how many rows there are that may not get lost."""
        kept = self.columns.keys() - GONE.keys()
        return sum(1 for table in kept for _ in self.rows(table))

    def losses(self, place: Any) -> Iterator[str]:
        """Yield a sentence for each table or row of before that a database has no longer."""
        now = tables(place)
        for table, columns in self.columns.items():
            if table in GONE:
                continue
            if missing := set(columns) - set(now.get(table, ())):
                yield f"{table} has no longer: {', '.join(sorted(missing))}"
            else:
                yield from self._lost_rows(place, table, columns)

    def _lost_rows(self, place: Any, table: str, columns: list[str]) -> Iterator[str]:
        compared = [name for name in columns if (table, name) not in REWRITTEN]
        there = Counter(map(_digest, _lines(place, table, compared)))
        for row in self.rows(table):
            line = _line({name: row[name] for name in compared})
            if there[digest := _digest(line)]:
                there[digest] -= 1
            else:
                yield f"{table} has no longer {line.decode()[:MOST_SHOWN].strip()}"
        if there.total() and table not in GROWING:
            yield f"{table} has {there.total():,} rows more"


def tables(place: Any) -> dict[str, list[str]]:
    """Return the columns of each table, but of those that are no data of the service."""
    query = (
        "SELECT table_name, column_name FROM information_schema.columns"
        " WHERE table_schema = 'public'"
        if place.is_postgres
        else "SELECT m.name, c.name FROM sqlite_master m, pragma_table_info(m.name) c"
        " WHERE m.type = 'table'"
    )
    found: dict[str, list[str]] = {}
    for table, column in sorted(place.rows(query)):
        if not table.startswith((*NOT_OURS, *MADE_OF_OTHERS)):
            found.setdefault(table, []).append(column)
    return found


def schema(place: Any) -> set[tuple[str, ...]]:
    """Return each column, index, constraint and trigger of a database, as the database tells it."""
    query = POSTGRES_SCHEMA if place.is_postgres else SQLITE_SCHEMA
    not_compared = (*NOT_OURS, *LEFT)
    return {tuple(row) for row in place.rows(query) if not row[1].startswith(not_compared)}


def _lines(place: Any, table: str, columns: list[str]) -> Iterator[bytes]:
    """Yield the rows of a table as canonical JSON, in blocks of bounded memory."""
    names = ", ".join(f'"{name}"' + "::text" * place.is_postgres for name in columns)
    for row in _rows(place, f'SELECT {names} FROM "{table}"'):
        yield _line(dict(zip(columns, row, strict=True)))


def _rows(place: Any, query: str) -> Iterator[Any]:
    if place.is_postgres:
        with (
            psycopg.connect(place.address, options="-c timezone=UTC") as connection,
            connection.cursor("rows") as cursor,
        ):
            yield from cursor.execute(query)
    else:
        with closing(sqlite3.connect(place.folder / "usersvc.sqlite3")) as file:
            yield from file.execute(query)


def _line(row: dict[str, Any]) -> bytes:
    return json.dumps(row, sort_keys=True, default=bytes.hex).encode() + b"\n"


def _digest(line: bytes) -> bytes:
    return hashlib.blake2b(line, digest_size=16).digest()
