"""What happened to a person, as the audit knows it: newest first, with what changed."""

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path

from usersvc.api.fields import is_storable
from usersvc.api.pagination import window

from ..models import AuditEntry
from ..models.doings import Doing
from .audit_words import tell
from .person_page import PersonPage

SIZE = 25
MOST_PAGES = 10_000


class PersonTimeline(PersonPage):
    """The tab about what happened."""

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.timeline_view)
        return [
            path("<path:object_id>/timeline/", view, name="users_user_timeline"),
            *super().get_urls(),
        ]

    def timeline_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Show a page of what happened to a person."""
        person = self.person_or_404(request, object_id)
        audit: admin.ModelAdmin = self.admin_site.get_model_admin(AuditEntry)
        if not audit.has_view_permission(request):
            raise PermissionDenied
        entries = AuditEntry.objects.visible_to(request.user).about([str(person.pk)])
        # Each look at this page leaves an entry, which the audit itself shows.
        entries = entries.telling_of([doing for doing in Doing if doing is not Doing.VIEW])
        number = page_number(request.GET.get("p", ""))
        found = window(entries.newest_first(), number, SIZE)
        shown = {
            **self.admin_site.each_context(request),
            **self.header(request, person),
            "title": person.name,
            "opts": self.opts,
            "events": tell(found.rows.select_related("actor", "content_type"), request.user),
            "number": number,
            "has_more": found.more,
        }
        return TemplateResponse(request, "admin/users/user/person/timeline.html", shown)


def page_number(text: str) -> int:
    """Return the number of a page; the first one for what is none."""
    if not (is_storable(text) and text.isascii() and text.isdigit()):
        return 1
    return min(max(int(text[:6]), 1), MOST_PAGES)
