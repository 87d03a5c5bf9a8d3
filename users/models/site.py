from collections.abc import Collection
from typing import Any
from uuid import UUID

from django.db import models

from ..ids import uuids
from .named import Named, NamesMixin
from .organization import Organization


class SiteQuerySet(NamesMixin):
    """Sites in domain words."""

    def visible_to(self, actor: Any) -> Any:
        """Return the sites of the organizations that an actor may see."""
        return self.filter(organization__in=Organization.objects.visible_to(actor).values("pk"))

    def in_organizations(self, ids: Collection[str | UUID]) -> Any:
        """Return the sites of these organizations, not of those below."""
        return self.filter(organization__in=uuids(ids))

    def known_as(self, identifier: str) -> Any:
        """Return the site of this id; None when there is none."""
        return self.filter(pk__in=uuids([identifier])).first()


class Site(Named):
    """A place of an organization at which people work."""

    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="sites")

    objects: Any = SiteQuerySet.as_manager()  # type: ignore[misc,assignment]

    class Meta:
        ordering = ["name_key", "id"]
        default_permissions = ("view", "manage")
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "name_key"], name="site_name_unique_in_organization"
            )
        ]
