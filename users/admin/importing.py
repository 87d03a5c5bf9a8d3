"""The way of a file of people: uploaded, its columns chosen, checked by a job, then imported."""

from typing import Any

from django.conf import settings
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import (
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    HttpResponseNotAllowed,
)
from django.shortcuts import redirect
from django.template.defaultfilters import filesizeformat
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext

from exports.models import Job, TooManyJobsError
from usersvc import clock

from .. import job_imports
from ..exports import PERMISSIONS
from ..importing.preview import MOST_ROWS
from ..imports import PERMISSION
from . import import_uploads, job_buttons
from .asking import page_of, too_many
from .import_columns import ColumnsForm
from .import_files import rejected, verdicts
from .import_form import ImportForm
from .import_uploads import Upload

LONGEST_NAME = 100
FILES = {"verdicts": verdicts, "rejected": rejected}


class ImportPage(admin.ModelAdmin):
    """The pages of an import."""

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        return [
            path("import", view(self.import_view), name="users_user_import"),
            path(
                "import/<str:upload_id>/columns",
                view(self.import_columns_view),
                name="users_user_import_columns",
            ),
            path(
                "import/<str:job_id>/confirm",
                view(self.import_confirm_view),
                name="users_user_import_confirm",
            ),
            path(
                "import/<str:some_id>/discard",
                view(self.import_discard_view),
                name="users_user_import_discard",
            ),
            path(
                "import/<str:job_id>/file/<str:which>",
                view(self.import_file_view),
                name="users_user_import_file",
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

    # -- 1: the file

    def import_view(self, request: HttpRequest) -> HttpResponse:
        """Take a file, and lead to its columns."""
        self._refuse_import(request)
        form = ImportForm(request.POST or None, request.FILES or None)
        if request.method == "POST" and form.is_valid():
            try:
                upload = _keep(request, form)
            except OSError:
                message = gettext("There is no room for the file; try again later.")
                form.add_error("users", message)
            else:
                return redirect("admin:users_user_import_columns", upload.id)
        shown = {"form": form, "most": filesizeformat(settings.IMPORT_MAX_UPLOAD)}
        return self._import_page(request, "import.html", shown)

    # -- 2: the columns

    def import_columns_view(self, request: HttpRequest, upload_id: str) -> HttpResponse:
        """Ask which field each column is; lead to the job that checks the file."""
        self._refuse_import(request)
        upload = import_uploads.find(request, upload_id)
        if upload is None:
            raise Http404
        form = ColumnsForm(upload, request.POST or None)
        if request.method == "POST" and form.is_valid():
            try:
                return redirect(page_of(_check_by_job(request, upload, form.chosen)))
            except TooManyJobsError:
                form.add_error(None, too_many())
            except job_imports.InputGoneError:
                return self._import_gone(request)
        shown = {"form": form, "upload": upload, "most_rows": MOST_ROWS}
        return self._import_page(request, "import_columns.html", shown)

    # -- 3 and 4: the pages of the jobs that check and import, and what is done from there

    def import_confirm_view(self, request: HttpRequest, job_id: str) -> HttpResponse:
        """Import the file that a check of one's own has looked at."""
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        check = self._own_import(request, job_id)
        try:
            job = job_imports.confirm(check, request.user)
        except TooManyJobsError:
            messages.error(request, too_many())
            return redirect(page_of(check))
        except job_imports.InputGoneError:
            return self._import_gone(request)
        if upload := import_uploads.of_job(request, check.pk):
            import_uploads.forget(request, upload)
        return redirect(page_of(job))

    def import_discard_view(self, request: HttpRequest, some_id: str) -> HttpResponse:
        """Remove the file of an upload, or of a check of one's own."""
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        self._refuse_import(request)
        upload = import_uploads.find(request, some_id)
        if upload is None:
            check = self._own_import(request, some_id)
            job_imports.discard(check)
            upload = import_uploads.of_job(request, check.pk)
        if upload is not None:
            import_uploads.forget(request, upload)
        messages.success(request, gettext("The file was removed; nothing was imported."))
        return redirect("admin:users_user_changelist")

    def import_file_view(self, request: HttpRequest, job_id: str, which: str) -> HttpResponseBase:
        """Give the owner what was told of the rows, or the rows to correct, as a file."""
        job = self._own_import(request, job_id)
        if which not in FILES or not job.file_key:
            raise Http404
        return FILES[which](job)

    # -- all of them

    def _refuse_import(self, request: HttpRequest) -> None:
        if not self.has_import_permission(request):
            raise PermissionDenied

    def _own_import(self, request: HttpRequest, job_id: str) -> Job:
        """Return an import or a check of the request's user; Http404 for anybody else's."""
        self._refuse_import(request)
        jobs = Job.objects.owned_by(request.user).not_expired(clock.now()).with_id(job_id)
        job: Job | None = jobs.first()
        if job is None or job.kind != Job.Kind.IMPORT:
            raise Http404
        return job

    def _import_gone(self, request: HttpRequest) -> HttpResponse:
        messages.error(request, gettext("The uploaded file is kept no longer: upload it again."))
        return redirect("admin:users_user_import")

    def _import_page(self, request: HttpRequest, name: str, shown: dict[str, Any]) -> HttpResponse:
        context = {
            **self.admin_site.each_context(request),
            "title": gettext("Import users"),
            "opts": self.opts,
            "list": reverse("admin:users_user_changelist"),
            **shown,
        }
        return TemplateResponse(request, f"admin/users/user/{name}", context)


def _keep(request: HttpRequest, form: ImportForm) -> Upload:
    given = form.cleaned_data
    options = {
        "upsert": given["upsert"] or None,
        "connection_id": given["connection"].pk if given["connection"] else None,
        "send_completion_email": given["send_completion_email"],
    }
    return import_uploads.add(
        request,
        given["users"],
        name=str(given["users"].name)[:LONGEST_NAME],
        format=form.preview.format,
        titles=list(form.preview.columns.items()),
        options=options,
    )


def _check_by_job(request: HttpRequest, upload: Upload, columns: dict[str, str | None]) -> Job:
    """Return the new job that checks an upload; its file is the job's from then on."""
    options = {name: upload.options[name] for name in ("upsert", "connection_id")}
    spec = options | {"format": upload.format, "columns": columns, "dry_run": True}
    asked: dict[str, Any] = {name: value for name, value in options.items() if value}
    if upload.options["send_completion_email"]:
        asked["send_completion_email"] = True
    values = {"request": asked | {"file": upload.name}}
    if upload.job:
        check = _check_of(request, upload)
        if job_buttons.may_cancel(check):
            return check  # it has not ended yet: asked twice
        job = job_imports.go_on(check, request.user, spec, **values)
    elif upload.is_kept:
        job = job_imports.ask_for_kept(request.user, upload.key, spec, **values)
    else:
        raise job_imports.InputGoneError
    upload.key, upload.job, upload.columns = "", job.pk, columns
    import_uploads.save(request, upload)
    return job


def _check_of(request: HttpRequest, upload: Upload) -> Job:
    check: Job | None = Job.objects.owned_by(request.user).with_id(upload.job).first()
    if check is None:
        raise job_imports.InputGoneError
    return check
