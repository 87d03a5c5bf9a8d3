"""A file of the list of people as its dialog asks for it: plain data, good for many runs."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any, Self

from django.utils.datastructures import MultiValueDict
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from exports.columns import Column, ColumnSet
from exports.formats import FORMATS, ExportFormat
from exports.formats.csv import CsvFormat
from exports.kinds import ISO_OFFSET, Names, Style
from usersvc import clock, zones

from .admin.people_question import PeopleQuestion
from .api.export.serializers import COLUMNS
from .columns import USER_COLUMNS, account_state
from .exports import UserExport
from .models import User
from .querysets import SortKey, UserQuerySet

FAMILY = "admin"


def columns_at(at: datetime) -> ColumnSet:
    """Return every column that such a file can have, as they are at an instant."""
    sites = Column("sites", "Sites", "sites__name", Names())
    return ColumnSet([*USER_COLUMNS, account_state(at), sites])


@dataclass(frozen=True)
class ListExport:
    """Which people in which order, and what of them; ids, where given, are instead of filters.

    columns are names and titles, none for those of the documented export. A title that is empty is
    the column's own.
    """

    filters: Mapping[str, Sequence[str]] = field(default_factory=dict)
    order: Sequence[tuple[str, bool]] = ()
    ids: Sequence[str] | None = None
    columns: Sequence[tuple[str, str]] = ()
    format: str = "csv"
    zone: str = "UTC"
    bom: bool = False

    @classmethod
    def of(cls, spec: Mapping[str, Any]) -> Self:
        """Return what a job's spec asks for."""
        return cls(**{name: spec[name] for name in cls.__dataclass_fields__ if name in spec})

    def spec(self) -> dict[str, Any]:
        """Return the spec of a job that makes this file."""
        return {"family": FAMILY, "limit": None, **asdict(self)}

    def question(self, actor: Any) -> "PeopleQuestion | Selected":
        """Return what the file answers, as the actor asks it."""
        if self.ids is not None:
            return Selected(actor, self.ids)
        return PeopleQuestion(MultiValueDict(self.filters), actor)  # type: ignore[arg-type]

    def export(self, actor: Any) -> UserExport:
        """Return the export of whom an actor sees now.

        RequestInvalid for filters that are not understood, PermissionError for a column that is not
        for the actor to see.
        """
        at, question = clock.now(), self.question(actor)
        return UserExport(
            family=FAMILY,
            question=question,
            people=self._sorted(question.people()),
            columns=self._columns(actor, at),
            format=self._format(),
            at=at,
            style=self._style(),
        )

    def _sorted(self, people: UserQuerySet) -> UserQuerySet:
        keys = [SortKey(word, descending) for word, descending in self.order]
        return people.sorted_by(*keys) if keys else people

    def _columns(self, actor: Any, at: datetime) -> ColumnSet:
        if not self.columns:
            return COLUMNS.pick(COLUMNS.names, actor)
        picked = columns_at(at).pick([name for name, title in self.columns], actor)
        if not any(title for name, title in self.columns):
            return picked
        titles = [title or picked[name].header for name, title in self.columns]
        return picked.titled(titles)

    def _format(self) -> ExportFormat:
        return CsvFormat(bom=True) if self.bom and self.format == "csv" else FORMATS[self.format]

    def _style(self) -> Style:
        zone = zones.zone(self.zone)
        return Style() if zone.key == "UTC" else Style(instant=ISO_OFFSET, zone=zone)


class Selected:
    """The ticked ones, for the audit and for the reader of a file."""

    def __init__(self, actor: Any, ids: Sequence[str]) -> None:
        self.actor = actor
        self.ids = list(ids)

    def people(self) -> UserQuerySet:
        """Return those of them who are in sight, deleted or not, in the order of a list."""
        visible: UserQuerySet = User.all_objects.visible_to(self.actor)
        return visible.with_ids(self.ids).newest_first()

    def given(self) -> dict[str, Any]:
        """Return the ids."""
        return {"selected": self.ids}

    def words(self) -> list[tuple[str, str]]:
        """Return how many they are."""
        count = len(self.ids)
        words = ngettext("%(count)s user", "%(count)s users", count)
        return [(_("Selected"), words % {"count": f"{count:,}"})]
