"""The permissions of this product: whatever roles and service accounts can be given."""

from typing import Any

from django.contrib.auth.models import Permission


def all_permissions() -> Any:
    """Return the permissions of this product."""
    return Permission.objects.filter(content_type__app_label="users")


def permissions_by_name() -> dict[str, Permission]:
    """Return them by their names, such as users.view_user."""
    return {f"users.{permission.codename}": permission for permission in all_permissions()}
