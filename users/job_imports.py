"""The work of an import job: the people of an uploaded file, and what was wrong with its rows."""

import gzip
from collections.abc import Mapping, Sequence
from typing import Any, BinaryIO, cast

import orjson
from django.core.files import File
from django.db import transaction
from django.utils.translation import gettext_noop

from exports import files
from exports.jobs import JobFailedError, Pulse, Result
from exports.models import Job
from usersvc import clock

from . import imports, standing
from .actor import acting, current_address
from .imports import Fault, ImportOptions, ImportReport, Outcome, Verdict
from .models import User

PERMISSIONS = ("users.view_user", imports.PERMISSION)
# How good a row is that was only checked; who is there already would be changed.
VALID, WARNING = gettext_noop("valid"), gettext_noop("warning")
ERROR, AMBIGUOUS = gettext_noop("error"), gettext_noop("ambiguous")
UNSURE = ("ambiguous", "twice", "title_twice")
UPLOAD_IS_GONE = ("no_file", "The uploaded file is gone; upload it again.")


def ask(person: Any, upload: File, spec: dict[str, Any], **values: Any) -> Job:
    """Keep an upload and add the job that reads it; OSError where there is no room.

    TooManyJobsError as for any job: nothing is kept then. spec are ImportOptions.
    """
    key = files.keep_upload(upload)
    try:
        return ask_kept(person, key, spec, **values)
    except Exception:
        files.remove([key])
        raise


def ask_kept(person: Any, key: str, spec: dict[str, Any], **values: Any) -> Job:
    """Add the job that reads a file which is kept already, by its key; it is the job's then.

    FileNotFoundError where it is another job's.
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
            raise FileNotFoundError(key)
    return job


def confirm(check: Job) -> Job | None:
    """Add the job that imports the file which was checked, in the same way; None once it is gone.

    TooManyJobsError as for any job: the file stays with the check then.
    """
    with transaction.atomic():
        key = check.give_input()
        if not key:
            return None
        spec = check.spec | {"dry_run": False}
        wants_letter = bool(check.request.get("send_completion_email"))
        return ask_kept(check.owner, key, spec, request=check.request, letter_due=wants_letter)


def discard(check: Job) -> bool:
    """Remove the file that was checked; return whether it was there."""
    key = check.give_input()
    files.remove([key] if key else [])
    return bool(key)


def work(job: Job, pulse: Pulse) -> Result:
    """Do an import job; JobFailedError when its owner may not, or its file cannot be read."""
    person: User = User.all_objects.get(pk=job.owner_id)
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

    with files.draft() as draft:
        with gzip.GzipFile(fileobj=cast(BinaryIO, draft), mode="wb", mtime=0) as packed:

            def tell(verdicts: Sequence[Verdict]) -> None:
                for verdict in verdicts:
                    if options.dry_run:
                        packed.write(_checked(verdict))
                    elif verdict.faults:
                        packed.write(_told(verdict.faults, verdict.user))

            report = imports.run(file, options, person, progress, tell)
            if report.stopped:
                packed.write(_told([report.stopped], {}))
        result = _result(report, draft, tells_of_all=options.dry_run)
    if report.stopped:
        raise JobFailedError(report.stopped.code, str(report.stopped), result)
    return result


def _result(report: ImportReport, draft: files.Draft, tells_of_all: bool) -> Result:
    """Return what it came to, and the rows that were refused; of a check, all rows."""
    summary = {
        "total": report.rows,
        "inserted": report.created,
        "updated": report.updated,
        "unchanged": report.unchanged,
        "failed": report.refused,
    }
    if report.is_clean and not tells_of_all:
        return Result(report.rows, summary=summary)
    key = files.keep(draft, "json.gz")
    return Result(report.rows, key, draft.size, draft.sha256, summary)


def verdict_on(verdict: Verdict) -> str:
    """Return how good a row is, in one word for a reader."""
    if verdict.outcome != Outcome.REFUSED:
        return WARNING if verdict.outcome == Outcome.UPDATED else VALID
    return AMBIGUOUS if any(fault.code in UNSURE for fault in verdict.faults) else ERROR


def _checked(verdict: Verdict) -> bytes:
    """Return a line that tells of any row: what would become of it, or what is wrong."""
    told = {
        "line": verdict.line,
        "verdict": verdict_on(verdict),
        "outcome": verdict.outcome.value,
        "user": verdict.user,
        "errors": _errors(verdict.faults),
    }
    return orjson.dumps(told, option=orjson.OPT_APPEND_NEWLINE)


def _told(faults: Sequence[Fault], user: Mapping[str, str]) -> bytes:
    """Return a line that tells of a refused row, in the words of the public API."""
    told = {"line": faults[0].line, "user": user, "errors": _errors(faults)}
    return orjson.dumps(told, option=orjson.OPT_APPEND_NEWLINE)


def _errors(faults: Sequence[Fault]) -> list[dict[str, str]]:
    return [
        {"code": fault.code, "message": fault.message, "path": fault.field, "value": fault.value}
        for fault in faults
    ]
