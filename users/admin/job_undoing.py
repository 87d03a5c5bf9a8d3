"""Undoing by a job what a job has just done to many people."""

from django.http import HttpRequest
from django.utils.translation import gettext

from exports.models import Job

from .. import job_actions
from .bulk import enqueue
from .undoing import undo_body
from .verbs import VERBS


def undo(request: HttpRequest, job: Job) -> Job | None:
    """Return the job that undoes it; None, and a message, where there can be none."""
    verb = VERBS[job.spec["verb"]]
    ids = job_actions.ids_done(job)
    told = gettext("(undone)")
    return enqueue(request, verb.undo, undo_body(verb, job.spec["body"]), ids, told)
