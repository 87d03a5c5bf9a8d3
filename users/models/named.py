"""The base of what has a name: found and sorted by the name without its case."""

import uuid
from typing import Any

from django.db import models

from ..text import fold
from .fields import KeyField
from .keys import new_uuid


class Named(models.Model):
    """A row with a UUID, a name and the name's folded copy."""

    id: uuid.UUID = models.UUIDField(primary_key=True, default=new_uuid, editable=False)  # type: ignore[assignment]
    name = models.CharField(max_length=150)
    name_key = KeyField()
    description = models.TextField(blank=True, default="")
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

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
