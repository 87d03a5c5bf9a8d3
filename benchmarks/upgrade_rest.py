"""Rows for whatever tables of a directory have none, made of what their columns may hold."""
# ruff: noqa: S311  (what is tried need not be unguessable, but the same each time)

import random
import uuid
from datetime import UTC, datetime
from typing import Any

from django.apps import apps
from django.db import DatabaseError, models, transaction

TRIES = 300  # most break one of the table's constraints, which know what belongs together
MOST = 5
AT = datetime(2026, 11, 22, 6, 15, 43, 123456, tzinfo=UTC)
NUMBERS = [0, 1, 7, 50]


def fill_rest() -> list[str]:
    """Give each empty table a few rows; return the names of those that stay empty."""
    left = [model for model in apps.get_models(include_auto_created=True) if _is_table(model)]
    for _ in range(3):  # some of them point to others
        left = [model for model in left if not _fill(model)]
    return sorted(model._meta.db_table for model in left)


def _is_table(model: Any) -> bool:
    return bool(model._meta.managed and not model._meta.proxy)


def _fill(model: Any) -> bool:
    """Tell whether a table has rows, once some were made for it."""
    if model._base_manager.exists():
        return True
    chance = random.Random(model._meta.db_table)
    made = 0
    for turn in range(TRIES):
        made += made < MOST and _makes_row(model, turn, chance)
    return made > 0


def _makes_row(model: Any, turn: int, chance: random.Random) -> bool:
    """Tell whether a row could be made; the constraints of its table may forbid it."""
    fields = [field for field in model._meta.concrete_fields if not _is_serial(field)]
    try:
        with transaction.atomic():
            row = model(**{field.attname: _value(field, turn, chance) for field in fields})
            model._base_manager.bulk_create([row])  # no save(), which may know better
    except (DatabaseError, LookupError, TypeError, ValueError):
        return False
    return True


def _is_serial(field: Any) -> bool:
    return isinstance(field, models.AutoField | models.BigAutoField)


def _value(field: Any, turn: int, chance: random.Random) -> Any:
    """Return a value that a column may hold; LookupError where nothing is there to point to."""
    if field.null and chance.random() < 0.5:
        return None
    if field.is_relation:
        others = field.related_model._base_manager.order_by("pk")[:MOST]
        return chance.choice(list(others.values_list("pk", flat=True)))
    if field.choices:
        return chance.choice([value for value, _ in field.flatchoices])
    if field.has_default() and (field.primary_key or chance.random() < 0.5):
        return field.get_default()
    if field.blank and field.name.endswith("_key"):  # of a file, which is not there
        return ""
    return _filled(field, turn, chance)


def _filled(field: Any, turn: int, chance: random.Random) -> Any:
    values = {
        models.UUIDField: uuid.UUID(int=turn + 1),
        models.DateTimeField: AT,
        models.DateField: AT.date(),
        models.GenericIPAddressField: f"2001:db8::{turn + 1}",
        models.BooleanField: chance.random() < 0.5,
        models.IntegerField: chance.choice(NUMBERS),
        models.BinaryField: bytes(range(256)),
        models.JSONField: field.get_default() or {},
    }
    for kind, value in values.items():
        if isinstance(field, kind):
            return value
    return f"{turn} é王".ljust(100, "z")[: field.max_length]
