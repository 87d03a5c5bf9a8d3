"""To-many relations: the rows that tie, and the names of the things that they tie to."""

from typing import Any, cast

from django.db.models import F, QuerySet

from .columns import Column
from .kinds import Names


class Relation:
    """The to-many relation that a column of names shows."""

    def __init__(self, queryset: QuerySet[Any, Any], column: Column) -> None:
        path, self.name = str(column.source).rsplit("__", 1)
        relation: Any = queryset.model._meta.get_field(path)
        self._through = relation.remote_field.through._base_manager.using(queryset.db)
        self._things = relation.related_model._base_manager.using(queryset.db)
        self.row, self.thing = relation.m2m_field_name(), relation.m2m_reverse_field_name()
        self.order = cast(Names, column.kind).order
        self.key = relation.related_model._meta.pk

    def ties(self) -> QuerySet[Any, Any]:
        """Return the rows that tie, in no order."""
        ties: QuerySet[Any, Any] = self._through.order_by()
        return ties

    def things(self) -> QuerySet[Any, Any]:
        """Return what there is at the other end, in the order in which names are told."""
        things: QuerySet[Any, Any] = self._things.order_by(self.order, "pk")
        return things

    def pairs(self) -> QuerySet[Any, Any]:
        """Return the ids of the things and their names, in order."""
        return self.things().values_list("pk", F(self.name))
