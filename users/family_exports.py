"""A file of people as a family's words and columns ask for it: plain data, good for many runs."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Self

from django.utils.datastructures import MultiValueDict

from .api.families import FAMILIES
from .exports import UserExport

COLUMNS = "_fields"


@dataclass(frozen=True)
class FamilyExport:
    """Which people, in the words of which family, and what of them.

    columns are names and titles, as those of a list's file, but the titles are the family's own;
    none for the columns that the family shows.
    """

    family: str
    filters: Mapping[str, Sequence[str]]
    columns: Sequence[tuple[str, str]] = ()
    format: str = "csv"

    @classmethod
    def of(cls, spec: Mapping[str, Any]) -> Self:
        """Return what a job's spec asks for."""
        return cls(**{name: spec[name] for name in cls.__dataclass_fields__})

    def spec(self) -> dict[str, Any]:
        """Return the spec of a job that makes this file."""
        return {**asdict(self), "limit": None}

    def export(self, actor: Any) -> UserExport:
        """Return the export of whom an actor sees now.

        RequestInvalid for what is not understood, PermissionError for a column that is not for the
        actor to see.
        """
        family = next(each for each in FAMILIES if each.prefix == self.family)
        assert family.export_of  # noqa: S101  # nosec B101 # the others have files of their own
        filters = {name: list(values) for name, values in self.filters.items()}
        names = [name for name, title in self.columns]
        asked = filters | {"format": [self.format], COLUMNS: names}
        return family.export_of(family.file_filterset(MultiValueDict(asked), actor))
