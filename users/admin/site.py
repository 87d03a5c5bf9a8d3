from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from .sign_in import SignInForm


class DirectoryAdminSite(admin.AdminSite):
    """The admin: for who holds users.access_admin; nothing in it deletes rows in bulk."""

    site_header = "usersvc"
    site_title = "usersvc"
    index_title = "Directory"
    site_url = None
    login_form = SignInForm

    def __init__(self, name: str = "admin") -> None:
        super().__init__(name)
        self.disable_action("delete_selected")

    def has_permission(self, request: HttpRequest) -> bool:
        user: Any = request.user
        return bool(user.is_active and user.has_perm("users.access_admin"))
