"""The page around the list of people: its filters, its columns, and what it says of mistakes."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.views.main import ChangeList
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import redirect
from django.urls import URLPattern, path, reverse
from django.utils.http import url_has_allowed_host_and_scheme

from ..models import ListPreference
from ..models.list_preference import PAGE_SIZES
from .filter_panel import FilterPanel
from .people_columns import ALL, FIRST, known
from .people_list import PeopleList
from .views import opened


class ColumnsForm(forms.Form):
    """Which columns to show, and how many rows a page."""

    columns = forms.MultipleChoiceField(choices=[(name, name) for name in ALL], required=False)
    page_size = forms.TypedChoiceField(choices=[(n, n) for n in PAGE_SIZES], coerce=int)


class PeoplePage(admin.ModelAdmin):
    """What the page of the list needs beside Django's own."""

    change_list_template = "admin/users/user/change_list.html"

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.columns_view)
        return [path("columns", view, name="users_user_columns"), *super().get_urls()]

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return PeopleList

    def get_list_display(self, request: HttpRequest) -> Any:
        if view := opened(request):
            return known(view.columns)
        return known(ListPreference.objects.of(request.user).columns)

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> Any:
        """Answer with the list; 400, with what is wrong, where the question is not understood."""
        answer: Any = super().changelist_view(request, extra_context)
        cl = getattr(answer, "context_data", {}).get("cl")
        if cl is None:
            return answer
        panel = FilterPanel(cl.question, self.admin_site)
        answer.context_data |= {
            "panel": panel,
            "media": answer.context_data["media"] + panel.media(),
            "columns": self._columns(request),
            "page_sizes": PAGE_SIZES,
            "here": request.get_full_path(),
        }
        if cl.faults:
            answer.status_code = 400
        return answer

    def columns_view(self, request: HttpRequest) -> HttpResponse:
        """Remember the columns that were chosen, and lead back to the list."""
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        if not self.has_view_permission(request):
            raise PermissionDenied
        form = ColumnsForm(request.POST)
        if form.is_valid():
            chosen = form.cleaned_data
            ListPreference.objects.keep(request.user, chosen["columns"], chosen["page_size"])
        else:
            for name, errors in form.errors.items():
                messages.error(request, f"{name}: {' '.join(map(str, errors))}")
        there = request.POST.get("next", "")
        people = reverse("admin:users_user_changelist")
        is_ours = url_has_allowed_host_and_scheme(there, None) and there.startswith(people)
        return redirect(there if is_ours else people)

    def _columns(self, request: HttpRequest) -> list[tuple[str, str, bool]]:
        """Return name, label and whether it is shown of each column; those shown come first."""
        shown = self.get_list_display(request)
        names = [*shown, *(name for name in ALL if name not in shown)]
        return [(name, self._label(name), name in shown) for name in names if name != FIRST]

    def _label(self, name: str) -> str:
        column = getattr(self, name, None)
        given = getattr(column, "short_description", "") if column else ""
        label = str(given or name.replace("_", " "))
        return label[:1].upper() + label[1:]
