"""From rows to the database: the columns of a model, filled, and a writer for each database."""

from contextlib import AbstractContextManager
from functools import cache
from typing import Any, Protocol

from django.db import connection, models

from . import postgres, sqlite

# What a writer made of a model's rows, for itself to insert.
Packed = dict[type[models.Model], Any]


class Writer(Protocol):
    """What a database's module offers."""

    def packed(self, columns: list[list[Any]]) -> Any: ...

    def insert(self, table: str, columns: list[str], packed: Any) -> None: ...

    def rebuilding(self, tables: list[str]) -> AbstractContextManager[None]: ...

    def analyze(self, tables: list[str]) -> None: ...


def writer() -> Writer:
    """Return the module that writes to the database in use."""
    return {"postgresql": postgres, "sqlite": sqlite}[connection.vendor]


def load(packed: Packed) -> None:
    """Insert the rows of every model, in the order given."""
    for model, some in packed.items():
        columns = [str(field.column) for field in _fields(model)]
        writer().insert(model._meta.db_table, columns, some)


def packed(rows: dict[type[models.Model], list[dict[str, Any]]]) -> Packed:
    """Return the rows with a value for every column, ready for the database in use."""
    return {model: writer().packed(_columns(model, some)) for model, some in rows.items() if some}


def _columns(model: type[models.Model], rows: list[dict[str, Any]]) -> list[list[Any]]:
    unknown = rows[0].keys() - {field.attname for field in _fields(model)}
    if unknown:
        raise ValueError(f"{model.__name__} has no {', '.join(sorted(unknown))}")
    return [_column(field, rows) for field in _fields(model)]


def _column(field: models.Field, rows: list[dict[str, Any]]) -> list[Any]:
    """Return the values of a field; its default when rows lack it."""
    name = field.attname
    if name not in rows[0]:
        return [_default(field)] * len(rows)
    if isinstance(field, models.DateTimeField):
        return [None if row[name] is None else str(row[name]) for row in rows]
    return [row[name] for row in rows]


@cache
def _fields(model: type[models.Model]) -> list[models.Field]:
    """Return the fields with a column, save for keys that the database counts up by itself."""
    return [
        field for field in model._meta.concrete_fields if not isinstance(field, models.AutoField)
    ]


@cache
def _default(field: models.Field) -> Any:
    if not field.has_default() and not field.null:
        raise ValueError(f"{field} has no default, so demo data must give it")
    return field.get_db_prep_save(field.get_default(), connection)
