"""The work of an action on very many people: block by block, each written down as it is done.

What a block did and how far the job is stand in one transaction: a job that dies half-way goes on
where it was, does nothing twice and counts nobody twice.
"""

import csv
import gzip
from collections.abc import Mapping
from typing import Any, BinaryIO, cast
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.core.files.base import ContentFile
from django.db import transaction
from rest_framework.exceptions import APIException

from exports import files, lines
from exports.jobs import JobFailedError, LostError, Pulse, Result
from exports.models import Job
from usersvc import clock

from . import bulk_runs, standing
from .actor import acting, current_address
from .api.bulk.actions import PERMISSIONS
from .api.bulk.stored import action_from
from .bulk_actions import Action
from .bulk_runs import BLOCK, Ids
from .models import BulkOutcome, User

TITLES = ("Id", "Username", "Outcome", "Reason")
DONE, SKIPPED = "done", "skipped"
LIST_IS_GONE = ("no_file", "The list of the chosen people is gone; ask again.")
SIGNED_OUT = ("withdrawn", "All sign-ins of the job's owner were ended.")


def ask(person: Any, body: dict[str, Any], ids: Ids, **spec: Any) -> Job:
    """Add the job that does what a body of the API's asks for to people who are chosen now.

    OSError where there is no room, TooManyJobsError as for any job: nothing is kept then.
    """
    key = files.keep_upload(ContentFile(ids.packed, name="ids"))
    try:
        return _enqueued(person, body, len(ids), key, spec)
    except Exception:
        files.remove([key])
        raise


def ask_to_undo(person: Any, body: dict[str, Any], done: Job, **spec: Any) -> Job | None:
    """Add the job that undoes what another one did, to those whom it did it to.

    None where somebody asked for that already; TooManyJobsError as for any job.
    """
    with transaction.atomic():
        job = _enqueued(person, body, done.summary[DONE], "", spec | {"undoes": done.pk})
        if Job.objects.undoing(done).exclude(pk=job.pk).exists():
            transaction.set_rollback(True)
            return None
    return job


def _enqueued(person: Any, body: dict[str, Any], count: int, key: str, spec: dict[str, Any]) -> Job:
    job: Job = Job.objects.enqueue(
        person,
        Job.Kind.ACTION,
        clock.now(),
        spec={"body": body, "version": person.sign_in_version, **spec},
        request={"users": count},
        address=current_address(),
        input_key=key,
    )
    return job


def work(job: Job, pulse: Pulse) -> Result:
    """Do an action job; JobFailedError when its owner may not, or what it gives is gone."""
    person = standing.asker_of(job)
    body = job.spec["body"]
    with acting(lambda: person, job.address):
        # Whom it may do it to follows from all that it holds.
        held = {*PERMISSIONS[body["action"]], *person.own_permissions()}
        pulse.withdrawn = standing.withdrawn_from(person, held)
        if reason := pulse.withdrawn():
            raise JobFailedError("withdrawn", reason)
        if person.sign_in_version != job.spec["version"]:
            raise JobFailedError(*SIGNED_OUT)
        try:
            action = action_from(person, body)
        except APIException as error:
            raise JobFailedError("invalid", str(error.detail)) from error
        ids = _ids(job)
        try:
            summary = _done(job, pulse, person, action, ids)
        except JobFailedError as error:
            done = ids.first(job.summary.get("place", 0))
            result = _results(job, person, done, job.summary) if len(done) else None
            raise JobFailedError(error.code, str(error), result) from error
        return _results(job, person, ids, summary)


def _ids(job: Job) -> Ids:
    if undone := job.spec.get("undoes"):
        return ids_done(Job.objects.get(pk=undone))
    try:
        with files.open_file(job.input_key) as file:
            return Ids.unpacked(file.read())
    except FileNotFoundError as error:
        raise JobFailedError(*LIST_IS_GONE) from error


def _done(job: Job, pulse: Pulse, person: User, action: Action, ids: Ids) -> dict[str, Any]:
    """Do what is left to do; return the numbers of all attempts together."""
    summary: dict[str, Any] = {"place": 0, DONE: 0, SKIPPED: 0, "reasons": {}} | job.summary
    gone: set[Any] = set()

    def write_down(block: list[Any], reasons: Mapping[Any, str]) -> None:
        nonlocal summary
        BulkOutcome.objects.record(job, reasons)
        summary = _with(summary, len(block), reasons)
        if not job.note(summary):
            raise LostError

    pulse.rows_total, pulse.rows_done = len(ids), summary["place"]
    for block in ids.blocks(BLOCK, start=summary["place"]):
        pulse.check()
        try:
            bulk_runs.do_block(person, action, block, gone, write_down)
        except PermissionDenied as error:
            raise JobFailedError(*SIGNED_OUT) from error
        pulse.rows_done = summary["place"]
    return summary


def _with(summary: dict[str, Any], count: int, reasons: Mapping[Any, str]) -> dict[str, Any]:
    by_reason = dict(summary["reasons"])
    for reason in reasons.values():
        by_reason[reason] = by_reason.get(reason, 0) + 1
    return {
        "place": summary["place"] + count,
        DONE: summary[DONE] + count - len(reasons),
        SKIPPED: summary[SKIPPED] + len(reasons),
        "reasons": by_reason,
    }


def _results(job: Job, person: User, ids: Ids, summary: dict[str, Any]) -> Result:
    """Return the numbers, and a file with a line for each person."""
    visible = User.all_objects.visible_to(person)
    with files.draft() as draft:
        with gzip.GzipFile(fileobj=cast(BinaryIO, draft), mode="wb", mtime=0) as packed:
            packed.write(lines.line(TITLES).encode())
            for block in ids.blocks(BLOCK):
                names = dict(visible.with_ids(block).values_list("pk", "username"))
                reasons = BulkOutcome.objects.reasons(job, block)
                packed.write("".join(_line(pk, names, reasons) for pk in block).encode())
        key = files.keep(draft, "csv.gz")
    return Result(len(ids), key, draft.size, draft.sha256, summary)


def _line(pk: Any, names: Mapping[Any, str], reasons: Mapping[Any, str]) -> str:
    reason = reasons.get(pk, "")
    return lines.line([str(pk), names.get(pk, ""), SKIPPED if reason else DONE, reason])


def ids_done(job: Job) -> Ids:
    """Return those to whom a job did what it was to do; none once its file is gone."""
    try:
        with (
            files.open_file(job.file_key) as file,
            gzip.open(file, "rt", encoding="utf-8", newline="") as table,
        ):
            rows = csv.DictReader(table)
            return Ids(UUID(row["Id"]) for row in rows if row["Outcome"] == DONE)
    except FileNotFoundError:
        return Ids(())
