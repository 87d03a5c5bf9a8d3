"""The work of an import job: the people of an uploaded file, and what was wrong with its rows."""

import gzip
from collections.abc import Mapping, Sequence
from typing import Any, BinaryIO, cast

import orjson
from django.core.files import File

from exports import files
from exports.jobs import JobFailedError, Pulse, Result
from exports.models import Job
from usersvc import clock

from . import imports, standing
from .actor import acting, current_address
from .imports import Fault, ImportOptions, ImportReport, Verdict
from .models import User

PERMISSIONS = ("users.view_user", imports.PERMISSION)
UPLOAD_IS_GONE = ("no_file", "The uploaded file is gone; upload it again.")


def ask(person: Any, upload: File, spec: dict[str, Any], **values: Any) -> Job:
    """Keep an upload and add the job that reads it; OSError where there is no room.

    TooManyJobsError as for any job: nothing is kept then. spec are ImportOptions.
    """
    key = files.keep_upload(upload)
    try:
        job: Job = Job.objects.enqueue(
            person,
            Job.Kind.IMPORT,
            clock.now(),
            spec=spec,
            address=current_address(),
            input_key=key,
            **values,
        )
    except Exception:
        files.remove([key])
        raise
    return job


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
                    if verdict.faults:
                        packed.write(_told(verdict.faults, verdict.user))

            report = imports.run(file, options, person, progress, tell)
            if report.stopped:
                packed.write(_told([report.stopped], {}))
        result = _result(report, draft)
    if report.stopped:
        raise JobFailedError(report.stopped.code, str(report.stopped), result)
    return result


def _result(report: ImportReport, draft: files.Draft) -> Result:
    """Return what it came to; the rows that were refused are kept where there are any."""
    summary = {
        "total": report.rows,
        "inserted": report.created,
        "updated": report.updated,
        "unchanged": report.unchanged,
        "failed": report.refused,
    }
    if report.is_clean:
        return Result(report.rows, summary=summary)
    key = files.keep(draft, "json.gz")
    return Result(report.rows, key, draft.size, draft.sha256, summary)


def _told(faults: Sequence[Fault], user: Mapping[str, str]) -> bytes:
    """Return a line that tells of a refused row, in the words of the public API."""
    errors = [
        {"code": fault.code, "message": fault.message, "path": fault.field, "value": fault.value}
        for fault in faults
    ]
    told = {"line": faults[0].line, "user": user, "errors": errors}
    return orjson.dumps(told, option=orjson.OPT_APPEND_NEWLINE)
