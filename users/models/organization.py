from typing import Any

from django.db import models
from tree_queries.models import TreeNode
from tree_queries.query import TreeQuerySet

from ..ids import uuids
from .named import Named, NamesMixin


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
        if actor.is_superuser:
            return self
        if actor.organization_id is None:
            return self.none()
        return self.filter(pk__in=self.ids_below(actor.organization_id))

    def known_as(self, identifier: str) -> Any:
        """Return the organization of this id or external id; None when there is none."""
        either = models.Q(external_id=identifier) | models.Q(pk__in=uuids([identifier]))
        return self.filter(either).order_by("pk").first()


class Organization(Named, TreeNode):  # type: ignore[django-manager-missing]
    """A node of the tree that bounds what its people may see."""

    external_id = models.CharField(
        max_length=100, unique=True, help_text="The id that programs use (logto_id)."
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

    def external_ids_below(self) -> list[str]:
        """Return the external ids of this organization and of all below it."""
        ids = type(self).objects.ids_below(self.pk)
        below = type(self).objects.filter(pk__in=ids)
        return list(below.order_by("external_id").values_list("external_id", flat=True))
