from typing import Any, Self

from django.db import models

from .named import Named, NamedQuerySet
from .organization import Organization


class SiteQuerySet(NamedQuerySet):
    """Sites in domain words."""

    def visible_to(self, actor: Any) -> Self:
        """Return the sites of the organizations that an actor may see."""
        if actor.is_superuser:
            return self
        return self.filter(organization__in=Organization.objects.visible_to(actor))


class Site(Named):
    """A place of an organization at which people work."""

    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="sites")

    objects = SiteQuerySet.as_manager()  # type: ignore[misc, assignment]

    class Meta:
        ordering = ["name_key", "id"]
        default_permissions = ("view", "manage")
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "name_key"], name="site_name_unique_in_organization"
            )
        ]
