"""Jobs: what the worker is doing for somebody, how far it is, and what came of it."""

from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed, JsonResponse
from django.shortcuts import redirect
from django.template.defaultfilters import filesizeformat
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from exports import files
from exports.models import Job, State
from usersvc import clock

from ..api.jobs.serializers import percentage, seconds_left
from ..exports import PERMISSIONS
from ..list_exports import ListExport
from . import import_report, job_buttons
from .asking import enqueue, page_of
from .base import DirectoryAdmin
from .job_undoing import undo
from .showing import badge, moment

ACTING = ("users.view_user", "users.manage_user")
TONES = {
    State.QUEUED: "",
    State.RUNNING: "info",
    State.DONE: "good",
    State.FAILED: "bad",
    State.CANCELLED: "warn",
}


@admin.register(Job)
class JobAdmin(DirectoryAdmin):
    """One's own jobs, for superusers everybody's: looked at, taken, cancelled; never changed."""

    list_display = [
        "what",
        "filters",
        "state_of",
        "progress",
        "size",
        "asked",
        "kept_until",
        "owner",
    ]
    list_display_links = ["what"]
    list_select_related = ["owner"]
    sortable_by = ()

    def get_queryset(self, request: HttpRequest) -> Any:
        return Job.objects.visible_to(request.user).not_expired(clock.now()).newest_first()

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        return [
            path("progress", view(self.progress_view), name="exports_job_progress"),
            path("<str:job_id>/file", view(self.file_view), name="exports_job_file"),
            path("<str:job_id>/cancel", view(self.cancel_view), name="exports_job_cancel"),
            path("<str:job_id>/undo", view(self.undo_view), name="exports_job_undo"),
            path("<str:job_id>/again", view(self.again_view), name="exports_job_again"),
            *super().get_urls(),
        ]

    # -- who may

    def allows(self, request: HttpRequest, verb: str) -> bool:
        user: Any = request.user
        # Who takes no files may still have jobs: those that do something to many.
        may = user.has_perms(PERMISSIONS) or user.has_perms(ACTING)
        return verb == "view" and bool(may)

    # -- columns

    def get_list_display(self, request: HttpRequest) -> Any:
        return [*self.list_display, job_buttons.column(request.user)]

    @admin.display(description=_("job"))
    def what(self, job: Job) -> str:
        return what(job)

    @admin.display(description=_("state"))
    def state_of(self, job: Job) -> str:
        return badge(job.get_state_display(), TONES[State(job.state)])

    @admin.display(description=_("progress"))
    def progress(self, job: Job) -> str:
        percent, words = percentage(job), progress_words(job)
        return format_html(
            '<span class="progress" data-job="{}" data-state="{}"><progress max="100" value="{}"'
            ' aria-label="Progress">{} %</progress><span class="words">{}</span></span>',
            job.pk,
            job.state,
            percent,
            percent,
            words,
        )

    @admin.display(description=_("of whom"))
    def filters(self, job: Job) -> str:
        return "; ".join(f"{label}: {text}" for label, text in words_of(job))

    @admin.display(description=_("size"))
    def size(self, job: Job) -> str:
        return filesizeformat(job.bytes) if job.bytes else ""

    @admin.display(description=_("asked for"))
    def asked(self, job: Job) -> str:
        return moment(job.created_at)

    @admin.display(description=_("kept until"))
    def kept_until(self, job: Job) -> str:
        return moment(job.expires_at)

    # -- pages

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Show a job: what was asked for, and what came of it."""
        job = self._find(request, unquote(object_id))
        shown = {
            **self.admin_site.each_context(request),
            "title": what(job),
            "opts": self.opts,
            "job": job,
            "badge": self.state_of(job),
            "progress": self.progress(job),
            "asked": asked_for(job),
            "size": self.size(job),
            "may_take": job_buttons.may_take(job, request.user),
            "may_repeat": job_buttons.may_repeat(job, request.user),
            "may_undo": job_buttons.may_undo(job, request.user),
            "may_cancel": job_buttons.may_cancel(job),
        }
        if job.kind == Job.Kind.IMPORT:
            shown |= import_report.context(request, job)
        name = "import" if job.kind == Job.Kind.IMPORT else "job"
        return TemplateResponse(request, f"admin/exports/job/{name}.html", shown)

    def progress_view(self, request: HttpRequest) -> JsonResponse:
        """Tell how far the jobs in sight are, for pages that show it."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        jobs = self.get_queryset(request).select_related(None)[: self.list_per_page]
        return JsonResponse(
            {
                job.pk: {
                    "state": job.state,
                    "percent": percentage(job),
                    "words": progress_words(job),
                }
                for job in jobs
            }
        )

    def file_view(self, request: HttpRequest, job_id: str) -> HttpResponse:
        """Lead the owner to the file, by a link that is good for a minute."""
        job = self._find(request, job_id)
        if job.owner_id != request.user.pk or not job.file_key:
            raise Http404
        return redirect(files.link(job))

    def cancel_view(self, request: HttpRequest, job_id: str) -> HttpResponse:
        """End a job before its time."""
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        if self._find(request, job_id).cancel():
            messages.success(request, gettext("The job was cancelled."))
        else:
            messages.info(request, gettext("The job had ended already."))
        return redirect(reverse("admin:exports_job_changelist"))

    def again_view(self, request: HttpRequest, job_id: str) -> HttpResponse:
        """Have the file of a job of one's own made anew, of whom its filters match now."""
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        job = self._find(request, job_id)
        if not job_buttons.may_repeat(job, request.user):
            raise Http404
        try:
            new = enqueue(request, ListExport.of(job.spec))
        except PermissionError as error:  # a column that was for the owner once
            raise PermissionDenied from error
        return redirect(page_of(new) if new else reverse("admin:exports_job_changelist"))

    def undo_view(self, request: HttpRequest, job_id: str) -> HttpResponse:
        """Undo what a job of one's own has just done to many, by another job."""
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        job = self._find(request, job_id)
        if not job_buttons.may_undo(job, request.user):
            messages.error(request, gettext("It is too late to undo that."))
            return redirect(page_of(job))
        new = undo(request, job)
        return redirect(page_of(new or job))

    def _find(self, request: HttpRequest, job_id: str) -> Job:
        if not self.has_view_permission(request):
            raise PermissionDenied
        job: Job | None = self.get_queryset(request).with_id(job_id).first()
        if job is None:
            raise Http404
        return job


