"""The work of an export job: people, as its spec asks for them, as one compressed file."""

from contextlib import closing
from dataclasses import dataclass, field, replace
from typing import Any

from django.utils.datastructures import MultiValueDict
from rest_framework.exceptions import APIException

from exports import files
from exports.compression import gzipped
from exports.formats import FORMATS, TooManyRows, Unavailable
from exports.jobs import JobFailedError, Pulse, Result
from exports.kinds import Style
from exports.models import Job
from usersvc import clock

from . import standing
from .actor import acting
from .api.jobs.columns import columns_of
from .api.jobs.filters import UserFilterSet
from .exports import UserExport
from .family_exports import FamilyExport
from .list_exports import FAMILY, ListExport
from .models import User
from .querysets import UserQuerySet

STYLE = Style(instant="%Y-%m-%dT%H:%M:%SZ")
# What is packed; the others are packed already.
PACKED = ("csv", "json")


@dataclass
class Question:
    """What a job asks for, as the audit and the reader of a page are told."""

    actor: Any
    job: Job
    filters: list[tuple[str, str]] = field(default_factory=list)

    def given(self) -> dict[str, Any]:
        return {"job": self.job.pk, **self.job.request}

    def words(self) -> list[tuple[str, str]]:
        return [("Job", self.job.pk), *self.filters]


def work(job: Job, pulse: Pulse) -> Result:
    """Do an export job; JobFailedError when its owner may not have it, or it cannot be made."""
    person = standing.asker_of(job)
    with acting(lambda: person, job.address):
        export = export_of(job, person)
        pulse.withdrawn = standing.withdrawn_from(person, export.permissions)
        if reason := pulse.withdrawn():
            raise JobFailedError("withdrawn", reason)
        pulse.rows_total = export.count()
        return _written(export, pulse)


def export_of(job: Job, person: User) -> UserExport:
    """Return the export that a job asks for, of whom its owner sees now."""
    read = _of_document if job.spec["family"] == "jobs" else _of_asked
    try:
        return read(job, person)
    except APIException as error:
        raise JobFailedError("invalid", str(error.detail)) from error
    except PermissionError as error:
        message = f"The job's owner may not see {error}."
        raise JobFailedError("insufficient_scope", message) from error


def _of_document(job: Job, person: User) -> UserExport:
    """Return what the jobs document's body asked for."""
    spec = job.spec
    asked: MultiValueDict[str, str] = MultiValueDict(spec["filters"])
    columns = columns_of(spec["fields"])
    return UserExport(
        family=spec["family"],
        question=Question(person, job),
        people=_first(UserFilterSet(asked, person).people(), spec["limit"]),
        columns=columns.pick(columns.names, person),
        format=FORMATS[spec["format"]],
        at=clock.now(),
        style=STYLE,
    )


def _of_asked(job: Job, person: User) -> UserExport:
    """Return what was asked for in the words of the list, or of a family."""
    kind = ListExport if job.spec["family"] == FAMILY else FamilyExport
    export = kind.of(job.spec).export(person)
    export.refuse_too_many(export.most_rows)
    return replace(export, question=Question(person, job, export.question.words()))


def _first(people: UserQuerySet, limit: int | None) -> UserQuerySet:
    """Return so many of the people; a queryset that is cut could not be asked anything more."""
    return people if limit is None else people.filter(pk__in=people.values("pk")[:limit])


def _written(export: UserExport, pulse: Pulse) -> Result:
    packs = export.format.name in PACKED
    extension = f"{export.format.extension}.gz" if packs else export.format.extension
    try:
        with files.draft() as draft, closing(export.begin(on_rows=pulse.advance)) as running:
            for piece in gzipped(running) if packs else running:
                draft.write(piece)
                pulse.check()
            key = files.keep(draft, extension)
    except (TooManyRows, Unavailable) as error:
        raise JobFailedError("failed", str(error)) from error
    return Result(running.rows, key, draft.size, draft.sha256)
