"""Columns: what a file can show, and who may see it."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any, Self

from django.db.models import F
from django.db.models.expressions import Combinable

from .kinds import Kind


@dataclass(frozen=True)
class Column:
    """One column: where its values come from, what they are, and the permission it takes.

    source is an expression or the path of a field; for names the path of a relation's name
    ("roles__name"). zone is, for an instant that is told in a zone of its row, that zone's path.
    key is what an object of JSON calls it, where that is not its name.
    """

    name: str
    header: str
    source: Combinable | str
    kind: Kind
    permission: str | None = None
    zone: str | None = None
    key: str | None = None

    @property
    def expressions(self) -> list[Combinable]:
        """What a query selects for the column: its value, and its zone where it has one."""
        value = F(self.source) if isinstance(self.source, str) else self.source
        return [value] if self.zone is None else [value, F(self.zone)]


class ColumnSet:
    """An ordered set of columns with distinct names."""

    def __init__(self, columns: Iterable[Column]) -> None:
        self._columns = {column.name: column for column in columns}

    def __iter__(self) -> Iterator[Column]:
        return iter(self._columns.values())

    def __len__(self) -> int:
        return len(self._columns)

    def __getitem__(self, name: str) -> Column:
        return self._columns[name]

    @property
    def names(self) -> list[str]:
        """The names in order."""
        return list(self._columns)

    @property
    def headers(self) -> list[str]:
        """The titles in order."""
        return [column.header for column in self]

    @property
    def keys(self) -> list[str]:
        """What the objects of JSON call them, in order."""
        return [column.key or column.name for column in self]

    def only(self, names: Iterable[str]) -> Self:
        """Return the named columns in that order."""
        return type(self)(self._columns[name] for name in names)

    def pick(self, names: Iterable[str], actor: Any) -> Self:
        """Return the named columns in that order; PermissionError for one the actor may not see."""
        picked = self.only(names)
        for column in picked:
            if column.permission and not actor.has_perm(column.permission):
                raise PermissionError(column.name)
        return picked

    def titled(self, headers: Iterable[str]) -> Self:
        """Return the same columns under other titles, which are their keys in JSON, too."""
        pairs = zip(self, headers, strict=True)
        return type(self)(replace(column, header=header, key=header) for column, header in pairs)
