from typing import Any

from rest_framework.permissions import BasePermission
from rest_framework.request import Request


class HasPermissions(BasePermission):
    """Admits a signed-in caller who holds all of the view's required_permissions.

    The default of every view: one that forgets to say what it requires admits nobody.
    """

    def has_permission(self, request: Request, view: Any) -> bool:
        required = getattr(view, "required_permissions", None)
        if required is None or not request.user.is_authenticated:
            return False
        return bool(request.user.has_perms(required))
