"""The work of an import job: the people of an uploaded file, and what was wrong with its rows."""

from typing import Any, BinaryIO

from django.core.files import File
from django.db import transaction

from exports import files
from exports.jobs import JobFailedError, Pulse, Result
from exports.models import Job
from usersvc import clock

from . import imports, standing
from .actor import acting, current_address
from .importing import results
from .imports import ImportOptions, ImportReport
from .models import User

PERMISSIONS = ("users.view_user", imports.PERMISSION)
UPLOAD_IS_GONE = ("no_file", "The uploaded file is gone; upload it again.")


class InputGoneError(Exception):
    """The uploaded file is kept no longer, or another job has it."""


def ask(person: Any, upload: File, spec: dict[str, Any], **values: Any) -> Job:
    """Keep an upload and add the job that reads it; OSError where there is no room.

    TooManyJobsError as for any job: nothing is kept then. spec are ImportOptions.
    """
    key = files.keep_upload(upload)
    try:
        return ask_for_kept(person, key, spec, **values)
    except Exception:
        files.remove([key])
        raise


def ask_for_kept(person: Any, key: str, spec: dict[str, Any], **values: Any) -> Job:
    """Add the job that reads a file that is kept already; TooManyJobsError as for any job.

    InputGoneError where another job reads it.
    """
    with transaction.atomic():
        job: Job = Job.objects.enqueue(
            person,
            Job.Kind.IMPORT,
            clock.now(),
            spec=spec,
            address=current_address(),
            input_key=key,
            **values,
        )
        # The owner is locked meanwhile: of two clicks, the second finds the job of the first.
        if Job.objects.reading(key).exclude(pk=job.pk).exists():
            raise InputGoneError
    return job


def go_on(check: Job, person: Any, spec: dict[str, Any], **values: Any) -> Job:
    """Add a job that reads the file of a check, which has it no longer then.

    InputGoneError where the file is kept no longer; TooManyJobsError leaves it where it is.
    """
    key = check.input_key
    with transaction.atomic():
        if not check.give_up_input():
            raise InputGoneError
        return ask_for_kept(person, key, spec, **values)


def confirm(check: Job, person: Any) -> Job:
    """Add the job that imports what a check has looked at; as go_on."""
    spec = {name: value for name, value in check.spec.items() if name != "dry_run"}
    wants_letter = bool(check.request.get("send_completion_email"))
    return go_on(check, person, spec, request=check.request, letter_due=wants_letter)


def discard(check: Job) -> bool:
    """Remove the file of a check; return whether it was there."""
    key = check.input_key
    if not check.give_up_input():
        return False
    files.remove([key])
    return True


def work(job: Job, pulse: Pulse) -> Result:
    """Do an import job; JobFailedError when its owner may not, or its file cannot be read."""
    person = standing.asker_of(job)
    with acting(lambda: person, job.address):
        # What it may grant, and whom it may change, follows from all that it holds.
        held = {*PERMISSIONS, *person.own_permissions()}
        pulse.withdrawn = standing.withdrawn_from(person, held)
        if reason := pulse.withdrawn():
            raise JobFailedError("withdrawn", reason)
        try:
            file = files.open_file(job.input_key)
        except FileNotFoundError as error:
            raise JobFailedError(*UPLOAD_IS_GONE) from error
        with file:
            return _imported(file, job, person, pulse)


def _imported(file: BinaryIO, job: Job, person: User, pulse: Pulse) -> Result:
    options = ImportOptions(**job.spec, key=job.pk, again=job.attempt > 1)

    def progress(rows: int, read: int, total: int | None) -> None:
        pulse.rows_done = rows
        pulse.rows_total = rows * (total or read) // max(read, 1)
        pulse.check()

    with results.writing(options.dry_run) as written:
        report = imports.run(file, options, person, progress, written.add)
        if report.stopped:
            written.stop(report.stopped)
        result = _result(report, written, is_check=options.dry_run)
    if report.stopped:
        raise JobFailedError(report.stopped.code, str(report.stopped), result)
    return result


def _result(report: ImportReport, written: results.Results, is_check: bool) -> Result:
    """Return what it came to, with the file of what is told of rows where there are any."""
    summary = {
        "total": report.rows,
        "inserted": report.created,
        "updated": report.updated,
        "unchanged": report.unchanged,
        "failed": report.refused,
    }
    if is_check:
        summary |= {"ambiguous": report.ambiguous, "warned": report.warned}
    is_empty = not report.rows if is_check else not report.refused
    if is_empty and not report.stopped:
        return Result(report.rows, summary=summary)
    key, draft = written.keep()
    return Result(report.rows, key, draft.size, draft.sha256, summary)
