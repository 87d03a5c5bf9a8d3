"""Scheduled exports: each run is a job of the owner, with what the owner may at that time."""

import logging
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_noop
from rest_framework.exceptions import APIException

from exports.models import Job, State, TooManyJobsError
from usersvc import clock

from ..actor import acting
from ..exports import PERMISSIONS
from ..ids import uuids
from ..list_exports import ListExport
from ..models import ExportSchedule, User
from .rules import next_run

AT_ONCE = 100  # schedules
SCHEDULE = "schedule"  # what a job's spec says of it

log = logging.getLogger(__name__)


def run_due() -> int:
    """Begin what is due, each of it once, however often it was missed; return how many."""
    at = clock.now()
    return sum(_run_once(schedule, at) for schedule in ExportSchedule.objects.due(at)[:AT_ONCE])


@transaction.atomic
def _run_once(schedule: ExportSchedule, at: datetime) -> bool:
    if not schedule.take(next_run(schedule.rule, schedule.zone, at)):
        return False
    run(schedule, at)
    return True


def run(schedule: ExportSchedule, at: datetime) -> Job | None:
    """Begin a run; None, and the reason at the schedule, where its owner may not have the file."""
    owner: User = User.all_objects.get(pk=schedule.owner_id)
    problem, job = _refusal(owner), None
    try:
        job = None if problem else _enqueue(schedule, owner, at)
    except APIException as error:
        problem = f"It is no longer understood: {error.detail}"
    except PermissionError as error:
        problem = f"Its owner may not see {error}."
    except TooManyJobsError:
        problem = gettext_noop("Its owner had too many jobs that waited.")
    if job is None:
        log.warning("scheduled export %s: %s", schedule.pk, problem)
        schedule.fail(problem, at)
    else:
        schedule.begin(job.pk, at)
    return job


def _refusal(owner: User) -> str:
    if owner.deleted_at is not None or not owner.is_active:
        return gettext_noop("Its owner may no longer sign in.")
    if owner.has_perms(PERMISSIONS):
        return ""
    return gettext_noop("Its owner may no longer take files.")


def _enqueue(schedule: ExportSchedule, owner: User, at: datetime) -> Job:
    asked = ListExport.of(schedule.spec)
    with acting(lambda: owner):
        question = asked.export(owner).question
        job: Job = Job.objects.enqueue(
            owner,
            Job.Kind.EXPORT,
            at,
            spec=asked.spec() | {"words": question.words(), SCHEDULE: str(schedule.pk)},
            request={"format": asked.format, "filters": question.given()},
        )
    return job


def job_ended(job: Job) -> None:
    """Note at the schedule how the job of its last run ended."""
    ids = uuids([str(job.spec.get(SCHEDULE, ""))])
    schedule = ExportSchedule.objects.filter(pk__in=ids, last_job=job.pk).first() if ids else None
    if schedule is None:
        return
    if job.state == State.DONE:
        schedule.succeed()
    elif job.state == State.CANCELLED:
        schedule.cancel()
    else:
        schedule.fail(job.error_text, schedule.last_run_at or clock.now())
