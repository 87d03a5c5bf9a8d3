"""The page of a job that checks or imports a file: its rows, and what comes after a check."""

import gzip
from itertools import islice
from typing import Any

import orjson
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext

from exports import files
from exports.models import Job, State, TooManyJobsError

from .. import job_imports
from ..exports import PERMISSIONS
from ..imports import PERMISSION
from ..job_imports import AMBIGUOUS, ERROR, VALID, WARNING
from .asking import page_of, too_many

# So many rows are shown; the file of all is there to be taken.
SHOWN = 100
# Of a check, so many rows are looked through for those that are worth being shown.
LOOKED_THROUGH = 100_000
TONES = {VALID: "good", WARNING: "warn", ERROR: "bad", AMBIGUOUS: "bad"}


def shown_of(job: Job, viewer: Any) -> dict[str, Any]:
    """Return what the page of an import shows its owner of rows; nothing to anybody else."""
    if job.kind != Job.Kind.IMPORT or job.owner_id != viewer.pk:
        return {}
    is_check = bool(job.spec.get("dry_run"))
    return {
        "refused": _rows(job, is_check),
        "is_check": is_check,
        "step": 3 if is_check else 4,
        "may_confirm": may_confirm(job, viewer),
        "good": job.summary.get("total", 0) - job.summary.get("failed", 0),
    }


def may_confirm(job: Job, viewer: Any) -> bool:
    """Return whether somebody may import what a job has checked."""
    checked = job.state == State.DONE and job.spec.get("dry_run") and job.input_key
    return bool(checked) and job.owner_id == viewer.pk


def confirm(request: HttpRequest, job: Job) -> HttpResponse:
    """Import the file that was checked, or discard it."""
    user: Any = request.user
    if not user.has_perms([*PERMISSIONS, PERMISSION]):
        raise PermissionDenied
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    if job.owner_id != user.pk or not job.spec.get("dry_run"):
        raise Http404
    if request.POST.get("do") == "discard":
        job_imports.discard(job)
        messages.success(request, gettext("The file was removed; nobody was imported."))
        return redirect(reverse("admin:users_user_import"))
    try:
        new = job_imports.confirm(job)
    except TooManyJobsError:
        messages.error(request, too_many())
        return redirect(page_of(job))
    if new is None:
        messages.error(request, gettext("The file is no longer there: upload it again."))
        return redirect(page_of(job))
    return redirect(page_of(new))


def _rows(job: Job, is_check: bool) -> list[dict[str, Any]]:
    """Return the first of the rows that are not simply good."""
    if not job.file_key:
        return []
    try:
        with files.open_file(job.file_key) as file, gzip.open(file) as lines:
            told = map(orjson.loads, islice(lines, LOOKED_THROUGH))
            worth = (row for row in told if not is_check or row.get("verdict") != VALID)
            shown = islice(worth, SHOWN)
            return [row | {"tone": TONES.get(row.get("verdict"), "")} for row in shown]
    except FileNotFoundError:
        return []
