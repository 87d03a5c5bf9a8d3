"""What a job is asked for with, and what is shown of jobs and connections."""

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from rest_framework.serializers import ValidationError

from exports import files
from exports.models import Job, State
from usersvc.api.serializers import StrictSerializer

from ...models import Connection, User
from ...models.connection import BUILT_IN_CONNECTION_ID
from . import profile
from .fields import ConnectionId, Objects, Path, Text, WholeNumber, Word
from .filters import STATUSES

JSON, CSV = "json", "csv"
# field count of a file, by its format
MOST_FIELDS = {JSON: 1000, CSV: 30}
TYPES: dict[str, str] = {Job.Kind.EXPORT: "users_export", Job.Kind.IMPORT: "users_import"}
STATUS_OF: dict[str, str] = {state: word for word, states in STATUSES.items() for state in states}


class FieldSerializer(StrictSerializer):
    """One field of the file: where it is in the profile, and what it is called."""

    name = Path(required=True, help_text="Where it is in the job user profile.")
    export_as = Text(help_text="What it is called in the file; without it, its name.")


class ExportSerializer(StrictSerializer):
    """What is to be exported; what is absent is not restricted."""

    EXAMPLE = {
        "format": "csv",
        "limit": 100,
        "fields": [{"name": "email"}, {"name": "user_metadata.country", "export_as": "country"}],
    }

    connection_id = ConnectionId(help_text="Users of this connection only, by its id.")
    connection = Text(help_text="Users of this connection only, by its name.")
    format = Word(allowed=[JSON, CSV], help_text="The format of the file; json without it.")
    limit = WholeNumber(least=1, help_text="How many users at most; all without it.")
    fields = Objects(  # type: ignore[assignment]
        child=FieldSerializer(),
        most=MOST_FIELDS[JSON],
        help_text="The fields of the file, in their order; a predefined set without them.",
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Return what was given; check the fields for what the format cannot hold."""
        asked = {key: value for key, value in attrs.items() if value is not None}
        if "fields" in asked:
            asked["fields"] = [
                {key: value for key, value in field.items() if value is not None}
                for field in asked["fields"]
            ]
        if faults := list(faults_of(columns(asked), asked.get("format", JSON))):
            raise ValidationError({"fields": faults})
        return asked


def columns(asked: Mapping[str, Any]) -> list[dict[str, str]]:
    """Return the columns of the file, each with its path and its title."""
    fields = asked.get("fields") or [{"name": name} for name in profile.DEFAULT_FIELDS]
    return [{"name": f["name"], "title": f.get("export_as", f["name"])} for f in fields]


def faults_of(wanted: list[dict[str, str]], file_format: str) -> Iterable[str]:
    """Yield what is wrong with the columns of a file."""
    most = MOST_FIELDS[file_format]
    if len(wanted) > most:
        yield f"has {len(wanted)} items; a {file_format} file holds at most {most}"
    for title, count in Counter(column["title"] for column in wanted).items():
        if count > 1:
            yield f"{count} fields are called {title}"
    if file_format == CSV:
        for column in wanted:
            if profile.is_whole_object(column["name"]):
                yield (
                    f"{column['name']} is a whole object, which a cell cannot hold: "
                    "name what is in it, or ask for json"
                )


def spec_of(asked: Mapping[str, Any], connection: Connection | None) -> dict[str, Any]:
    """Return what a worker is to do, as plain data: no default is left open."""
    return {
        "family": "jobs",
        "filters": {} if connection is None else {"connection_id": [connection.pk]},
        "format": asked.get("format", JSON),
        "limit": asked.get("limit"),
        "fields": columns(asked),
    }


def job_as_asked(job: Job) -> dict[str, Any]:
    """Return a job as the answer to its POST shows it: what was not given is left out."""
    return {
        "status": STATUS_OF[job.state],
        "type": TYPES[job.kind],
        "id": job.pk,
        "created_at": milliseconds(job.created_at),
        **job.request,
    }


def job_in_full(job: Job, at: datetime, asker: User) -> dict[str, Any]:
    """Return a job with how far it is at an instant, and with its error if it has one.

    Only its owner is told where its file is, whoever else may see the job.
    """
    is_export = job.kind == Job.Kind.EXPORT
    shown = job_as_asked(job) | {
        "percentage_done": percentage(job),
        "summary": job.summary or {"total": job.rows_done},
    }
    if (seconds := seconds_left(job, at)) is not None:
        shown["time_left_seconds"] = seconds
    if is_export and job.file_key and job.owner_id == asker.pk:
        shown["location"] = files.link(job)
    if job.error_code:
        shown |= {"error": job.error_code, "status_details": job.error_text}
    return shown


def percentage(job: Job) -> int:
    """Return how much is done, in per cent; 100 only when the whole is."""
    if job.state == State.DONE:
        return 100
    return min(99, job.rows_done * 100 // job.rows_total) if job.rows_total else 0


def seconds_left(job: Job, at: datetime) -> int | None:
    """Return how long the rest takes if it goes on as it went; None when nobody knows."""
    if job.state == State.DONE:
        return 0
    if job.state != State.RUNNING or not job.rows_total or not job.rows_done:
        return None
    spent = (at - job.started_at).total_seconds()  # type: ignore[operator]
    return max(0, round(spent * (job.rows_total - job.rows_done) / job.rows_done))


def milliseconds(at: datetime) -> str:
    """Return an instant such as 2023-01-25T17:48:15.325Z."""
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def connection_as_shown(connection: Connection, names: Iterable[str]) -> dict[str, Any]:
    """Return the named fields of a connection."""
    values = {
        "id": connection.pk,
        "name": connection.name,
        "domain": connection.domain,
        "is_builtin": connection.pk == BUILT_IN_CONNECTION_ID,
    }
    return {name: values[name] for name in names}
