"""Inserting many new rows at once, as fast as the database takes them."""

from collections.abc import Iterable, Sequence
from itertools import chain
from sqlite3 import SQLITE_LIMIT_VARIABLE_NUMBER
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connections, models


def insert(rows: Sequence[models.Model]) -> None:
    """Insert rows of one model as bulk_create does; a key that the database counts stays unknown.

    PostgreSQL copies them. Django takes SQLite for one that knows 999 parameters: with the many
    that it knows, the search index is written once for hundreds of people instead of for twenty.
    """
    if not rows:
        return
    database, model = connections[DEFAULT_DB_ALIAS], type(rows[0])
    fields = [
        each for each in model._meta.concrete_fields if not isinstance(each, models.AutoField)
    ]
    if database.vendor == "sqlite":
        database.ensure_connection()
        most = database.connection.getlimit(SQLITE_LIMIT_VARIABLE_NUMBER) // len(fields)
        for start in range(0, len(rows), most):
            _insert(database, fields, rows[start : start + most])
    else:
        _copy(database, fields, rows)
    for row in rows:
        row._state.adding, row._state.db = False, database.alias


def _insert(database: Any, fields: list[Any], rows: Sequence[models.Model]) -> None:
    table, columns = _names(database, fields)
    marks = ", ".join([f"({', '.join(['%s'] * len(fields))})"] * len(rows))
    statement = f"INSERT INTO {table} ({columns}) VALUES {marks}"  # noqa: S608  # nosec B608 - ours
    with database.cursor() as cursor:
        cursor.execute(statement, list(chain.from_iterable(_values(database, fields, rows))))


def _copy(database: Any, fields: list[Any], rows: Sequence[models.Model]) -> None:
    table, columns = _names(database, fields)
    statement = f"COPY {table} ({columns}) FROM STDIN"
    with (
        database.wrap_database_errors,
        database.cursor() as cursor,
        cursor.copy(statement) as copy,
    ):
        for values in _values(database, fields, rows):
            copy.write_row(values)


def _names(database: Any, fields: list[Any]) -> tuple[str, str]:
    """Return a table's name and its columns', as a statement has them."""
    quote = database.ops.quote_name
    columns = ", ".join(quote(field.column) for field in fields)
    return quote(fields[0].model._meta.db_table), columns


def _values(
    database: Any, fields: list[Any], rows: Sequence[models.Model]
) -> Iterable[tuple[Any, ...]]:
    """Return what each row stores, found column by column, which is faster."""
    columnwise = [
        [field.get_db_prep_save(field.pre_save(row, True), database) for row in rows]
        for field in fields
    ]
    return zip(*columnwise, strict=True)
