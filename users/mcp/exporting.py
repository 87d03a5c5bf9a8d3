"""Tools that have a file made by a job, and tell where it is; never what is in it."""

from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from rest_framework.exceptions import Throttled

from exports.formats import FORMATS
from exports.models import Job, TooManyJobsError
from usersvc import clock
from usersvc.api.errors import Fault, Refusal, RequestInvalid
from usersvc.api.serializers import MOST_STRANGERS, StrictSerializer
from usersvc.api.throttles import ScopedThrottle
from usersvc.api.words import unknown

from ..actor import current_address
from ..api.jobs.columns import columns_of
from ..api.jobs.errors import NoSuchJob, TooManyActive
from ..api.jobs.serializers import ExportSerializer, columns, job_in_full, spec_of
from ..api.jobs.views import UsersExportsView
from ..exports import PERMISSIONS
from ..family_exports import COLUMNS, FamilyExport
from ..list_exports import FAMILY as ADMIN
from ..list_exports import ListExport, columns_at
from .fields import Names, Text, Word
from .questions import PARAMETERS, family_argument, parameters_argument, question_of
from .tool import ANY, Arguments, Result, Tool, object_of

JOBS = "jobs"


class StartArguments(StrictSerializer):
    """Whom a file is about, what of them it shows, and as what."""

    family = family_argument()
    parameters = parameters_argument(
        "The words of the family, as find_people describes them. None asks for everybody in sight."
    )
    columns = Names(
        "The columns, in order; the family's own by default. `jobs` takes paths, such as email or "
        "user_metadata.country.",
        otherwise=[],
    )
    format = Word(
        "The kind of file; csv and json are compressed. `jobs` knows these two alone.",
        allowed=FORMATS,
        otherwise="csv",
    )


class JobArguments(StrictSerializer):
    """Which job."""

    id = Text("The id of the job, as start_export told it.", required=True)


def start_export(request: HttpRequest, asked: Arguments) -> Result:
    """Ask for a job that makes a file of people."""
    actor: Any = request.user
    _refuse_too_fast(request)
    question = question_of(asked["family"], asked[PARAMETERS], actor)
    try:
        spec = _spec(asked, actor)
    except PermissionError as error:
        message = f"insufficient permissions: columns: {error} takes one that you lack"
        raise Refusal(403, message) from error
    at = clock.now()
    try:
        job: Job = Job.objects.enqueue(
            actor,
            Job.Kind.EXPORT,
            at,
            spec=spec | {"words": question.words()},
            request={"format": asked["format"], "filters": question.given()},
            address=current_address(),
        )
    except TooManyJobsError as error:
        raise TooManyActive(settings.JOBS_PER_CALLER) from error
    return {"job": job_in_full(job, at, actor)}


def get_export(request: HttpRequest, asked: Arguments) -> Result:
    """Return how far an export job is, with a link to its file for its owner."""
    at = clock.now()
    actor: Any = request.user
    jobs = Job.objects.of_kinds([Job.Kind.EXPORT]).visible_to(actor).not_expired(at)
    job: Job | None = jobs.with_id(asked["id"]).first()
    if job is None:
        raise NoSuchJob
    return {"job": job_in_full(job, at, actor)}


def _refuse_too_fast(request: HttpRequest) -> None:
    """Count the call among the caller's files of the API; Throttled for too many a minute."""
    throttle = ScopedThrottle()
    if not throttle.allow_request(request, UsersExportsView):  # type: ignore[arg-type]
        raise Throttled(throttle.wait())


def _spec(asked: Arguments, actor: Any) -> dict[str, Any]:
    """Return what a worker is to do, once it is known that it can be done."""
    if asked["family"] == JOBS:
        return _document_spec(asked, actor)
    made = _list_export(asked) if asked["family"] == ADMIN else _family_export(asked)
    try:
        export = made.export(actor)
        export.refuse_too_many_columns("columns")
        export.refuse_too_many(export.most_rows)
    except RequestInvalid as error:
        raise RequestInvalid(map(_renamed, error.faults), error.details) from error
    return made.spec()


def _document_spec(asked: Arguments, actor: Any) -> dict[str, Any]:
    fields = [{"name": path} for path in asked["columns"]]
    body = ExportSerializer(data={"format": asked["format"], "fields": fields})
    body.is_valid(raise_exception=True)
    wanted = columns_of(columns(body.validated_data))
    wanted.pick(wanted.names, actor)
    filters: Mapping[str, list[str]] = asked[PARAMETERS]
    return spec_of(body.validated_data, None) | {"filters": dict(filters)}


def _family_export(asked: Arguments) -> FamilyExport:
    return FamilyExport(asked["family"], asked[PARAMETERS], _untitled(asked), asked["format"])


def _list_export(asked: Arguments) -> ListExport:
    known = columns_at(clock.now()).names
    strangers = [name for name in asked["columns"] if name not in known]
    if strangers:
        raise RequestInvalid(
            Fault("columns", unknown("column", name, known), name)
            for name in strangers[:MOST_STRANGERS]
        )
    return ListExport(filters=asked[PARAMETERS], columns=_untitled(asked), format=asked["format"])


def _untitled(asked: Arguments) -> list[tuple[str, str]]:
    return [(name, "") for name in dict.fromkeys(asked["columns"])]


def _renamed(fault: Fault) -> Fault:
    return Fault("columns", fault.message, fault.value) if fault.key == COLUMNS else fault


JOB = object_of({"job": ANY})
START = Tool(
    name="start_export",
    title="Have a file of users made",
    description=(
        "Asks for a job that writes the users that match to a CSV, JSON, Excel or PDF file. The "
        "answer is the job; ask get_export until it is completed. The file itself is never shown "
        "here: hand the link to the person whom you work for. Every export is audited."
    ),
    run=start_export,
    arguments=StartArguments,
    output=JOB,
    permissions=PERMISSIONS,
    reads_only=False,
    is_idempotent=False,
    examples=[
        {"family": "admin", "parameters": {"locked": "yes"}, "format": "xlsx"},
        {"family": "jobs", "columns": ["email", "last_login"], "format": "json"},
    ],
)
STATE = Tool(
    name="get_export",
    title="Tell how far a file is",
    description=(
        "Tells how far an export job is. Once it is completed, `location` is a link to its file: "
        "good for a short time, 60 seconds unless configured otherwise, and only told to who asked "
        "for the job; ask again for a fresh one."
    ),
    run=get_export,
    arguments=JobArguments,
    output=JOB,
    permissions=PERMISSIONS,
    examples=[{"id": "job_0000000000000001"}],
)
