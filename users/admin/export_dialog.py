"""The dialog of an export: whom, which columns, in which format, at once or by a job."""

from typing import Any

from django.conf import settings
from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from exports import downloads
from usersvc.api.errors import Busy, Refusal, RequestInvalid
from usersvc.api.fields import is_storable

from ..exports import PERMISSIONS, UserExport
from ..list_exports import ListExport
from ..standing import withdrawn
from .asking import enqueue, page_of
from .export_form import ExportForm
from .schedule_form import ScheduleForm

# A schedule is folded away: a browser that found it unfilled would ask for what nobody sees.
FOLDED: dict[str, Any] = {"prefix": "repeat", "use_required_attribute": False}
IDS = "selected"  # the field of the ids of the ticked
# So many can be ticked; more are found by filters.
MOST_TICKED = 1_000
# From so many on, a job is the better way.
MANY = 50_000


class ExportDialog(admin.ModelAdmin):
    """The page that asks how a file of the list is to be."""

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.dialog_view)
        return [path("export", view, name="users_user_export_dialog"), *super().get_urls()]

    def has_export_permission(self, request: HttpRequest) -> bool:
        """Return whether the request's user may take files."""
        user: Any = request.user
        return bool(user.has_perms(PERMISSIONS))

    @admin.action(description=_("Export …"), permissions=["export"])
    def export_dialog(self, request: HttpRequest, queryset: QuerySet[Any]) -> HttpResponse:
        """Ask how the file of the ticked, or of all that match, is to be."""
        if request.POST.get("select_across") == "1":
            there = reverse("admin:users_user_export_dialog")
            return redirect(f"{there}?{request.GET.urlencode()}")
        return self._page(request, _ids(request.POST.getlist(ACTION_CHECKBOX_NAME)), None)

    def dialog_view(self, request: HttpRequest) -> HttpResponseBase:
        """Show the dialog; for what it was filled in with, answer with the file or a job."""
        if not self.has_export_permission(request):
            raise PermissionDenied
        changelist: Any = self.get_changelist_instance(request)
        if changelist.faults:  # the list tells which
            return redirect(self._list(request))
        ids = _ids(request.POST.getlist(IDS))
        if request.method != "POST":
            return self._page(request, None, None, changelist)
        form = ExportForm(request.user, changelist.list_display, request.POST)
        does = request.POST.get("do", "file")
        repeat = schedule_form(request) if does == "repeat" else None
        if form.is_valid() and (repeat is None or repeat.is_valid()):
            export = _asked(form, changelist, ids)
            try:
                if repeat is not None:
                    return schedule_of(request, export, repeat)
                return (job_of if does == "job" else file_of)(request, export)
            except (Busy, Refusal, RequestInvalid) as error:
                form.add_error(None, sentence(error))
        return self._page(request, ids, form, changelist, repeat)

    def _page(
        self,
        request: HttpRequest,
        ids: list[str] | None,
        form: ExportForm | None,
        changelist: Any = None,
        repeat: ScheduleForm | None = None,
    ) -> HttpResponse:
        cl: Any = changelist or self.get_changelist_instance(request)
        count = cl.result_count if ids is None else len(ids)
        shown = {
            **self.admin_site.each_context(request),
            "title": gettext("Export users"),
            "opts": self.opts,
            "people": cl,
            "ids": ids,
            "count": count,
            "form": form or ExportForm(request.user, cl.list_display),
            "repeat": repeat or ScheduleForm(**FOLDED),
            "is_many": count >= MANY or (ids is None and cl.is_capped),
            "most_on_paper": f"{settings.EXPORT_MAX_ROWS:,}",
            "too_many_for_paper": count > settings.EXPORT_MAX_ROWS
            or (ids is None and cl.is_capped and count >= settings.EXPORT_MAX_ROWS),
            "hours": settings.JOB_HOURS,
            "here": f"{reverse('admin:users_user_export_dialog')}?{request.GET.urlencode()}",
            "back": self._list(request),
        }
        return TemplateResponse(request, "admin/users/user/export.html", shown)

    def _list(self, request: HttpRequest) -> str:
        return f"{reverse('admin:users_user_changelist')}?{request.GET.urlencode()}"


def _ids(given: list[str]) -> list[str] | None:
    """Return the ids of the ticked, as many as can be; None where nobody was."""
    return [pk for pk in given if is_storable(pk)][:MOST_TICKED] if given else None


def _asked(form: ExportForm, changelist: Any, ids: list[str] | None) -> ListExport:
    spec = changelist.spec(form.cleaned_data["format"])
    return ListExport(
        filters={} if ids is not None else spec["filters"],
        order=spec["order"],
        ids=ids,
        columns=form.chosen(),
        format=spec["format"],
        zone=form.cleaned_data["zone"],
        bom=form.cleaned_data["bom"],
    )


def file_of(request: HttpRequest, asked: ListExport) -> HttpResponseBase:
    """Return the file; RequestInvalid, Busy or Refusal when there can be none now."""
    export = _possible(request, asked)
    return downloads.answer(request, export, withdrawn(request, export.permissions))


def job_of(request: HttpRequest, asked: ListExport) -> HttpResponseBase:
    """Ask for a job that makes the file, and lead to its page; RequestInvalid for no such file."""
    _possible(request, asked)
    job = enqueue(request, asked)
    return redirect(page_of(job) if job else reverse("admin:exports_job_changelist"))


def schedule_form(request: HttpRequest) -> ScheduleForm:
    """Return the form of a schedule as it was filled in."""
    form = ScheduleForm(request.POST, **FOLDED)
    form.owner = request.user
    return form


def schedule_of(request: HttpRequest, asked: ListExport, form: ScheduleForm) -> HttpResponseBase:
    """Keep the file as one that is made again and again; RequestInvalid for no such file."""
    words = _possible(request, asked).question.words()
    schedule = form.instance
    schedule.owner, schedule.spec = request.user, asked.spec() | {"words": words}
    form.save()
    messages.success(request, gettext("The export is scheduled."))
    return redirect("admin:users_exportschedule_change", schedule.pk)


def _possible(request: HttpRequest, asked: ListExport) -> UserExport:
    export = asked.export(request.user)
    export.refuse_too_many_columns("columns")
    export.refuse_too_many(export.most_rows)
    return export


def sentence(error: Any) -> str:
    faults = getattr(error, "faults", None)
    return str(faults[0].message if faults else error.detail).capitalize()
