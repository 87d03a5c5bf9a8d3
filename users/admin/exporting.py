"""The list of people as a file: those that are ticked, or all that match."""

from dataclasses import replace
from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext_lazy as _

from exports import downloads
from exports.formats import FORMATS
from usersvc.api.errors import Busy, Refusal, RequestInvalid

from ..list_exports import ListExport
from .export_dialog import ExportDialog, file_of, sentence


class ExportActions(ExportDialog):
    """Files of people, in the order of the list, through the one pipeline."""

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.export_view)
        return [
            path("export/<str:word>", view, name="users_user_export"),
            *super().get_urls(),
        ]

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> Any:
        may_export = {"may_export": self.has_export_permission(request)}
        return super().changelist_view(request, (extra_context or {}) | may_export)

    @admin.action(description=_("Export selected users as CSV"), permissions=["export"])
    def export_csv(self, request: HttpRequest, queryset: QuerySet[Any]) -> Any:
        return self._export_ticked(request, queryset, "csv")

    @admin.action(description=_("Export selected users as Excel"), permissions=["export"])
    def export_xlsx(self, request: HttpRequest, queryset: QuerySet[Any]) -> Any:
        return self._export_ticked(request, queryset, "xlsx")

    @admin.action(description=_("Export selected users as JSON"), permissions=["export"])
    def export_json(self, request: HttpRequest, queryset: QuerySet[Any]) -> Any:
        return self._export_ticked(request, queryset, "json")

    @admin.action(description=_("Export selected users as PDF"), permissions=["export"])
    def export_pdf(self, request: HttpRequest, queryset: QuerySet[Any]) -> Any:
        return self._export_ticked(request, queryset, "pdf")

    def export_view(self, request: HttpRequest, word: str) -> HttpResponseBase:
        """Answer with all that match the list's parameters, in its order."""
        if not self.has_export_permission(request):
            raise PermissionDenied
        if word not in FORMATS or request.method not in ("GET", "HEAD"):
            raise Http404
        people = reverse("admin:users_user_changelist")
        asked = f"{people}?{request.GET.urlencode()}"
        changelist: Any = self.get_changelist_instance(request)
        if changelist.faults:  # the list tells which
            return redirect(asked)
        answer = self._export(request, ListExport.of(changelist.spec(word)))
        return answer or redirect(asked)

    def _export_ticked(self, request: HttpRequest, people: Any, word: str) -> Any:
        changelist: Any = self.get_changelist_instance(request)
        asked = ListExport.of(changelist.spec(word))
        if request.POST.get("select_across") != "1":
            asked = replace(asked, ids=request.POST.getlist(ACTION_CHECKBOX_NAME))
        return self._export(request, asked)

    def _export(self, request: HttpRequest, asked: ListExport) -> HttpResponseBase | None:
        """Return the file; None, and a message, when there can be none."""
        try:
            if request.method != "HEAD":
                return file_of(request, asked)
            return downloads.head(request, asked.export(request.user))
        except (Busy, Refusal, RequestInvalid) as error:
            self.message_user(request, sentence(error), messages.ERROR)
            return None
