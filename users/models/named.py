"""The base of what has a name: found and sorted by the name without its case."""

import uuid
from collections.abc import Sequence
from typing import Any

from django.db import models

from ..ids import new_uuid, uuids
from ..text import fold
from .fields import KeyField


class NamesMixin(models.QuerySet):
    """Rows that can be named to a reader."""

    def names_of(self, field: str, values: Sequence[str]) -> list[str]:
        """Return the names of the rows with these values of a field; what names none as it is."""
        wanted = uuids(values) if field == "id" else values
        rows = self.filter(**{f"{field}__in": wanted}).values_list(field, "name")
        names = {str(value): name for value, name in rows}
        return [names.get(value, value) for value in values]


class NamedQuerySet(NamesMixin):
    """The queryset of what has a name."""


class Named(models.Model):
    """A row with a UUID, a name and the name's folded copy."""

    id: uuid.UUID = models.UUIDField(primary_key=True, default=new_uuid, editable=False)  # type: ignore[assignment]
    name = models.CharField(max_length=150)
    name_key = KeyField()
    description = models.TextField(blank=True, default="")
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    objects: Any = NamedQuerySet.as_manager()

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.name

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.name_key = fold(self.name)
        if kwargs.get("update_fields") is not None:
            kwargs["update_fields"] = {*kwargs["update_fields"], "name_key", "updated_at"}
        super().save(*args, **kwargs)

    def clean(self) -> None:
        super().clean()
        self.name_key = fold(self.name)
