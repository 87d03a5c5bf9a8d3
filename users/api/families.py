"""The one list of families: what each is called, what it asks with, and where it lives."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from usersvc.api.errors import Problem, error_body

from .directory.filters import UserFilterSet as DirectoryFilterSet
from .download.errors import error_body as download_error_body
from .download.filters import UserFilterSet as DownloadFilterSet
from .export.filters import UserFilterSet as ExportFilterSet
from .filtering import PeopleFilterSet
from .jobs.errors import error_body as jobs_error_body
from .jobs.filters import UserFilterSet as JobsFilterSet


@dataclass(frozen=True)
class Family:
    """A vocabulary in which people can be asked for."""

    prefix: str
    urls: str
    filterset: type[PeopleFilterSet]
    # Where errors are written in words of its own: below these addresses, found or not.
    roots: tuple[str, ...] = ()
    error_body: Callable[[Problem], Any] = error_body


FAMILIES = [
    Family("directory", "users.api.directory.urls", DirectoryFilterSet),
    Family("export", "users.api.export.urls", ExportFilterSet),
    Family(
        "download",
        "users.api.download.urls",
        DownloadFilterSet,
        ("/api/v2/users",),
        download_error_body,
    ),
    Family(
        "jobs",
        "users.api.jobs.urls",
        JobsFilterSet,
        ("/api/v2/jobs", "/api/v2/connections"),
        jobs_error_body,
    ),
]


def error_body_at(path: str, problem: Problem) -> Any:
    """Return the body of an error in the words of the family that an address belongs to."""
    for family in FAMILIES:
        if path.startswith(family.roots):
            return family.error_body(problem)
    return error_body(problem)
