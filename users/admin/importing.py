"""The way of a file of people: uploaded, its columns named, checked, and imported."""

from typing import Any

from django.conf import settings
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.defaultfilters import filesizeformat
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from exports import files
from exports.models import Job, TooManyJobsError

from .. import job_imports
from ..exports import PERMISSIONS
from ..importing import peeking
from ..importing.faults import Unreadable
from ..importing.peeking import Title
from ..imports import PERMISSION
from .asking import page_of, too_many
from .import_forms import ColumnsForm, ImportForm, OptionsForm

CHECK, DO, COLUMNS = "check", "do", "columns"
LONGEST_NAME = 100
UPLOAD_FIRST = _("Upload the file first.")
UPLOADED = "import"  # the key in a session: of the file that waits for its columns to be named


class ImportPage(admin.ModelAdmin):
    """The pages before the job that reads a file."""

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        return [
            path("import", view(self.import_view), name="users_user_import"),
            path(
                "import/columns", view(self.import_columns_view), name="users_user_import_columns"
            ),
            *super().get_urls(),
        ]

    def has_import_permission(self, request: HttpRequest) -> bool:
        """Return whether the request's user may import, and look after the job."""
        user: Any = request.user
        return bool(user.has_perms([*PERMISSIONS, PERMISSION]))

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> Any:
        may_import = {"may_import": self.has_import_permission(request)}
        return super().changelist_view(request, (extra_context or {}) | may_import)

    def import_view(self, request: HttpRequest) -> HttpResponse:
        """Take a file, and lead to its columns, or to the job that reads it."""
        if not self.has_import_permission(request):
            raise PermissionDenied
        form = ImportForm(request.POST or None, request.FILES or None)
        answer = None
        if request.method == "POST" and form.is_valid():
            take = _keep if request.POST.get("action") == COLUMNS else _enqueue
            answer = _tried(form, lambda: take(request, form))
        return answer or self._step(request, "import.html", 1, form=form)

    def import_columns_view(self, request: HttpRequest) -> HttpResponse:
        """Ask what the columns of the uploaded file mean, and lead to the job that reads it."""
        if not self.has_import_permission(request):
            raise PermissionDenied
        kept: dict[str, Any] = request.session.get(UPLOADED, {})
        try:
            titles = _titles(kept)
        except (FileNotFoundError, Unreadable) as error:
            why = str(error.fault) if isinstance(error, Unreadable) else UPLOAD_FIRST
            messages.error(request, why)
            return redirect(reverse("admin:users_user_import"))
        form = ColumnsForm(titles, request.POST or None, initial=kept["options"])
        answer = None
        if request.method == "POST" and form.is_valid():
            answer = _tried(form, lambda: _enqueue_kept(request, form, kept))
        shown = {"form": form, "name": kept["name"]}
        return answer or self._step(request, "import_columns.html", 2, **shown)

    def _step(self, request: HttpRequest, template: str, step: int, **more: Any) -> HttpResponse:
        shown = {
            **self.admin_site.each_context(request),
            "title": gettext("Import users"),
            "opts": self.opts,
            "step": step,
            "most": filesizeformat(settings.IMPORT_MAX_UPLOAD),
            **more,
        }
        return TemplateResponse(request, f"admin/users/user/{template}", shown)


def _titles(kept: dict[str, Any]) -> list[Title]:
    """Return the titles of the file that waits; FileNotFoundError where there is none."""
    if not kept:
        raise FileNotFoundError
    with files.open_file(kept["key"]) as file:
        return peeking.peek(file)


def _tried(form: OptionsForm, take: Any) -> HttpResponse | None:
    """Return the answer of what takes a file; None, and an error of the form, where it cannot."""
    try:
        answer: HttpResponse = take()
    except TooManyJobsError:
        form.add_error(None, too_many())
    except FileNotFoundError:
        form.add_error(None, gettext("The file is read already: look at your jobs."))
    except OSError:
        form.add_error(None, gettext("There is no room for the file; try again later."))
    else:
        return answer
    return None


def _keep(request: HttpRequest, form: ImportForm) -> HttpResponse:
    """Keep the file until its columns are named; what nobody goes on with is removed in an hour."""
    upload = form.cleaned_data["users"]
    before = request.session.pop(UPLOADED, None)
    files.remove([before["key"]] if before else [])
    request.session[UPLOADED] = {
        "key": files.keep_upload(upload),
        "name": str(upload.name)[:LONGEST_NAME],
        "options": {name: form[name].value() or "" for name in OptionsForm.base_fields},
    }
    return redirect(reverse("admin:users_user_import_columns"))


def _enqueue(request: HttpRequest, form: ImportForm) -> HttpResponse:
    upload = form.cleaned_data["users"]
    spec = form.spec() | {"dry_run": request.POST.get("action") != DO}
    job = job_imports.ask(
        request.user,
        upload,
        spec,
        request=_asked(form, str(upload.name)[:LONGEST_NAME]),
        letter_due=form.cleaned_data["send_completion_email"] and not spec["dry_run"],
    )
    return _led_to(request, job)


def _enqueue_kept(request: HttpRequest, form: ColumnsForm, kept: dict[str, Any]) -> HttpResponse:
    spec = form.spec() | {"dry_run": True, "columns": form.columns()}
    job = job_imports.ask_kept(
        request.user,
        kept["key"],
        spec,
        request=_asked(form, kept["name"]),
    )
    request.session.pop(UPLOADED, None)
    return _led_to(request, job)


def _asked(form: OptionsForm, name: str) -> dict[str, Any]:
    """Return what was asked for, as it is shown again; the letter tells of the import only."""
    wants_letter = {"send_completion_email": form.cleaned_data["send_completion_email"]}
    asked = form.spec() | wants_letter
    return {key: value for key, value in asked.items() if value} | {"file": name}


def _led_to(request: HttpRequest, job: Job) -> HttpResponse:
    messages.success(request, gettext("The file is read now."))
    return redirect(page_of(job))
