from typing import Any, cast

from django.conf import settings
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import ValidationError

from exports.models import Job, TooManyJobsError
from usersvc import clock
from usersvc.api.errors import Problem, Refusal
from usersvc.api.filters import NoParameters, StrictFilterSet
from usersvc.api.operations import PREFER, Answer, Operation, page_of
from usersvc.api.pagination import paginate
from usersvc.api.serializers import NothingSerializer, StrictSerializer
from usersvc.api.views import ApiView

from ...actor import current_address
from ...models import Connection, User
from .columns import columns_of
from .errors import NoSuchConnection, NoSuchJob, TooManyActive, error_body, error_shape
from .filters import (
    ConnectionFieldsFilterSet,
    ConnectionFilterSet,
    JobFilterSet,
)
from .serializers import (
    TYPES,
    ExportSerializer,
    columns,
    connection_as_shown,
    job_as_asked,
    job_in_full,
    spec_of,
)
from .shapes import ConnectionInShortShape, ConnectionPageShape, JobShape, NewJobShape


class JobsApiView(ApiView):
    """The base of the family: its envelope, its permissions, and its strictness."""

    required_permissions: tuple[str, ...] = ("users.view_user", "users.export_user")
    parameters: type[StrictFilterSet] = NoParameters
    body: type[StrictSerializer] = NothingSerializer
    question: Any
    tag = "jobs"
    error_shape = staticmethod(error_shape)

    def error_body(self, problem: Problem) -> Any:
        return error_body(problem)

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        self.at = clock.now()
        self.question = self.parameters(request.query_params, self.all())
        if request.method in self.allowed_methods:
            self.question.check()

    def all(self) -> Any:
        """Return the rows that the question is about: the jobs in the caller's sight."""
        return Job.objects.of_kinds(TYPES).visible_to(self.request.user).not_expired(self.at)

    def read(self, request: Request) -> dict[str, Any]:
        """Return the body, checked; none at all is {}."""
        serializer = self.body(data=request.data)
        serializer.is_valid(raise_exception=True)
        return dict(serializer.validated_data)

    def find(self, job_id: str) -> Job:
        """Return the job in sight of this id; NoSuchJob for none."""
        job: Job | None = self.all().with_id(job_id).first()
        if job is None:
            raise NoSuchJob
        return job

    def told(self, job: Job) -> dict[str, Any]:
        """Return what the caller is told of a job."""
        return job_in_full(job, self.at, cast(User, self.request.user))


class UsersExportsView(JobsApiView):
    """A new job that exports people; the answer does not wait for it."""

    body = ExportSerializer
    throttle_scope = "files"
    operations = {
        "POST": Operation(
            "create_users_export",
            "Export users by a job",
            {200: Answer("The job.", NewJobShape)},
            "A job writes the users to a file; the answer does not wait for it.",
            body=ExportSerializer,
            refusals=frozenset({404}),  # of a connection
        )
    }

    def post(self, request: Request) -> Response:
        asked = self.read(request)
        refuse_hidden(request, asked)
        connection = find_connection(asked)
        if connection is not None and "connection" in asked:
            asked["connection"] = connection.name
        try:
            job = Job.objects.enqueue(
                request.user,
                Job.Kind.EXPORT,
                self.at,
                spec=spec_of(asked, connection),
                request=asked,
                address=current_address(),
            )
        except TooManyJobsError as error:
            raise TooManyActive(settings.JOBS_PER_CALLER) from error
        return Response(job_as_asked(job))


class JobListView(JobsApiView):
    """One page of the caller's jobs, the latest first, as a bare JSON array."""

    parameters = JobFilterSet
    operations = {
        "GET": Operation(
            "list_jobs",
            "List your jobs",
            page_of(JobShape, "jobs, the latest first"),
            question=JobFilterSet,
            headers=PREFER,
        )
    }

    def get(self, request: Request) -> Response:
        page = paginate(
            self.question.qs.newest_first(),
            number=self.question.answer("page"),
            size=self.question.answer("page_size"),
            request=request,
        )
        return Response([self.told(job) for job in page.rows], headers=page.headers)


class JobView(JobsApiView):
    """One job, and how far it is."""

    operations = {
        "GET": Operation(
            "get_job",
            "Get a job",
            {200: Answer("The job, and how far it is.", JobShape)},
            "A completed export has a location, where the file is for a minute.",
        )
    }

    def get(self, request: Request, job_id: str) -> Response:
        return Response(self.told(self.find(job_id)))


class JobCancelView(JobsApiView):
    """The end of a job before its time; one that has ended stays as it is."""

    operations = {
        "POST": Operation("cancel_job", "Cancel a job", {200: Answer("The job.", JobShape)})
    }

    def post(self, request: Request, job_id: str) -> Response:
        self.read(request)
        job = self.find(job_id)
        if not job.cancel(self.at):
            job.refresh_from_db()
        return Response(self.told(job))


class ConnectionListView(JobsApiView):
    """The sources of identities, by name; as a bare JSON array unless pages are asked for."""

    required_permissions = ("users.view_connection",)
    parameters = ConnectionFilterSet
    question: ConnectionFilterSet
    operations = {
        "GET": Operation(
            "list_job_connections",
            "List connections",
            {200: Answer("Connections.", ([ConnectionInShortShape], ConnectionPageShape))},
            "All of them, as a bare array, unless pages are asked for.",
            question=ConnectionFilterSet,
        )
    }

    def all(self) -> Any:
        return Connection.objects.order_by("pk")

    def get(self, request: Request) -> Response:
        found, window = list(self.question.qs), self.question.window
        names, rows = self.question.shown_fields, found[window]
        shown = [connection_as_shown(connection, names) for connection in rows]
        if not self.question.wants_envelope:
            return Response(shown)
        page = {"connections": shown, "total": len(found)}
        if rows and rows[-1] != found[-1]:
            page["next"] = rows[-1].pk
        return Response(page)


class ConnectionView(JobsApiView):
    """One source of identities."""

    required_permissions = ("users.view_connection",)
    parameters = ConnectionFieldsFilterSet
    question: ConnectionFieldsFilterSet
    operations = {
        "GET": Operation(
            "get_job_connection",
            "Get a connection",
            {200: Answer("The connection.", ConnectionInShortShape)},
            question=ConnectionFieldsFilterSet,
        )
    }

    def get(self, request: Request, connection_id: str) -> Response:
        connection = Connection.objects.with_id(connection_id).first()
        if connection is None:
            raise NoSuchConnection("id", connection_id)
        return Response(connection_as_shown(connection, self.question.shown_fields))


def refuse_hidden(request: Request, asked: dict[str, Any]) -> None:
    """Raise Refusal for fields that the caller may not see."""
    wanted = columns_of(columns(asked))
    try:
        wanted.pick(wanted.names, request.user)
    except PermissionError as error:
        message = f"insufficient permissions: fields: {error} takes one that you lack"
        raise Refusal(403, message) from error


def find_connection(asked: dict[str, Any]) -> Connection | None:
    """Return the connection that a body names by id, by name, or by both; None for every one."""
    look_up = {"connection_id": Connection.objects.with_id, "connection": Connection.objects.named}
    found = {key: ask(asked[key]).first() for key, ask in look_up.items() if key in asked}
    for key, connection in found.items():
        if connection is None:
            raise NoSuchConnection(key, asked[key])
    if len(set(found.values())) > 1:
        raise ValidationError({"connection": ["names another one than connection_id"]})
    return next(iter(found.values()), None)
