"""Doing a job: claimed, worked on under a lease, ended once, whatever becomes of its worker.

The row of the job is the truth. Whoever claims it renews a lease while it works; who stops doing so
loses the job to the next worker, and can no longer end it.
"""

import errno
import logging
import threading
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from smtplib import SMTPException, SMTPRecipientsRefused
from typing import Any, Self

from django.conf import settings
from django.db import InterfaceError, OperationalError, connections
from django.utils.module_loading import import_string
from django.utils.translation import gettext_noop

from usersvc import clock

from . import files
from .models import Job

DISK_IS_FULL = (
    "no_space",
    gettext_noop("The service has no room for the file; ask again later."),
)
FAILED = ("failed", gettext_noop("The job could not be done; the service's log tells why."))

# What a database raises that is not there; all else it raises is a mistake of ours.
UNREACHABLE = (OperationalError, InterfaceError)
PERMANENT = 500  # a mail server's replies from here on say no for good
LOOKED_AT = 10  # jobs: others may take the first ones at the same moment

log = logging.getLogger(__name__)


class LostError(Exception):
    """Another worker has the job, or nobody wants it any more."""


class StoppedError(Exception):
    """This worker is to end."""


@dataclass(frozen=True)
class Result:
    """What a job came to: how many rows, numbers of them, and the file that it made, if any."""

    rows: int
    file_key: str = ""
    bytes: int | None = None
    sha256: str = ""
    summary: dict[str, Any] = field(default_factory=dict)


class JobFailedError(Exception):
    """The job ends with an error that its owner is told: a word for programs, and a sentence.

    result is what it came to before.
    """

    def __init__(self, code: str, text: str, result: Result | None = None) -> None:
        super().__init__(text)
        self.code, self.result = code, result


class Pulse:
    """Renews the lease and writes down the progress, from a thread with a connection of its own.

    The work tells rows_done and rows_total, and calls check() now and then, which raises when it is
    to stop. withdrawn tells why the owner may no longer have the result, "" while it may.
    """

    def __init__(self, job: Job, stopping: Callable[[], bool]) -> None:
        self.rows_done = 0
        self.rows_total: int | None = None
        self.withdrawn: Callable[[], str] = lambda: ""
        self._job, self._stopping = job, stopping
        self._reason, self._is_lost = "", False
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._beat, name=f"pulse of {job.pk}", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: Any) -> None:
        self._over.set()
        self._thread.join()

    def advance(self, rows: int) -> None:
        """Count rows that are done, and stop where that is wanted."""
        self.rows_done += rows
        self.check()

    def check(self) -> None:
        """Raise LostError, StoppedError or JobFailedError when the work is to stop."""
        if self._is_lost:
            raise LostError
        if self._reason:
            raise JobFailedError("withdrawn", self._reason)
        if self._stopping():
            raise StoppedError

    def _beat(self) -> None:
        try:
            while not self._over.wait(settings.JOB_BEAT_SECONDS):
                self._once()
                if self._is_lost or self._reason:
                    return
        finally:
            connections.close_all()

    def _once(self) -> None:
        try:
            self._is_lost = not self._job.beat(self.rows_done, self.rows_total)
            self._reason = self.withdrawn()
        except UNREACHABLE:
            # The lease decides: it runs out if the database does not come back in time.
            log.warning("job %s: the lease could not be renewed", self._job.pk, exc_info=True)
            connections.close_all()
            self._is_lost = self._job.lease_until is None or self._job.lease_until < clock.now()


def claim() -> Job | None:
    """Return a job that is this worker's from now on, the oldest first; None when there is none."""
    for job in Job.objects.claimable(clock.now()).oldest_first()[:LOOKED_AT]:
        if job.start():
            claimed: Job = job
            return claimed
    return None


def waiting(most: int) -> list[str]:
    """Return the ids of jobs that a worker may start, the oldest first."""
    jobs = Job.objects.claimable(clock.now()).oldest_first()
    return list(jobs.values_list("pk", flat=True)[:most])


def run(job: Job, stopping: Callable[[], bool] = lambda: False) -> None:
    """Do a claimed job and write down how it ended; UNREACHABLE leaves that to its lease."""
    log.info("job %s: attempt %s", job.pk, job.attempt)
    try:
        with Pulse(job, stopping) as pulse:
            result: Result = import_string(settings.JOB_WORK[job.kind])(job, pulse)
    except LostError:
        log.warning("job %s: given up, for it is another worker's or nobody's", job.pk)
    except StoppedError:
        job.release()
    except JobFailedError as error:
        _fail(job, error)
    except UNREACHABLE:
        raise
    except Exception as error:
        _failed(job, error)
    else:
        _publish(job, result)


def _publish(job: Job, result: Result) -> None:
    """End the job with its result, or take its file away if somebody else has ended it."""
    if not job.finish(**asdict(result)):
        _withdraw(job, result)


def _fail(job: Job, error: JobFailedError) -> None:
    if error.result is None:  # what was noted before stays
        job.fail(error.code, str(error))
        return
    result, values = error.result, asdict(error.result)
    if not job.fail(error.code, str(error), rows_done=values.pop("rows"), **values):
        _withdraw(job, result)


def _withdraw(job: Job, result: Result) -> None:
    log.warning("job %s: done by another worker, or cancelled, meanwhile", job.pk)
    files.remove([key for key in (result.file_key,) if key])


def _failed(job: Job, error: Exception) -> None:
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
        log.error("job %s: the disk is full", job.pk)
        job.fail(*DISK_IS_FULL)
        return
    log.exception("job %s: attempt %s failed", job.pk, job.attempt)
    if not job.may_be_retried:
        job.fail(*FAILED)
    else:
        job.release()


def reap() -> int:
    """End the jobs that were tried as often as may be and abandoned; return how many."""
    at = clock.now()
    return sum(job.give_up(at) for job in Job.objects.tired(at))


def clean() -> int:
    """Remove the jobs that are over, with their files; return how many."""
    over = list(Job.objects.expired(clock.now()))
    files.remove(key for job in over for key in (job.file_key, job.input_key) if key)
    Job.objects.filter(pk__in=[job.pk for job in over]).delete()
    return len(over)


def clean_inputs() -> int:
    """Remove the files that jobs have read to their end; return how many."""
    now = clock.now()
    over = [(job, job.input_key) for job in Job.objects.with_needless_input(now)]
    # Let go of first: what another job took over meanwhile is not removed.
    needless = [key for job, key in over if job.forget_input(now)]
    files.remove(needless)
    return len(needless)


def write_letters() -> int:
    """Tell by mail of the jobs that have ended, where that was asked for; return how many.

    Where the mail server fails, the next call goes on. An address that it refuses holds up nobody.
    """
    return sum(_write_letter(job) for job in Job.objects.letter_due() if job.take_letter())


def _write_letter(job: Job) -> bool:
    try:
        import_string(settings.JOB_LETTER)(job)
    except SMTPRecipientsRefused as error:
        codes = [code for code, _ in error.recipients.values()]
        log.warning("job %s: no letter to its owner is taken: %s", job.pk, codes)
        if all(code < PERMANENT for code in codes):
            job.leave_letter()
        return False
    except (OSError, SMTPException):
        job.leave_letter()
        raise
    return True
