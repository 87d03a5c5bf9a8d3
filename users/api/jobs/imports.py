"""Import jobs: the upload that asks for one, and the rows that one refused."""

from collections.abc import Iterator
from typing import Any

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpResponseBase, StreamingHttpResponse
from django.utils.datastructures import MultiValueDict
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import ValidationError

from exports.models import Job, TooManyJobsError
from usersvc.api.operations import Answer, Operation
from usersvc.api.parsers import UploadParser
from usersvc.api.serializers import StrictSerializer

from ... import job_imports
from ...importing import results
from ...models import Connection
from .errors import NoRoom, NoSuchConnection, TooManyActive
from .fields import ConnectionId, Text, Value, Word
from .serializers import job_as_asked
from .shapes import JobShape, NewJobShape, RefusedRowShape
from .views import JobsApiView

FLAGS = {"true": True, "false": False}
ADDRESS, USERNAME = "email", "username"


class Upload(Value):
    """A file that holds something."""

    def schema(self) -> dict[str, Any]:
        return {"type": "string", "format": "binary"}

    def to_internal_value(self, data: Any) -> UploadedFile:
        if not isinstance(data, UploadedFile):
            self.refuse("is not a file", data)
        if not data.size:
            self.refuse("the file is empty", data.name)
        file: UploadedFile = data
        return file


class ImportSerializer(StrictSerializer):
    """What is to be imported: a form, whose values are texts beside the one file."""

    users = Upload(required=True)
    connection_id = ConnectionId()
    upsert = Word(allowed=[*FLAGS, ADDRESS, USERNAME])
    external_id = Text()
    send_completion_email = Word(allowed=FLAGS)

    def to_internal_value(self, data: Any) -> Any:
        """Take each key once; a form may hold it as often as it likes. No body is an empty form."""
        form = MultiValueDict(data) if isinstance(data, MultiValueDict) else MultiValueDict()
        twice = [key for key, values in form.lists() if len(values) > 1]
        if twice:
            raise ValidationError({key: ["is given more than once"] for key in twice})
        return super().to_internal_value(form.dict())

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Return what was given, with flags for words."""
        given = {key: value for key, value in attrs.items() if value is not None}
        flags = [key for key in ("upsert", "send_completion_email") if given.get(key) in FLAGS]
        return given | {key: FLAGS[given[key]] for key in flags}


class UsersImportsView(JobsApiView):
    """A new job that imports the people of an uploaded file; the answer does not wait for it."""

    required_permissions = (*JobsApiView.required_permissions, "users.manage_user")
    parser_classes = (UploadParser,)
    body = ImportSerializer
    throttle_scope = "files"
    operations = {
        "POST": Operation(
            "create_users_import",
            "Import users by a job",
            {202: Answer("The job.", NewJobShape)},
            "What an export wrote, or an array of JSON; the answer does not wait for the work.",
            body=ImportSerializer,
            refusals=frozenset({404, 503}),  # of a connection; no room for the file
        )
    }

    def post(self, request: Request) -> Response:
        asked = self.read(request)
        upload = asked.pop("users")
        connection = asked.get("connection_id")
        if connection and not Connection.objects.with_id(connection).exists():
            raise NoSuchConnection("connection_id", connection)
        wants_letter = asked.get("send_completion_email", False)
        try:
            job = job_imports.ask(
                request.user, upload, options_of(asked), request=asked, letter_due=wants_letter
            )
        except TooManyJobsError as error:
            raise TooManyActive(settings.JOBS_PER_CALLER) from error
        except OSError as error:
            raise NoRoom from error
        return Response(job_as_asked(job), status=202)


class JobErrorsView(JobsApiView):
    """What was wrong: the refused rows of an import, or a job with its error; or nothing at all.

    Only its owner is told of the rows, whoever else may see the job: they hold people's data.
    """

    operations = {
        "GET": Operation(
            "get_job_errors",
            "Get the errors of a job",
            {
                200: Answer("The refused rows, or the job.", ([RefusedRowShape], JobShape)),
                204: Answer("Nothing went wrong so far."),
            },
        )
    }

    def get(self, request: Request, job_id: str) -> HttpResponseBase:
        job = self.find(job_id)
        has_refused = job.kind == Job.Kind.IMPORT and job.file_key
        if has_refused and job.owner_id == request.user.pk:
            return refused_rows(job)
        is_wrong = has_refused or job.error_code
        return Response(self.told(job)) if is_wrong else Response(status=204)


def options_of(asked: dict[str, Any]) -> dict[str, Any]:
    """Return what a worker is to do, as plain data; who is there is found by the address."""
    upsert = asked.get("upsert", False)
    return {
        "upsert": ADDRESS if upsert is True else upsert or None,
        "connection_id": asked.get("connection_id"),
    }


def refused_rows(job: Job) -> StreamingHttpResponse:
    """Answer with the refused rows of a job, as one JSON array, however many there are."""
    lines = results.public_lines(job.file_key)
    return StreamingHttpResponse(_array(lines), content_type="application/json")


def _array(lines: Iterator[bytes]) -> Iterator[bytes]:
    yield b"["
    for number, line in enumerate(lines):
        yield b"," * (number > 0) + line
    yield b"]"
