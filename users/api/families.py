"""The one list of families: what each is called, what it asks with, and where it lives."""

from dataclasses import dataclass

from .directory.filters import UserFilterSet as DirectoryFilterSet
from .download.filters import UserFilterSet as DownloadFilterSet
from .export.filters import UserFilterSet as ExportFilterSet
from .filtering import PeopleFilterSet
from .jobs.filters import UserFilterSet as JobsFilterSet


@dataclass(frozen=True)
class Family:
    """A vocabulary in which people can be asked for."""

    prefix: str
    urls: str
    filterset: type[PeopleFilterSet]


FAMILIES = [
    Family("directory", "users.api.directory.urls", DirectoryFilterSet),
    Family("export", "users.api.export.urls", ExportFilterSet),
    Family("download", "users.api.download.urls", DownloadFilterSet),
    Family("jobs", "users.api.jobs.urls", JobsFilterSet),
]
