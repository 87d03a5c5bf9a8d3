from collections.abc import Collection
from datetime import datetime
from typing import Any, ClassVar, Self
from uuid import UUID

from django.db import models
from django.utils.translation import gettext_lazy as _
from tree_queries.models import TreeNode
from tree_queries.query import TreeQuerySet

from ..ids import uuids
from .named import Named, NamesMixin


class OrganizationState(models.TextChoices):
    """What an organization can be; deleted wins over suspended."""

    ACTIVE = "active", _("Active")
    SUSPENDED = "suspended", _("Suspended")
    DELETED = "deleted", _("Deleted")


LIVING = models.Q(deleted_at__isnull=True)
SUSPENDED = models.Q(suspended_at__isnull=False)
STATES = {
    OrganizationState.ACTIVE: LIVING & ~SUSPENDED,
    OrganizationState.SUSPENDED: LIVING & SUSPENDED,
    OrganizationState.DELETED: ~LIVING,
}


def state_of(suspended_at: datetime | None, deleted_at: datetime | None) -> OrganizationState:
    """Return the one word for what an organization with these instants is."""
    if deleted_at is not None:
        return OrganizationState.DELETED
    return OrganizationState.ACTIVE if suspended_at is None else OrganizationState.SUSPENDED


class OrganizationQuerySet(NamesMixin, TreeQuerySet):
    """Organizations in domain words."""

    def ids_below(self, organization_id: Any) -> list[Any]:
        """Return the ids of an organization and of all below it, in one recursive query."""
        return list(
            self.descendants(organization_id, include_self=True).values_list("pk", flat=True)
        )

    def visible_to(self, actor: Any) -> Any:
        """Return the organizations an actor may see: its own and those below."""
        if not actor.is_authenticated:
            return self.none()
        if actor.sees_everybody:
            return self
        if actor.organization_id is None:
            return self.none()
        return self.filter(pk__in=self.ids_below(actor.organization_id))

    def living(self) -> Self:
        """Return organizations that are not deleted."""
        return self.filter(LIVING)

    def in_states(self, words: Collection[str]) -> Self:
        """Return organizations that are active, suspended or deleted."""
        either = models.Q(pk__in=[])
        for word in words:
            either |= STATES[OrganizationState(word)]
        return self.filter(either)

    def children_of(self, ids: Collection[str | UUID]) -> Self:
        """Return the organizations right below these; what is no UUID names none."""
        return self.filter(parent__in=uuids(ids))

    def lock_tree(self) -> None:
        """Keep others from moving any organization until the transaction ends.

        Two moves that are right by themselves could make a cycle together.
        """
        list(self.order_by("pk").select_for_update(no_key=True).values_list("pk"))

    def known_as(self, identifier: str) -> Any:
        """Return the organization of this id or external id; None when there is none."""
        either = models.Q(external_id=identifier) | models.Q(pk__in=uuids([identifier]))
        return self.filter(either).order_by("pk").first()


class Organization(Named, TreeNode):  # type: ignore[django-manager-missing]
    """A node of the tree that bounds what its people may see."""

    searched: ClassVar[tuple[str, ...]] = ("name", "external_id", "description")

    external_id = models.CharField(
        max_length=100, unique=True, help_text=_("The id that programs use (logto_id).")
    )
    suspended_at = models.DateTimeField(null=True, blank=True, editable=False)
    deleted_at = models.DateTimeField(null=True, blank=True, editable=False)

    objects: Any = OrganizationQuerySet.as_manager(with_tree_fields=False)  # type: ignore[call-arg,misc]

    class Meta:
        ordering = ["name_key", "id"]
        default_permissions = ("view", "manage")
        indexes = [models.Index(fields=["name_key", "id"], name="organization_name")]
        constraints = [
            models.CheckConstraint(
                condition=~models.Q(parent=models.F("id")), name="organization_is_not_its_parent"
            ),
            models.CheckConstraint(
                condition=~models.Q(external_id=""), name="organization_external_id_given"
            ),
        ]

    @property
    def state(self) -> OrganizationState:
        """The one word for what the organization is."""
        return state_of(self.suspended_at, self.deleted_at)

    def external_ids_below(self) -> list[str]:
        """Return the external ids of this organization and of all below it."""
        ids = type(self).objects.ids_below(self.pk)
        below = type(self).objects.filter(pk__in=ids)
        return list(below.order_by("external_id").values_list("external_id", flat=True))
