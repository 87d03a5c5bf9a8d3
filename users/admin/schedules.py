"""Scheduled exports: what is made when, what came of it last, and what is done with one."""

from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.utils import quote
from django.contrib.humanize.templatetags.humanize import naturaltime
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import redirect
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from usersvc import clock, zones

from ..exports import PERMISSIONS
from ..models import ExportSchedule
from ..notices import rules, schedules
from .schedule_form import ScheduleForm
from .shared import PresentedAdmin
from .showing import badge, moment

STATES = {
    "queued": (_("Begun"), "info"),
    "done": (_("Done"), "good"),
    "failed": (_("Failed"), "bad"),
    "cancelled": (_("Cancelled"), "warn"),
}


@admin.register(ExportSchedule)
class ExportScheduleAdmin(PresentedAdmin):
    """One's own schedules, for superusers everybody's; made in the dialog of an export."""

    change_list_template = "admin/users/webhook/change_list.html"
    change_form_template = "admin/users/exportschedule/change_form.html"
    icon = "calendar-clock"
    intro = _(
        "A scheduled export makes the same file again and again, of whom its filters match then. "
        "Each run is a job of yours, and its file is kept as a job's is."
    )
    empty = _("No scheduled exports yet")
    empty_hint = _("Export users from their list, and choose “Repeat” in the dialog.")
    form = ScheduleForm
    fields = ("name", "preset", "rule", "zone")
    list_display = ("name", "what", "when", "next", "last_run", "state_of", "owner")
    list_select_related = ("owner",)
    sortable_by = ()

    def get_queryset(self, request: HttpRequest) -> Any:
        visible = ExportSchedule.objects.visible_to(request.user)
        return visible.select_related("owner").order_by("name", "pk")

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.verb_view)
        there = path("<uuid:pk>/<slug:verb>", view, name="users_exportschedule_verb")
        return [there, *super().get_urls()]

    # -- who may

    def allows(self, request: HttpRequest, verb: str) -> bool:
        user: Any = request.user
        return bool(user.has_perms(PERMISSIONS))

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return obj is not None and self.allows(request, "manage")

    # -- columns

    @admin.display(description=_("file"))
    def what(self, schedule: ExportSchedule) -> str:
        told = "; ".join(f"{label}: {text}" for label, text in schedule.spec.get("words", []))
        kind = str(schedule.spec.get("format", "csv")).upper()
        return format_html('{} <span class="second">{}</span>', kind, told)

    @admin.display(description=_("when"))
    def when(self, schedule: ExportSchedule) -> str:
        return when(schedule)

    @admin.display(description=_("next run"))
    def next(self, schedule: ExportSchedule) -> str:
        return next_of(schedule)

    @admin.display(description=_("last run"))
    def last_run(self, schedule: ExportSchedule) -> str:
        return outcome(schedule)

    @admin.display(description=_("state"))
    def state_of(self, schedule: ExportSchedule) -> str:
        return state_badge(schedule)

    # -- the form

    def get_form(
        self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any
    ) -> Any:
        form: Any = super().get_form(request, obj, change=change, **kwargs)
        form.owner = obj.owner if obj else request.user
        return form

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> Any:
        context |= {"intro": self.intro, "icon": self.icon}
        if (schedule := kwargs.get("obj")) is not None:
            context |= {
                "title": str(schedule),
                "subtitle": None,
                "state": state_badge(schedule),
                "when": when(schedule),
                "next": next_of(schedule),
                "outcome": outcome(schedule),
                "asked": schedule.spec.get("words", []),
                "kind": str(schedule.spec.get("format", "csv")).upper(),
                "zones": sorted(zones.names().values()),
                "is_own": schedule.owner_id == request.user.pk,
            }
        return super().render_change_form(request, context, *args, **kwargs)

    # -- what is done with one

    def verb_view(self, request: HttpRequest, pk: Any, verb: str) -> HttpResponse:
        """Pause, go on, or run now."""
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        if not self.allows(request, "manage"):
            raise PermissionDenied
        schedule = self.get_queryset(request).filter(pk=pk).first()
        if schedule is None:
            raise Http404
        if verb == "pause":
            schedule.pause()
            messages.success(request, gettext("It does not run until you switch it on."))
        elif verb == "resume":
            schedule.resume(rules.next_run(schedule.rule, schedule.zone, clock.now()))
            messages.success(request, gettext("It runs again by its rule."))
        elif verb == "run" and schedule.owner_id == request.user.pk:
            _run(request, schedule)
        else:
            raise Http404
        return redirect("admin:users_exportschedule_change", pk)


def _run(request: HttpRequest, schedule: ExportSchedule) -> None:
    job = schedules.run(schedule, clock.now())
    if job is None:
        schedule.refresh_from_db()
        messages.error(request, gettext(schedule.last_problem))
        return
    words = gettext('It runs now, as the job <a href="{}">{}</a>.')
    messages.success(request, format_html(words, _page(job.pk), job.pk))


def _page(job_id: str) -> str:
    return reverse("admin:exports_job_change", args=[quote(job_id)])


def when(schedule: ExportSchedule) -> str:
    """Return the rule in words, and its zone."""
    told = rules.words(schedule.rule)
    return format_html('{} <span class="second">{}</span>', told, schedule.zone)


def next_of(schedule: ExportSchedule) -> str:
    """Return when the next run is: how soon, and the instant."""
    if not schedule.is_active or schedule.next_run_at is None:
        return "–"
    soon = naturaltime(schedule.next_run_at)
    return format_html('{} <span class="second">{} UTC</span>', soon, moment(schedule.next_run_at))


def outcome(schedule: ExportSchedule) -> str:
    """Return how the last run went, when it was, and why it failed, with the way to its job."""
    if not schedule.last_state or schedule.last_run_at is None:
        return gettext("never")
    label, tone = STATES[schedule.last_state]
    word, at = badge(str(label), tone), moment(schedule.last_run_at)
    if schedule.last_job and not schedule.last_problem:
        link = '{} <a class="second" href="{}">{}</a>'
        return format_html(link, word, _page(schedule.last_job), at)
    problem = gettext(schedule.last_problem) if schedule.last_problem else ""
    return format_html('{} {} <span class="second">{}</span>', word, at, problem)


def state_badge(schedule: ExportSchedule) -> str:
    """Return whether a schedule runs, as a badge."""
    if schedule.is_active:
        return badge(gettext("Active"), "good")
    return badge(gettext("Paused"), "bad" if schedule.failures else "")
