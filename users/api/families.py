"""The one list of families: what each is called, what it asks with, and where it lives."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from usersvc.api.errors import Problem, error_body

from ..columns import USER_COLUMNS
from ..exports import UserExport
from .directory import serializers as directory
from .directory.filters import UserFilterSet as DirectoryFilterSet
from .download import serializers as download
from .download.errors import error_body as download_error_body
from .download.filters import UserFilterSet as DownloadFilterSet
from .export import serializers as export
from .export.filters import UserFilterSet as ExportFilterSet
from .filtering import PeopleFilterSet, asking_for_files
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
    # How its question becomes a file, and of which columns; None where only jobs make files.
    export_of: Callable[[PeopleFilterSet], UserExport] | None = None
    columns: Sequence[str] = ()

    @property
    def file_filterset(self) -> type[PeopleFilterSet]:
        """The FilterSet that asks for a file: in any format, and of any of the columns."""
        return asking_for_files(self.filterset, self.columns)


FAMILIES = [
    Family(
        "directory",
        "users.api.directory.urls",
        DirectoryFilterSet,
        export_of=directory.export_of,
        columns=[*directory.FIELDS, *directory.METADATA_FIELDS],
    ),
    Family(
        "export",
        "users.api.export.urls",
        ExportFilterSet,
        export_of=export.export_of,
        columns=USER_COLUMNS.names,
    ),
    Family(
        "download",
        "users.api.download.urls",
        DownloadFilterSet,
        ("/api/v2/users",),
        download_error_body,
        export_of=download.export_of,
        columns=list(download.TOKENS),
    ),
    Family(
        "jobs",
        "users.api.jobs.urls",
        JobsFilterSet,
        ("/api/v2/jobs", "/api/v2/connections", "/files/"),
        jobs_error_body,
    ),
]


def error_body_at(path: str, problem: Problem) -> Any:
    """Return the body of an error in the words of the family that an address belongs to."""
    for family in FAMILIES:
        if path.startswith(family.roots):
            return family.error_body(problem)
    return error_body(problem)