def what(job: Job) -> str:
    """Return what a job is, in a few words."""
    if job.kind == Job.Kind.ACTION:
        return str(job.spec["title"])
    if job.kind == Job.Kind.IMPORT:
        name = job.request.get("file") or gettext("a file")
        words = (
            gettext("Check of %(name)s")
            if job.spec.get("dry_run")
            else gettext("Import of %(name)s")
        )
        return words % {"name": name}
    kind = str(job.spec.get("format", "json")).upper()
    return gettext("Export of users as %(format)s") % {"format": kind}


def progress_words(job: Job) -> str:
    """Return how far a job is, for a reader."""
    if job.error_code:
        return job.error_text
    rows = f"{job.rows_done:,}"
    if job.state == State.DONE:
        return gettext("%(rows)s rows") % {"rows": rows}
    seconds = seconds_left(job, clock.now())
    left = "" if seconds is None else gettext(", %(n)s s left") % {"n": f"{seconds:,}"}
    total = f"{job.rows_total:,}" if job.rows_total else "?"
    words = gettext("%(rows)s of %(total)s rows") % {"rows": rows, "total": total} + left
    return words if job.state == State.RUNNING else gettext("Waiting")


def words_of(job: Job) -> list[tuple[str, str]]:
    """Return whom a job is about, as labels and texts for a reader."""
    if "words" in job.spec:
        return [(label, text) for label, text in job.spec["words"]]
    filters = job.request.get("filters") or {}
    return [(name, _told(value)) for name, value in filters.items()]


def asked_for(job: Job) -> list[tuple[str, str]]:
    """Return everything that was asked for, as labels and texts for a reader."""
    given = {name: value for name, value in job.request.items() if name != "filters"}
    asked = [(name, _told(value)) for name, value in sorted(given.items())]
    columns = job.spec.get("columns")
    if columns and job.kind == Job.Kind.EXPORT:
        asked.append((gettext("columns"), ", ".join(title or name for name, title in columns)))
    if zone := job.spec.get("zone"):
        asked.append((gettext("time zone"), zone))
    return [*asked, *words_of(job)]


def _told(value: Any) -> str:
    if isinstance(value, dict):
        return "; ".join(f"{name}: {_told(inner)}" for name, inner in value.items())
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)
