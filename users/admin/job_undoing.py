"""Undoing by a job what a job has just done to many people."""

from django.contrib import messages
from django.http import HttpRequest
from django.utils.translation import gettext

from exports.models import Job, TooManyJobsError

from .. import job_actions
from .actions import count_of
from .asking import too_many
from .undoing import undo_body
from .verbs import VERBS


def undo(request: HttpRequest, job: Job) -> Job | None:
    """Return the job that undoes it; None, and a message, where there can be none."""
    verb = VERBS[job.spec["verb"]]
    label = str(VERBS[verb.undo].label).removesuffix(" …")
    spec = {
        "verb": verb.undo,
        "title": f"{label} {gettext('(undone)')}",
        "words": [(gettext("Selected"), count_of(job.summary["done"]))],
    }
    body = undo_body(verb, job.spec["body"])
    try:
        new = job_actions.ask_to_undo(request.user, body, job, **spec)
    except TooManyJobsError:
        messages.error(request, too_many())
        return None
    if new is None:
        messages.info(request, gettext("It is being undone already."))
    return new
