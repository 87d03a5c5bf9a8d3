"""What ties a person to roles, groups, sites and tags; found quickly from both ends."""

from typing import Any

from django.conf import settings
from django.db import models

from .group import Group
from .role import Role
from .site import Site
from .tag import Tag


def indexed_both_ways(other: str) -> dict[str, list[Any]]:
    """Return Meta's constraints and indexes for a pair of user and other."""
    return {
        "constraints": [
            models.UniqueConstraint(fields=["user", other], name=f"user_{other}_unique")
        ],
        "indexes": [models.Index(fields=[other, "user"], name=f"{other}_user")],
    }


class Membership(models.Model):
    """One person's tie to one thing."""

    # The pairs' own indexes serve both keys: single ones would only cost writes.
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, db_index=False, related_name="+"
    )

    class Meta:
        abstract = True


class UserRole(Membership):
    """A role that a person holds."""

    role = models.ForeignKey(Role, on_delete=models.PROTECT, db_index=False, related_name="+")

    class Meta:
        default_permissions = ()
        constraints, indexes = indexed_both_ways("role").values()

    def __str__(self) -> str:
        return f"{self.user} is {self.role}"


class UserGroup(Membership):
    """A group that a person belongs to."""

    group = models.ForeignKey(Group, on_delete=models.CASCADE, db_index=False, related_name="+")

    class Meta:
        default_permissions = ()
        constraints, indexes = indexed_both_ways("group").values()

    def __str__(self) -> str:
        return f"{self.user} in {self.group}"


class UserSite(Membership):
    """A site at which a person works."""

    site = models.ForeignKey(Site, on_delete=models.CASCADE, db_index=False, related_name="+")

    class Meta:
        default_permissions = ()
        constraints, indexes = indexed_both_ways("site").values()

    def __str__(self) -> str:
        return f"{self.user} at {self.site}"


class UserTag(Membership):
    """A tag that a person is marked with."""

    tag = models.ForeignKey(Tag, on_delete=models.CASCADE, db_index=False, related_name="+")

    class Meta:
        default_permissions = ()
        constraints, indexes = indexed_both_ways("tag").values()

    def __str__(self) -> str:
        return f"{self.user} marked {self.tag}"
