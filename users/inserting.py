"""Inserting many new rows at once, as fast as the database takes them."""

from collections.abc import Sequence
from itertools import chain
from sqlite3 import SQLITE_LIMIT_VARIABLE_NUMBER
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connections, models


def insert(rows: Sequence[models.Model]) -> None:
    """Insert rows of one model as bulk_create does; a key that the database counts stays unknown.

    Django takes SQLite for one that knows 999 parameters. With the many that it knows, the search
    index is written once for hundreds of people instead of for twenty.
    """
    if not rows:
        return
    database, model = connections[DEFAULT_DB_ALIAS], type(rows[0])
    if database.vendor != "sqlite":
        everybody: models.QuerySet[Any, Any] = models.QuerySet(model)
        everybody.bulk_create(rows)
        return
    fields = [
        each for each in model._meta.concrete_fields if not isinstance(each, models.AutoField)
    ]
    database.ensure_connection()
    most = database.connection.getlimit(SQLITE_LIMIT_VARIABLE_NUMBER) // len(fields)
    for start in range(0, len(rows), most):
        _insert(database, model, fields, rows[start : start + most])
    for row in rows:
        row._state.adding, row._state.db = False, database.alias


def _insert(
    database: Any, model: type[models.Model], fields: list[Any], rows: Sequence[models.Model]
) -> None:
    quote = database.ops.quote_name
    columns = ", ".join(quote(field.column) for field in fields)
    marks = ", ".join([f"({', '.join(['%s'] * len(fields))})"] * len(rows))
    columnwise = [
        [field.get_db_prep_save(field.pre_save(row, True), database) for row in rows]
        for field in fields
    ]
    statement = f"INSERT INTO {quote(model._meta.db_table)} ({columns}) VALUES {marks}"  # noqa: S608  # nosec B608 - ours
    with database.cursor() as cursor:
        cursor.execute(statement, list(chain.from_iterable(zip(*columnwise, strict=True))))
