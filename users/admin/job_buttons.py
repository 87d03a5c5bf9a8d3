"""What can be done with a job from its page and from the list of jobs: buttons that say so."""

from collections.abc import Callable, Iterator
from typing import Any

from django.contrib import admin
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from exports.models import Job, State
from usersvc import clock

from ..exports import PERMISSIONS
from ..list_exports import FAMILY
from .undoing import UNDO_FOR
from .verbs import VERBS

# The form of the page by which buttons post; forms do not stand within forms.
FORM = "verbs"


def may_take(job: Job, viewer: Any) -> bool:
    """Return whether somebody may take the file of a job."""
    return job.owner_id == viewer.pk and bool(job.file_key)


def may_cancel(job: Job) -> bool:
    """Return whether there is something left to cancel."""
    return job.state in (State.QUEUED, State.RUNNING)


def may_repeat(job: Job, viewer: Any) -> bool:
    """Return whether somebody may have the same file made anew."""
    own = job.owner_id == viewer.pk and job.kind == Job.Kind.EXPORT
    own = own and viewer.has_perms(PERMISSIONS)
    return own and job.spec.get("family") == FAMILY and not may_cancel(job)


def may_undo(job: Job, viewer: Any) -> bool:
    """Return whether somebody may have what a job did undone, for it has only just ended."""
    if job.owner_id != viewer.pk or job.kind != Job.Kind.ACTION:
        return False
    if job.state not in (State.DONE, State.FAILED) or not job.file_key:
        return False
    verb = VERBS[job.spec["verb"]]
    ended: Any = job.finished_at
    is_fresh = ended + UNDO_FOR > clock.now()
    return (
        is_fresh
        and bool(verb.undo and job.summary.get("done"))
        and viewer.has_perms(VERBS[verb.undo].permissions)
    )


def column(viewer: Any) -> Callable[[Job], str]:
    """Return the column of the list that shows somebody what can be done."""

    @admin.display(description=_("actions"))
    def does(job: Job) -> str:
        found = format_html_join("", "{}", ((each,) for each in _buttons(job, viewer)))
        return format_html('<span class="does">{}</span>', found)

    return does


def _buttons(job: Job, viewer: Any) -> Iterator[str]:
    if may_take(job, viewer):
        link = reverse("admin:exports_job_file", args=[job.pk])
        yield format_html('<a class="button" href="{}">{}</a>', link, gettext("Download"))
    if may_undo(job, viewer):
        yield _button("exports_job_undo", job, gettext("Undo"))
    if may_repeat(job, viewer):
        yield _button("exports_job_again", job, gettext("Run again"))
    if may_cancel(job):
        yield _button("exports_job_cancel", job, gettext("Cancel"))


def _button(name: str, job: Job, label: str) -> str:
    there = reverse(f"admin:{name}", args=[job.pk])
    html = '<button class="button" form="{}" formaction="{}">{}</button>'
    return format_html(html, FORM, there, label)
