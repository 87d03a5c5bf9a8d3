"""Asking for a job that makes a file of the list, and where it is shown."""

from django.conf import settings
from django.contrib import messages
from django.contrib.admin.utils import quote
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext

from exports.models import Job, TooManyJobsError
from usersvc import clock

from ..actor import current_address
from ..list_exports import ListExport


def too_many() -> str:
    """Return what is said to who has as many jobs as one may have."""
    words = gettext("%(most)s jobs of yours wait or run: let one end, or cancel one.")
    return words % {"most": settings.JOBS_PER_CALLER}


def page_of(job: Job) -> str:
    """Return the address of a job's page; the admin writes _ in another way there."""
    return reverse("admin:exports_job_change", args=[quote(job.pk)])


def enqueue(request: HttpRequest, asked: ListExport) -> Job | None:
    """Return the new job that makes a file of the list; None, and a message, for one too many.

    RequestInvalid for filters that are not understood.
    """
    question = asked.export(request.user).question
    try:
        job: Job = Job.objects.enqueue(
            request.user,
            Job.Kind.EXPORT,
            clock.now(),
            spec=asked.spec() | {"words": question.words()},
            request={"format": asked.format, "filters": question.given()},
            address=current_address(),
        )
    except TooManyJobsError:
        messages.error(request, too_many())
        return None
    return job
