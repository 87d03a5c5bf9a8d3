"""The page that takes a file of people: checked first, or imported at once, by a job."""

from typing import Any

from django import forms
from django.conf import settings
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.defaultfilters import filesizeformat
from django.template.response import TemplateResponse
from django.urls import URLPattern, path

from exports.models import Job, TooManyJobsError

from .. import job_imports
from ..exports import PERMISSIONS
from ..imports import PERMISSION
from ..models import Connection
from .asking import page_of

CHECK, DO = "check", "do"
LONGEST_NAME = 100


class ImportForm(forms.Form):
    """A file, and what to do with it."""

    users = forms.FileField(
        label="File", help_text="CSV with a row of titles, a JSON array, or an object a line."
    )
    upsert = forms.ChoiceField(
        label="Who is there already",
        choices=[
            ("", "is refused"),
            ("email", "is found by e-mail address, and changed"),
            ("username", "is found by username, and changed"),
        ],
        required=False,
    )
    connection = forms.ModelChoiceField(
        Connection.objects.order_by("name_key"),
        required=False,
        empty_label="as the file says",
        help_text="Of everybody new.",
    )
    send_completion_email = forms.BooleanField(label="Write to me at its end", required=False)

    def clean_users(self) -> UploadedFile:
        """Refuse what is larger than an upload may be."""
        upload: UploadedFile = self.cleaned_data["users"]
        if (upload.size or 0) > settings.IMPORT_MAX_UPLOAD:
            most = filesizeformat(settings.IMPORT_MAX_UPLOAD)
            raise forms.ValidationError(f"is larger than {most}")
        return upload


class ImportPage(admin.ModelAdmin):
    """The way from a file to a job."""

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.import_view)
        return [path("import", view, name="users_user_import"), *super().get_urls()]

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
        """Take a file, and lead to the job that reads it."""
        if not self.has_import_permission(request):
            raise PermissionDenied
        form = ImportForm(request.POST or None, request.FILES or None)
        if request.method == "POST" and form.is_valid():
            try:
                job = _enqueue(request, form.cleaned_data)
            except TooManyJobsError:
                form.add_error(None, f"{settings.JOBS_PER_CALLER} jobs of yours wait or run.")
            except OSError:
                form.add_error("users", "There is no room for the file; try again later.")
            else:
                messages.success(request, "The file is read now.")
                return redirect(page_of(job))
        shown = {
            **self.admin_site.each_context(request),
            "title": "Import users",
            "opts": self.opts,
            "form": form,
            "most": filesizeformat(settings.IMPORT_MAX_UPLOAD),
        }
        return TemplateResponse(request, "admin/users/user/import.html", shown)


def _enqueue(request: HttpRequest, given: dict[str, Any]) -> Job:
    upload, connection = given["users"], given["connection"]
    spec = {
        "upsert": given["upsert"] or None,
        "connection_id": connection.pk if connection else None,
        "dry_run": request.POST.get("action") != DO,
    }
    asked = {name: value for name, value in spec.items() if value}
    return job_imports.ask(
        request.user,
        upload,
        spec,
        request=asked | {"file": str(upload.name)[:LONGEST_NAME]},
        letter_due=given["send_completion_email"],
    )
