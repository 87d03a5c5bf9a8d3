"""The base of what has a name: found and sorted by the name without its case."""

import uuid
from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any, ClassVar, Self

from django.db import models

from ..capped import COUNTED, CappedCount
from ..ids import new_uuid, uuids
from ..querysets import SortKey
from ..text import fold, searchable
from .fields import Bytewise, KeyField

SORTABLE: dict[str, Any] = {
    "id": models.F("id"),
    "name": models.F("name_key"),
    "external_id": Bytewise(models.F("external_id")),
    "created_at": models.F("created_at"),
    "updated_at": models.F("updated_at"),
}


class NamesMixin(models.QuerySet):
    """Rows that have a name, in domain words."""

    def names_of(self, field: str, values: Sequence[str]) -> list[str]:
        """Return the names of the rows with these values of a field; what names none as it is."""
        wanted = uuids(values) if field == "id" else values
        rows = self.filter(**{f"{field}__in": wanted}).values_list(field, "name")
        names = {str(value): name for value, name in rows}
        return [names.get(value, value) for value in values]

    def visible_to(self, actor: Any) -> Self:
        """Return what an actor may see: what belongs to no organization is for everybody."""
        return self if actor.is_authenticated else self.none()

    def with_id(self, identifier: str | uuid.UUID) -> Self:
        """Return the row of this id; what is no UUID names none."""
        return self.filter(pk__in=uuids([identifier]))

    def with_ids(self, ids: Collection[str | uuid.UUID]) -> Self:
        """Return the rows of these ids; what is no UUID names none."""
        return self.filter(pk__in=uuids(ids))

    def search(self, text: str) -> Self:
        """Return rows in which every term occurs: in the name or another text of theirs."""
        rows = self
        for term in dict.fromkeys(fold(text).split()):
            rows = rows.filter(search_text__contains=term)
        return rows

    def created_between(self, earliest: datetime | None, latest: datetime | None) -> Self:
        """Return rows created within the bounds, which are inclusive."""
        return self._between("created_at", earliest, latest)

    def updated_between(self, earliest: datetime | None, latest: datetime | None) -> Self:
        """Return rows changed last within the bounds, which are inclusive."""
        return self._between("updated_at", earliest, latest)

    def with_headcounts(self, people: models.QuerySet[Any, Any], relation: str) -> Self:
        """Return rows with how many of the people have them: at most one more than COUNTED."""
        those = people.order_by().filter(**{relation: models.OuterRef("pk")}).values("pk")
        return self.annotate(headcount=CappedCount(those[: COUNTED + 1]))

    def sorted_by(self, key: SortKey) -> Self:
        """Return rows in a total order: ties by id in the key's direction."""
        words = dict.fromkeys([key.word, "id"])
        return self.order_by(
            *(models.OrderBy(SORTABLE[word], descending=key.descending) for word in words)
        )

    def _between(self, field: str, earliest: datetime | None, latest: datetime | None) -> Self:
        bounds = {f"{field}__gte": earliest, f"{field}__lte": latest}
        return self.filter(
            **{lookup: bound for lookup, bound in bounds.items() if bound is not None}
        )


class NamedQuerySet(NamesMixin):
    """The queryset of what has a name."""


class Named(models.Model):
    """A row with a UUID, a name, and folded copies of the name and of all that is searched."""

    searched: ClassVar[tuple[str, ...]] = ("name", "description")

    id: uuid.UUID = models.UUIDField(primary_key=True, default=new_uuid, editable=False)  # type: ignore[assignment]
    name = models.CharField(max_length=150)
    name_key = KeyField()
    search_text = KeyField()
    description = models.TextField(blank=True, default="")
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    objects: Any = NamedQuerySet.as_manager()

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.name

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.refresh_keys()
        if kwargs.get("update_fields") is not None:
            derived = {"name_key", "search_text", "updated_at"}
            kwargs["update_fields"] = {*kwargs["update_fields"], *derived}
        super().save(*args, **kwargs)

    def clean(self) -> None:
        super().clean()
        self.refresh_keys()

    def refresh_keys(self) -> None:
        """Write the folded copies."""
        self.name_key = fold(self.name)
        self.search_text = searchable(*(getattr(self, field) for field in self.searched))
