from django.db import models

from .named import Named


class Group(Named):
    """A set of people; it carries no permissions."""

    class Meta:
        ordering = ["name_key"]
        default_permissions = ("view", "manage")
        constraints = [models.UniqueConstraint(fields=["name_key"], name="group_name_unique")]
