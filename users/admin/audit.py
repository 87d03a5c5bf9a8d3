"""The audit in the admin: a timeline of what was done, which nobody changes."""

from typing import Any

from django.contrib import admin
from django.contrib.admin.views.main import ChangeList
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from usersvc.api.errors import RequestInvalid
from usersvc.api.pagination import window

from ..models import AuditEntry
from ..models.audit_queryset import SEARCHED
from .audit_export import AuditExports
from .audit_question import AuditPanel, AuditQuestion
from .audit_words import tell
from .question_list import QuestionList
from .shared import PresentedAdmin

SIZE = 50
# What the admin's own addresses hold beside the question.
NOT_ASKED = ("o", "_popup", "_to_field")

admin.site.unregister(AuditEntry)  # auditlog's own admin, which knows no sight


class AuditList(QuestionList):
    """A page of the entries asked for: of however many, they are counted up to a cap."""

    question: AuditQuestion

    def get_queryset(self, request: HttpRequest, exclude_parameters: Any = None) -> Any:
        asked = request.GET.copy()
        for name in NOT_ASKED:
            asked.pop(name, None)
        self.question = AuditQuestion(asked, request.user)
        try:
            entries = self.question.entries()
        except RequestInvalid as error:
            self.faults = error.faults
            return AuditEntry.objects.none().order_by("pk")
        self.faults = []
        return entries

    def get_results(self, request: HttpRequest) -> None:
        answers = {} if self.faults else self.question.answers
        self.page_num = number = answers.get("p") or 1
        found = window(self.queryset, number, SIZE)
        self.is_capped, self.has_next = found.is_capped, found.more
        self.result_count, self.full_result_count = found.total, None
        self.result_list = list(found.rows.select_related("content_type", "actor"))
        self.told = tell(self.result_list, request.user)
        self.show_full_result_count = self.show_admin_actions = False
        self.can_show_all, self.multi_page, self.paginator = False, False, None
        self.first = (number - 1) * SIZE + 1
        self.last = self.first + len(self.result_list) - 1

    @property
    def is_searched_in_part(self) -> bool:
        """Whether a search looked at the newest entries alone."""
        return bool(self.query and not self.faults)

    @property
    def searched(self) -> int:
        """How many entries a search looks at."""
        return SEARCHED


@admin.register(AuditEntry)
class AuditEntryAdmin(AuditExports, PresentedAdmin):
    """The audit: entries of the organizations in sight, which nobody changes."""

    change_list_template = "admin/users/auditentry/change_list.html"
    change_form_template = "admin/users/auditentry/change_form.html"
    icon = "scroll-text"
    intro = _("Every change, sign-in, look and file, with who it was, when, and from where.")
    empty = _("Nothing happened yet")
    empty_hint = _("Each change and each file leaves an entry here. Nobody can change one.")
    fields = readonly_fields = ("timestamp",)
    list_display = ["timestamp"]

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return AuditList

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        visible: QuerySet[Any] = AuditEntry.objects.visible_to(request.user)
        return visible.select_related("content_type", "actor", "organization")

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> Any:
        """Answer with the list; 400, with what is wrong, where the question is not understood."""
        answer: Any = super().changelist_view(request, extra_context)
        cl = getattr(answer, "context_data", {}).get("cl")
        if cl is None:
            return answer
        panel = AuditPanel(cl.question, self.admin_site)
        media = answer.context_data["media"] + panel.media()
        answer.context_data |= {"panel": panel, "media": media}
        if cl.faults:
            answer.status_code = 400
        return answer

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> Any:
        (told,) = tell([kwargs["obj"]], request.user)
        context |= {"told": told, "title": f"{told.words}: {told.entry.object_repr}"}
        context["subtitle"] = None
        return super().render_change_form(request, context, *args, **kwargs)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def may_see_audit(self, request: HttpRequest) -> bool:
        return False  # an entry has no entries
