"""The list of the audit as a file: every entry that matches, in the order of the list."""

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.urls import URLPattern, path, reverse

from exports import downloads
from usersvc.api.errors import Busy, Refusal, RequestInvalid

from ..audit_exports import PERMISSIONS, WORDS, AuditExport
from ..standing import withdrawn
from .export_dialog import sentence

# What leads from one page of a list to another.
PAGE = "p"


class AuditExports(admin.ModelAdmin):
    """Files of the audit, through the one pipeline."""

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.export_view)
        name = "users_auditentry_export"
        return [path("export/<str:word>", view, name=name), *super().get_urls()]

    def has_export_permission(self, request: HttpRequest) -> bool:
        """Return whether the request's user may take files of the audit."""
        user: Any = request.user
        return bool(user.has_perms(PERMISSIONS))

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> Any:
        may_export = {"may_export": self.has_export_permission(request)}
        return super().changelist_view(request, (extra_context or {}) | may_export)

    def export_view(self, request: HttpRequest, word: str) -> HttpResponseBase:
        """Answer with all that match the list's parameters, in its order."""
        if not self.has_export_permission(request):
            raise PermissionDenied
        if word not in WORDS or request.method not in ("GET", "HEAD"):
            raise Http404
        there = reverse("admin:users_auditentry_changelist")
        changelist: Any = self.get_changelist_instance(request)
        if changelist.faults:  # the list tells which
            return redirect(f"{there}?{request.GET.urlencode()}")
        question = changelist.question
        given = {name: value for name, value in question.given().items() if name != PAGE}
        asked = AuditExport.of(request.user, question.entries(), given, word)
        try:
            if request.method == "HEAD":
                return downloads.head(request, asked)
            asked.refuse_too_many()
            return downloads.answer(request, asked, withdrawn(request, PERMISSIONS))
        except (Busy, Refusal, RequestInvalid) as error:
            self.message_user(request, sentence(error), messages.ERROR)
            return redirect(f"{there}?{request.GET.urlencode()}")
