from django.contrib.auth.models import Permission
from django.db import models

from .named import Named


class Role(Named):
    """A named set of permissions; people may hold several roles."""

    permissions = models.ManyToManyField(Permission, blank=True, related_name="roles")
    shipped = models.BooleanField(
        default=False, editable=False, help_text="Came with the product and cannot be deleted."
    )

    class Meta:
        ordering = ["name_key"]
        default_permissions = ("view", "manage")
        constraints = [models.UniqueConstraint(fields=["name_key"], name="role_name_unique")]
