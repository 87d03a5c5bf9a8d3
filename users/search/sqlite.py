"""SQLite's index of trigrams: an FTS5 table beside the people, kept by triggers.

A migration that rebuilds the table of people drops its triggers and renumbers its rows. So the
index goes by numbers of its own, and install() comes after every migrate.
"""

from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.db import OperationalError, connections, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Q, QuerySet
from django.db.models.expressions import RawSQL

MADE = {
    "users_search_number": """CREATE TABLE users_search_number (
        number integer PRIMARY KEY, user_id char(32) NOT NULL UNIQUE
    )""",
    # No texts and no positions: a quarter of the size, and the people's own texts decide.
    "users_search_text": """CREATE VIRTUAL TABLE users_search_text USING fts5(
        text, content='', columnsize=0, detail=none, tokenize='trigram case_sensitive 1'
    )""",
    "users_search_insert": """CREATE TRIGGER users_search_insert AFTER INSERT ON users_user
    BEGIN
        INSERT INTO users_search_number(user_id) VALUES (new.id);
        INSERT INTO users_search_text(rowid, text)
            SELECT number, new.search_text FROM users_search_number WHERE user_id = new.id;
    END""",
    # What keeps no texts has to be told which one it forgets.
    "users_search_update": """CREATE TRIGGER users_search_update
    AFTER UPDATE OF search_text ON users_user WHEN old.search_text <> new.search_text
    BEGIN
        INSERT INTO users_search_text(users_search_text, rowid, text)
            SELECT 'delete', number, old.search_text
            FROM users_search_number WHERE user_id = old.id;
        INSERT INTO users_search_text(rowid, text)
            SELECT number, new.search_text FROM users_search_number WHERE user_id = new.id;
    END""",
    "users_search_delete": """CREATE TRIGGER users_search_delete AFTER DELETE ON users_user
    BEGIN
        INSERT INTO users_search_text(users_search_text, rowid, text)
            SELECT 'delete', number, old.search_text
            FROM users_search_number WHERE user_id = old.id;
        DELETE FROM users_search_number WHERE user_id = old.id;
    END""",
}
FILLED = (
    # The rows' own numbers do for now; FTS5 is three times as fast when they come in order.
    "INSERT INTO users_search_number(number, user_id) SELECT rowid, id FROM users_user",
    # Bytes of memory to sort in: for one large transaction, and for the usual small ones.
    "INSERT INTO users_search_text(users_search_text, rank) VALUES ('hashsize', 33554432)",
    "INSERT INTO users_search_text(rowid, text) SELECT rowid, search_text FROM users_user"
    " ORDER BY rowid",
    "INSERT INTO users_search_text(users_search_text, rank) VALUES ('hashsize', 1048576)",
)
COUNT = """
    SELECT count(*) FROM (
        SELECT rowid FROM users_search_text WHERE users_search_text MATCH %s LIMIT %s
    )
"""
IDS = """
    SELECT user_id FROM users_search_number WHERE number IN (
        SELECT rowid FROM users_search_text WHERE users_search_text MATCH %s
    )
"""
MISSING = """
    SELECT count(*) FROM (
        SELECT id FROM users_user WHERE id NOT IN (SELECT user_id FROM users_search_number)
        UNION ALL
        SELECT user_id FROM users_search_number WHERE user_id NOT IN (SELECT id FROM users_user)
    )
"""
NOT_ABLE = "This SQLite cannot search: it takes version 3.34 or later, with FTS5 ({reason})."


def count(everybody: QuerySet[Any, Any], text: str, limit: int) -> int:
    """Return how many people's texts may hold a text, counting no further than limit."""
    with connections[everybody.db].cursor() as cursor:
        cursor.execute(COUNT, [_every_trigram(text), limit])
        return int(cursor.fetchone()[0])


def found(everybody: QuerySet[Any, Any], text: str) -> Q:
    """Return the condition to be one of the people whose texts may hold a text."""
    return Q(pk__in=RawSQL(IDS, [_every_trigram(text)]))  # noqa: S611  # nosec B611 # text is a parameter


def install(connection: BaseDatabaseWrapper) -> None:
    """Make the index where any part of it is missing or different, and fill it."""
    if _made(connection) == MADE or "users_user" not in connection.introspection.table_names():
        return
    with transaction.atomic(connection.alias), connection.cursor() as cursor:
        _drop(cursor)
        try:
            for statement in (*MADE.values(), *FILLED):
                cursor.execute(statement)
        except OperationalError as error:
            raise ImproperlyConfigured(NOT_ABLE.format(reason=error)) from error


def missing(connection: BaseDatabaseWrapper) -> int:
    """Return how many people the index lacks, or has that are not there."""
    if _made(connection) != MADE:
        return 1
    with connection.cursor() as cursor:
        cursor.execute(MISSING)
        return int(cursor.fetchone()[0])


def make_anew(connection: BaseDatabaseWrapper) -> None:
    """Make the index again, whatever there is of it."""
    remove(connection)
    install(connection)


def remove(connection: BaseDatabaseWrapper) -> None:
    """Drop the index, such as before many people come at once."""
    with transaction.atomic(connection.alias), connection.cursor() as cursor:
        _drop(cursor)


def _drop(cursor: Any) -> None:
    for name, statement in reversed(MADE.items()):
        kind = "TRIGGER" if statement.startswith("CREATE TRIGGER") else "TABLE"
        cursor.execute(f"DROP {kind} IF EXISTS {name}")


def _made(connection: BaseDatabaseWrapper) -> dict[str, str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT name, sql FROM sqlite_master")
        return {name: sql for name, sql in cursor.fetchall() if name in MADE}


def _every_trigram(text: str) -> str:
    """Return FTS5's question for texts that hold each three letters of a text, in any place."""
    threes = {text[start : start + 3] for start in range(len(text) - 2)}
    return " AND ".join('"' + three.replace('"', '""') + '"' for three in sorted(threes))
