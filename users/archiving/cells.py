"""Rows of any table as an archive shows them: all that they hold, but for secrets and copies."""

from collections.abc import Iterator
from typing import Any

from django.db import models

from ..models import User
from ..models.fields import KeyField

# A column is a secret by its name, or opens something: a new one is left out before it leaks.
SECRETS = ("password", "secret", "token", "digest", "hash", "salt", "refresh", "key", "fingerprint")
MORE_SECRETS = {"mfa.Authenticator.data", "usersessions.UserSession.data"}
# Answers to what somebody asked for: they may show other people.
OF_OTHERS = {"users.IdempotencyKey.body", "users.IdempotencyKey.headers"}


def is_shown(field: "models.Field[Any, Any]") -> bool:
    """Return whether an archive shows a column."""
    if isinstance(field, KeyField):  # a folded copy
        return False
    if f"{field.model._meta.label}.{field.name}" in MORE_SECRETS | OF_OTHERS:
        return False
    # When a password was changed is no secret, and how long it must be neither.
    is_text = not isinstance(field, (models.DateTimeField, models.IntegerField, models.ForeignKey))
    return not (is_text and any(word in field.name for word in SECRETS))


def shown(row: models.Model) -> dict[str, Any]:
    """Return what a row holds; a thing that it names comes with its name, a person by id alone."""
    return dict(_cells(row))


def _cells(row: models.Model) -> Iterator[tuple[str, Any]]:
    for field in row._meta.concrete_fields:
        if not is_shown(field):
            continue
        value = getattr(row, field.attname)
        if isinstance(field, models.ForeignKey) and value is not None:
            is_person = field.related_model is User
            value = value if is_person else {"id": value, "name": str(getattr(row, field.name))}
        yield field.name, value


def named_things(model: type[models.Model]) -> list[str]:
    """Return the columns by which rows name things, which are read along with them."""
    fields = model._meta.concrete_fields
    return [each.name for each in fields if each.is_relation and each.related_model is not User]
