from django.db import models

from .named import Named
from .organization import Organization


class Site(Named):
    """A place of an organization at which people work."""

    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="sites")

    class Meta:
        ordering = ["name_key", "id"]
        default_permissions = ("view", "manage")
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "name_key"], name="site_name_unique_in_organization"
            )
        ]
