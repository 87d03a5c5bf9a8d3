"""What the lists and pages of organizations, roles, groups, sites, tags and connections share."""

from typing import Any
from urllib.parse import urlencode

from django.contrib import admin
from django.db.models import Model
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from ..capped import COUNTED
from ..models import User
from .base import DirectoryAdmin, is_autocomplete
from .forms import NamedForm


class PresentedAdmin(DirectoryAdmin):
    """A list that says what it holds, also while it is empty."""

    change_list_template = "admin/users/shared/change_list.html"
    empty_value_display = "–"
    icon = "users"
    intro: Any = ""
    empty: Any = ""
    empty_hint: Any = ""

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> Any:
        presented = {
            "icon": self.icon,
            "intro": self.intro,
            "empty": self.empty,
            "empty_hint": self.empty_hint,
        }
        return super().changelist_view(request, presented | (extra_context or {}))


class SharedAdmin(PresentedAdmin):
    """The base of what people belong to; such a thing can be deleted while it has nobody."""

    change_form_template = "admin/users/shared/change_form.html"
    people_field: str
    people_filter: str
    form = NamedForm
    list_display = ["name", "about", "people"]
    search_fields = ["name_key__contains"]
    search_help_text = _("Search by name")
    readonly_fields = ["id", "created_at", "updated_at"]

    def get_queryset(self, request: HttpRequest) -> Any:
        rows = self.in_sight(request)
        if is_autocomplete(request):
            return rows
        people = User.objects.visible_to(request.user)
        return rows.with_headcounts(people, self.people_field)

    def in_sight(self, request: HttpRequest) -> Any:
        """Return the rows that the user sees."""
        return super().get_queryset(request)

    @admin.display(description=_("description"))
    def about(self, row: Any) -> str:
        return format_html('<span class="about">{}</span>', row.description)

    @admin.display(description=_("people"), ordering="headcount")
    def people(self, row: Any) -> str:
        """Link to the list of the people who have it, by their number."""
        return people_link(people_address(self.people_filter, row.pk), row.headcount)

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> Any:
        row = kwargs.get("obj")
        if row is not None:
            context |= {"title": str(row), "subtitle": None}
        context["people"] = self.people(row) if hasattr(row, "headcount") else ""
        context["intro"], context["icon"] = self.intro, self.icon
        return super().render_change_form(request, context, *args, **kwargs)

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Allow it for one thing at a time, and only while nobody, deleted or not, has it."""
        return (
            obj is not None
            and self.has_change_permission(request, obj)
            and not User.all_objects.filter(**{self.people_field: obj}).exists()
        )


def people_address(name: str, value: Any) -> str:
    """Return the address of the list of the people whom a filter leaves."""
    return f"{reverse('admin:users_user_changelist')}?{urlencode({name: value})}"


def people_link(address: str, number: int, *, capped: bool = True) -> str:
    """Return a number of people, capped as their list caps it, as a link to the list."""
    figure = f"{COUNTED:,}+" if capped and number > COUNTED else f"{number:,}"
    return format_html('<a class="headcount" href="{}">{}</a>', address, figure)
