from typing import Any

from django.contrib.auth.models import Permission
from django.db import models
from django.utils.translation import gettext_lazy as _

from .named import Named


class Role(Named):
    """A named set of permissions; people may hold several roles."""

    permissions = models.ManyToManyField(Permission, blank=True, related_name="roles")
    shipped = models.BooleanField(
        default=False, editable=False, help_text=_("Came with the product and cannot be deleted.")
    )

    class Meta:
        ordering = ["name_key"]
        default_permissions = ("view", "manage")
        constraints = [models.UniqueConstraint(fields=["name_key"], name="role_name_unique")]

    def permission_names(self) -> list[str]:
        """Return the permissions that the role gives, such as users.view_user, sorted."""
        return sorted(
            f"{permission.content_type.app_label}.{permission.codename}"
            for permission in self.permissions.all()
        )


def with_permissions(roles: Any) -> Any:
    """Return roles whose permission_names() ask nothing more."""
    return roles.prefetch_related("permissions__content_type")
