"""Rows for whatever tables of a directory have none, made of what their columns may hold."""

import uuid
from datetime import UTC, datetime
from typing import Any

from django.apps import apps
from django.db import DatabaseError, models, transaction

TRIES = 12
MOST = 3
AT = datetime(2026, 11, 22, 6, 15, 43, 123456, tzinfo=UTC)
NUMBERS = [0, 1, 7]


def fill_rest() -> list[str]:
    """Give each empty table a few rows; return the names of those that stay empty."""
    left = list(apps.get_models(include_auto_created=True))
    left = [model for model in left if not model._meta.proxy and model._meta.managed]
    for _ in range(3):  # some of them point to others
        left = [model for model in left if not _fill(model)]
    return sorted(model._meta.db_table for model in left)


def _fill(model: Any) -> bool:
    """Tell whether a table has rows, once some were made for it."""
    rows = model._base_manager
    if rows.exists():
        return True
    made = 0
    for turn in range(TRIES):
        if made < MOST:
            made += _makes_row(model, turn)
    return made > 0


def _makes_row(model: Any, turn: int) -> bool:
    """Tell whether a row could be made; the constraints of its table may forbid it."""
    fields = [field for field in model._meta.concrete_fields if not _is_serial(field)]
    try:
        with transaction.atomic():
            row = model(**{field.attname: _value(field, turn) for field in fields})
            model._base_manager.bulk_create([row])  # no save(), which may know better
    except (DatabaseError, LookupError, TypeError, ValueError):
        return False
    return True


def _is_serial(field: Any) -> bool:
    return isinstance(field, models.AutoField | models.BigAutoField)


def _value(field: Any, turn: int) -> Any:
    """Return a value that a column may hold; LookupError where nothing is there to point to."""
    if field.is_relation:
        others = list(field.related_model._base_manager.order_by("pk")[: turn + 1])
        if not others and not field.null:
            raise LookupError(field.name)
        return None if field.null and (turn % 2 or not others) else others[turn % len(others)].pk
    if field.null and turn % 2:
        return None
    if field.choices:
        values = [value for value, _ in field.flatchoices]
        return values[turn % len(values)]
    if field.blank and (turn % 3 == 0 or field.name.endswith("_key")):  # no file is there
        return field.get_default()
    return _filled(field, turn)


def _filled(field: Any, turn: int) -> Any:
    if isinstance(field, models.UUIDField):
        return uuid.UUID(int=turn + 1)
    if isinstance(field, models.DateTimeField):
        return AT
    if isinstance(field, models.DateField):
        return AT.date()
    if isinstance(field, models.GenericIPAddressField):
        return f"2001:db8::{turn + 1}"
    if isinstance(field, models.BooleanField):
        return bool(turn % 2)
    if isinstance(field, models.IntegerField):
        return NUMBERS[turn % len(NUMBERS)]
    if isinstance(field, models.BinaryField):
        return bytes(range(256))
    if isinstance(field, models.CharField | models.TextField):
        return f"{turn} é王".ljust(min(field.max_length or 100, 100), "z")[: field.max_length]
    return field.get_default()
