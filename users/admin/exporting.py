"""The list of people as a file: those that are ticked, or all that match."""

from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.urls import URLPattern, path, reverse

from exports import downloads
from exports.formats import FORMATS
from exports.models import Job, TooManyJobsError
from usersvc import clock
from usersvc.api.errors import Busy, Refusal, RequestInvalid

from ..actor import current_address
from ..api.export.serializers import COLUMNS
from ..exports import PERMISSIONS, UserExport
from ..standing import withdrawn
from .actions import count_of
from .jobs import page_of

# What a job writes: its file is packed, which other formats are already.
BY_JOB = ("csv", "json")


class Selected:
    """The ticked ones, for the audit and for the reader of a file."""

    def __init__(self, actor: Any, ids: Sequence[str]) -> None:
        self.actor = actor
        self.ids = list(ids)

    def given(self) -> dict[str, Any]:
        """Return the ids."""
        return {"selected": self.ids}

    def words(self) -> list[tuple[str, str]]:
        """Return how many they are."""
        return [("Selected", count_of(len(self.ids)))]


class ExportActions(admin.ModelAdmin):
    """Files of people, in the order of the list, through the one pipeline."""

    def has_export_permission(self, request: HttpRequest) -> bool:
        """Return whether the request's user may take files."""
        user: Any = request.user
        return bool(user.has_perms(PERMISSIONS))

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.export_view)
        by_job = self.admin_site.admin_view(self.export_job_view)
        return [
            path("export/job", by_job, name="users_user_export_job"),
            path("export/<str:word>", view, name="users_user_export"),
            *super().get_urls(),
        ]

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> Any:
        may_export = {"may_export": self.has_export_permission(request)}
        return super().changelist_view(request, (extra_context or {}) | may_export)

    @admin.action(description="Export selected users as CSV", permissions=["export"])
    def export_csv(self, request: HttpRequest, queryset: QuerySet[Any]) -> Any:
        return self._export_ticked(request, queryset, "csv")

    @admin.action(description="Export selected users as Excel", permissions=["export"])
    def export_xlsx(self, request: HttpRequest, queryset: QuerySet[Any]) -> Any:
        return self._export_ticked(request, queryset, "xlsx")

    @admin.action(description="Export selected users as JSON", permissions=["export"])
    def export_json(self, request: HttpRequest, queryset: QuerySet[Any]) -> Any:
        return self._export_ticked(request, queryset, "json")

    @admin.action(description="Export selected users as PDF", permissions=["export"])
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
        answer = self._export(request, changelist.queryset, changelist.question, word)
        return answer or redirect(asked)

    def export_job_view(self, request: HttpRequest) -> HttpResponseBase:
        """Ask for a job that exports all who match the list's parameters, and show it."""
        if not self.has_export_permission(request):
            raise PermissionDenied
        word = request.POST.get("format", "")
        if request.method != "POST" or word not in BY_JOB:
            raise Http404
        asked = f"{reverse('admin:users_user_changelist')}?{request.GET.urlencode()}"
        changelist: Any = self.get_changelist_instance(request)
        if changelist.faults:
            return redirect(asked)
        try:
            job = Job.objects.enqueue(
                request.user,
                Job.Kind.EXPORT,
                clock.now(),
                spec=changelist.spec(word),
                request={"format": word, "filters": changelist.question.given()},
                address=current_address(),
            )
        except TooManyJobsError:
            most = settings.JOBS_PER_CALLER
            self.message_user(request, f"{most} jobs of yours wait or run.", messages.ERROR)
            return redirect(asked)
        return redirect(page_of(job))

    def _export_ticked(self, request: HttpRequest, people: Any, word: str) -> Any:
        if request.POST.get("select_across") == "1":
            changelist: Any = self.get_changelist_instance(request)
            question = changelist.question
        else:
            question = Selected(request.user, request.POST.getlist(ACTION_CHECKBOX_NAME))
        return self._export(request, people, question, word)

    def _export(
        self, request: HttpRequest, people: Any, question: Any, word: str
    ) -> HttpResponseBase | None:
        """Return the file; None, and a message, when there can be none."""
        export = UserExport(
            family="admin",
            question=question,
            people=people,
            columns=COLUMNS,
            format=FORMATS[word],
            at=clock.now(),
        )
        try:
            export.refuse_too_many(export.most_rows)
        except RequestInvalid as error:
            self.message_user(request, error.faults[0].message.capitalize(), messages.ERROR)
            return None
        if request.method == "HEAD":
            return downloads.head(request, export)
        try:
            return downloads.answer(request, export, withdrawn(request, export.permissions))
        except (Busy, Refusal) as error:
            self.message_user(request, str(error.detail).capitalize(), messages.ERROR)
            return None
