"""The tasks of the queue, which only wake: what is to be done, the rows of the jobs say."""

import multiprocessing

from celery import shared_task  # type: ignore[import-untyped]
from django.conf import settings
from django.utils.module_loading import import_string

from . import house, jobs
from .models import Job

DO_JOB, SWEEP = "exports.do_job", "exports.sweep"
MOST_AT_ONCE = 100
# Set before the processes of a pool end: they are forks, and all see it.
stopping = multiprocessing.get_context("fork").Event()


@shared_task(name=DO_JOB)  # type: ignore[untyped-decorator]
def do_job(job_id: str) -> None:
    """Do a job, unless it has ended or another worker has it."""
    job = Job.objects.with_id(job_id).first()
    if job is not None and job.start():
        jobs.run(job, stopping.is_set)


@shared_task(name=SWEEP)  # type: ignore[untyped-decorator]
def sweep() -> None:
    """Keep house, and wake workers for every job that waits: no lost message keeps one waiting."""
    house.keep()
    wake = import_string(settings.JOB_WAKE)
    for job_id in jobs.waiting(MOST_AT_ONCE):
        wake(job_id, expires=house.EVERY.total_seconds())
