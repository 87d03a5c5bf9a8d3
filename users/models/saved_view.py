"""Saved views: questions of the list of people under a name, for oneself or for everybody."""

from typing import Any, Self

from django.conf import settings
from django.db import models
from django.db.models import Q

from usersvc import clock

from ..ids import new_uuid
from .organization import Organization

MOST = 50  # of one person


class SavedViewQuerySet(models.QuerySet["SavedView"]):
    """Views, in domain words."""

    def of(self, person: Any) -> Self:
        """Return a person's own."""
        return self.filter(owner=person)

    def visible_to(self, person: Any) -> Self:
        """Return what a person may open: its own first, and what is shared with it.

        That is what somebody of its organization, or of one above, shares, or a superuser.
        """
        mine = models.Case(models.When(owner=person, then=0), default=1)
        shared = Q(is_shared=True)
        if not person.sees_everybody:
            near = Q(owner__organization__in=_and_above(person.organization_id))
            shared &= near | Q(owner__is_superuser=True)
        return self.filter(Q(owner=person) | shared).order_by(mine, "name", "pk")

    def changeable_by(self, person: Any) -> Self:
        """Return what a person may change: its own, for superusers also what others share."""
        return self.visible_to(person) if person.sees_everybody else self.of(person)


class SavedView(models.Model):
    """A question with its order and its columns; who opens it is shown whom he sees himself."""

    id = models.UUIDField(primary_key=True, default=new_uuid, editable=False)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    name = models.CharField(max_length=60)
    is_shared = models.BooleanField(default=False)
    question = models.JSONField(default=dict)
    columns = models.JSONField(default=list)
    created_at = models.DateTimeField(default=clock.now, editable=False)

    objects: Any = SavedViewQuerySet.as_manager()

    class Meta:
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["owner", "name"], name="saved_view_name_unique")
        ]
        indexes = [
            models.Index(
                fields=["name", "id"], name="saved_view_shared", condition=Q(is_shared=True)
            )
        ]

    def __str__(self) -> str:
        return self.name


def _and_above(organization_id: Any) -> list[Any]:
    """Return the ids of an organization and of those above it; none for None."""
    if organization_id is None:
        return []
    above = Organization.objects.ancestors(organization_id, include_self=True)
    return list(above.values_list("pk", flat=True))
