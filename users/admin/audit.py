import json
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html, format_html_join

from ..models import AuditEntry, Organization
from .base import DirectoryAdmin
from .changes import before_and_after

LONGEST = 120
FIRST = 4
SHOWN = (
    "timestamp",
    "event",
    "action",
    "content_type",
    "object_repr",
    "object_pk",
    "actor",
    "actor_email",
    "remote_addr",
    "organization",
    "changed",
    "details",
)

admin.site.unregister(AuditEntry)  # auditlog's own admin, which knows no sight


class ObjectFilter(admin.SimpleListFilter):
    """Only the entries of one thing; its page links here."""

    title, parameter_name = "object", "object"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Any:
        asked = request.GET.get(self.parameter_name)
        return [(asked, asked)] if asked else []

    def queryset(self, request: HttpRequest, entries: Any) -> Any:
        return entries.filter(object_pk=self.value()) if self.value() else entries


@admin.register(AuditEntry)
class AuditEntryAdmin(DirectoryAdmin):
    """The audit: entries of the organizations in sight, which nobody changes."""

    fields = readonly_fields = SHOWN
    list_display = [
        "timestamp",
        "event",
        "content_type",
        "object_repr",
        "action",
        "summary",
        "actor",
        "remote_addr",
    ]
    list_display_links = ["timestamp", "object_repr"]
    list_filter = ["event", "action", "timestamp", ObjectFilter]
    list_select_related = ["content_type", "actor"]
    search_fields = ["object_repr", "actor_email"]
    search_help_text = "Words in the object's name or the actor's e-mail address"
    ordering = ["-timestamp", "-id"]
    sortable_by = ["timestamp"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        entries = super().get_queryset(request)
        actor: Any = request.user
        if actor.is_superuser:
            return entries
        return entries.filter(organization__in=Organization.objects.visible_to(actor))

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def may_see_audit(self, request: HttpRequest) -> bool:
        return False  # an entry has no entries

    @admin.display(description="changes")
    def summary(self, entry: Any) -> str:
        names = list(entry.changes or {})
        more = f" and {len(names) - FIRST} more" if len(names) > FIRST else ""
        text = ", ".join(names[:FIRST]) + more
        if not text and entry.additional_data:
            text = ", ".join(f"{name}: {value}" for name, value in entry.additional_data.items())
        return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"

    @admin.display(description="changes")
    def changed(self, entry: Any) -> str:
        rows = [(name, *before_and_after(change)) for name, change in (entry.changes or {}).items()]
        if not rows:
            return self.get_empty_value_display()
        return format_html(
            '<table class="changes"><thead><tr><th>Field</th><th>Before</th><th>After</th></tr>'
            "</thead><tbody>{}</tbody></table>",
            format_html_join("", "<tr><th>{}</th><td>{}</td><td>{}</td></tr>", rows),
        )

    @admin.display(description="details")
    def details(self, entry: Any) -> str:
        if not entry.additional_data:
            return self.get_empty_value_display()
        text = json.dumps(entry.additional_data, indent=2, ensure_ascii=False)
        return format_html("<pre>{}</pre>", text)
