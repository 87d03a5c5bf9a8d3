"""The work of an export job: people, as its spec asks for them, as one compressed file."""

from contextlib import closing
from dataclasses import dataclass
from typing import Any

from django.utils.datastructures import MultiValueDict
from rest_framework.exceptions import APIException

from exports import files
from exports.columns import ColumnSet
from exports.compression import gzipped
from exports.formats import FORMATS, TooManyRows, Unavailable
from exports.jobs import JobFailedError, Pulse, Result
from exports.kinds import Style
from exports.models import Job
from usersvc import clock

from . import standing
from .actor import acting
from .admin.people_question import PeopleQuestion
from .api.export.serializers import COLUMNS
from .api.jobs.columns import columns_of
from .api.jobs.filters import UserFilterSet
from .exports import UserExport
from .models import User
from .querysets import SortKey, UserQuerySet

STYLE = Style(instant="%Y-%m-%dT%H:%M:%SZ")
ADMIN = "admin"


@dataclass
class Question:
    """What a job asks for, as the audit and the reader of a page are told."""

    actor: Any
    job: Job

    def given(self) -> dict[str, Any]:
        return {"job": self.job.pk, **self.job.request}

    def words(self) -> list[tuple[str, str]]:
        return [("Job", self.job.pk)]


def work(job: Job, pulse: Pulse) -> Result:
    """Do an export job; JobFailedError when its owner may not have it, or it cannot be made."""
    person: User = User.all_objects.get(pk=job.owner_id)
    with acting(lambda: person, job.address):
        export = export_of(job, person)
        pulse.withdrawn = standing.withdrawn_from(person, export.permissions)
        if reason := pulse.withdrawn():
            raise JobFailedError("withdrawn", reason)
        pulse.rows_total = export.count()
        return _written(export, pulse)


def export_of(job: Job, person: User) -> UserExport:
    """Return the export that a job asks for, of whom its owner sees now."""
    spec = job.spec
    read = _read_list if spec["family"] == ADMIN else _read
    try:
        people, columns = read(spec, person)
        columns = columns.pick(columns.names, person)
    except APIException as error:
        raise JobFailedError("invalid", str(error.detail)) from error
    except PermissionError as error:
        message = f"The job's owner may not see {error}."
        raise JobFailedError("insufficient_scope", message) from error
    return UserExport(
        family=spec["family"],
        question=Question(person, job),
        people=_first(people, spec["limit"]),
        columns=columns,
        format=FORMATS[spec["format"]],
        at=clock.now(),
        style=STYLE,
    )


def _read(spec: dict[str, Any], person: User) -> tuple[UserQuerySet, ColumnSet]:
    """Return the people and the columns that the jobs document's body asked for."""
    asked: MultiValueDict[str, str] = MultiValueDict(spec["filters"])
    return UserFilterSet(asked, person).people(), columns_of(spec["fields"])


def _read_list(spec: dict[str, Any], person: User) -> tuple[UserQuerySet, ColumnSet]:
    """Return the people of a list in the admin, in its order, and the columns of its files."""
    asked: MultiValueDict[str, str] = MultiValueDict(spec["filters"])
    people = PeopleQuestion(asked, person).people()
    keys = [SortKey(word, descending) for word, descending in spec["order"]]
    return people.sorted_by(*keys) if keys else people, COLUMNS


def _first(people: UserQuerySet, limit: int | None) -> UserQuerySet:
    """Return so many of the people; a queryset that is cut could not be asked anything more."""
    return people if limit is None else people.filter(pk__in=people.values("pk")[:limit])


def _written(export: UserExport, pulse: Pulse) -> Result:
    extension = f"{export.format.extension}.gz"
    try:
        with files.draft() as draft, closing(export.begin(on_rows=pulse.advance)) as running:
            for piece in gzipped(running):
                draft.write(piece)
                pulse.check()
            key = files.keep(draft, extension)
    except (TooManyRows, Unavailable) as error:
        raise JobFailedError("failed", str(error)) from error
    return Result(running.rows, key, draft.size, draft.sha256)
