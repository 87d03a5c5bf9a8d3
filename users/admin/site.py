from typing import Any

from allauth.account.utils import get_next_redirect_url
from django.contrib import admin, messages
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from ..sign_in.enrolment import must_enrol
from .navigation import navigation
from .overview import overview
from .reports import reports_view


class DirectoryAdminSite(admin.AdminSite):
    """The admin: for who holds users.access_admin; nothing in it deletes rows in bulk."""

    site_header = "usersvc"
    site_title = "usersvc"
    index_title = _("Overview")
    site_url = None
    enable_nav_sidebar = False  # ours is in the templates, on every page

    def __init__(self, name: str = "admin") -> None:
        super().__init__(name)
        self.disable_action("delete_selected")

    def get_urls(self) -> list[Any]:
        # No model has a page outside; asked for one by a forged id, Django's view would crash.
        urls = [url for url in super().get_urls() if getattr(url, "name", "") != "view_on_site"]
        return [path("reports/", self.admin_view(self.reports), name="reports"), *urls]

    def reports(self, request: HttpRequest) -> HttpResponse:
        """Show questions that are asked again and again."""
        return reports_view(request, self.each_context(request))

    def each_context(self, request: HttpRequest) -> dict[str, Any]:
        context = super().each_context(request)
        return context | {"navigation": navigation(request, context["available_apps"])}

    def index(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> TemplateResponse:
        user: Any = request.user
        shown = {"overview": overview(request)} if user.has_perm("users.view_user") else {}
        return super().index(request, shown | (extra_context or {}))

    def has_permission(self, request: HttpRequest) -> bool:
        user: Any = request.user
        may_enter = bool(user.is_active and user.has_perm("users.access_admin"))
        return may_enter and not must_enrol(user)

    def login(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Lead to the sign-in page of everybody, or to what somebody who is signed in lacks."""
        user: Any = request.user
        wanted = get_next_redirect_url(request) or reverse("admin:index")
        if not user.is_authenticated:
            return redirect_to_login(wanted)
        if self.has_permission(request):
            return redirect(wanted)
        if must_enrol(user):
            messages.warning(
                request, gettext("Set up a second factor first: the admin needs one of you.")
            )
            return redirect("mfa_index")
        raise PermissionDenied
