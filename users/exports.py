"""UserExport: people as a file, whoever asks and however; the audit knows of each."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from django.conf import settings
from django.db import transaction

from exports import downloads, pipeline
from exports.columns import ColumnSet
from exports.formats import ExportFormat
from exports.kinds import Style
from exports.watching import Watch
from usersvc.api.errors import Fault, RequestInvalid

from .models import AuditEntry, User
from .models.export_register import Register
from .querysets import UserQuerySet

PERMISSIONS = ("users.view_user", "users.export_user")
EMPTY = "No users found with the applied filters."


class Question(Protocol):
    """What was asked, and by whom: given for the audit, in words for the reader of a page."""

    actor: Any

    def given(self) -> dict[str, Any]: ...

    def words(self) -> list[tuple[str, str]]: ...


@dataclass(frozen=True, kw_only=True)
class UserExport:
    """One export of people: which, what of them, and as what."""

    family: str
    question: Question
    people: UserQuerySet
    columns: ColumnSet
    format: ExportFormat
    at: datetime
    style: Style = field(default_factory=Style)

    @property
    def filename(self) -> str:
        """The name of the file."""
        return downloads.filename("users_export", self.format.extension, self.at)

    @property
    def caller(self) -> str:
        """The id of who asks."""
        return str(self.question.actor.caller_id)

    @property
    def permissions(self) -> set[str]:
        """What its caller must hold for as long as it is on its way."""
        return {*PERMISSIONS, *(each.permission for each in self.columns if each.permission)}

    @property
    def most_rows(self) -> int | None:
        """How many people a file of the format may hold at most; None for any number."""
        # What is laid out on pages takes long; the setting says what the service can bear.
        return settings.EXPORT_MAX_ROWS if self.format.name == "pdf" else self.format.most_rows

    def count(self) -> int:
        """Return how many people match now."""
        return self.people.order_by().count()

    def refuse_too_many_columns(self, key: str) -> None:
        """Raise RequestInvalid, naming the parameter, for more columns than a file may hold."""
        limit, count = settings.EXPORT_MAX_COLUMNS, len(self.columns)
        if count > limit:
            message = f"{count} columns, and a file holds at most {limit}: ask for fewer"
            raise RequestInvalid([Fault(key, message, str(count))])

    def refuse_too_many(self, limit: int | None) -> None:
        """Raise RequestInvalid, with the count, when more people match than a file may hold."""
        if limit is not None and (count := self.count()) > limit:
            advice = f"{count} users match, and a file holds at most {limit}: narrow the filters"
            raise RequestInvalid(
                [Fault("limit", advice, str(count))],
                details={"total_count": count, "max_limit": limit},
            )

    def begin(
        self,
        watch: Watch | None = None,
        on_rows: Callable[[int], object] = lambda count: None,
    ) -> pipeline.Export:
        """Return the started export; its audit entry is there before its first byte leaves.

        The entry's bytes and SHA-256 are those of the file itself, as a reader ends up with it.
        on_rows is called with the number of people in each block that was read.
        """
        entry = AuditEntry.objects.record_event(
            User, AuditEntry.Event.EXPORT, f"{self.format.name} export of users", **self._details()
        )
        register = Register()
        return pipeline.render(
            self.people,
            self.columns,
            self.format,
            title="Users",
            generated_at=self.at,
            on_end=lambda export: _finish(entry, register, export),
            on_rows=on_rows,
            on_keys=register.note,
            watch=watch,
            family=self.family,
            style=self.style,
            about=self._about(),
            empty=EMPTY,
        )

    def _details(self) -> dict[str, Any]:
        return {
            "family": self.family,
            "format": self.format.name,
            "filters": self.question.given(),
            "columns": self.columns.names,
            "outcome": "started",
        }

    def _about(self) -> list[tuple[str, str]]:
        words = self.question.words() or [("Filters", "none")]
        return [("Exported by", self.question.actor.username), *words]


def _finish(entry: AuditEntry, register: Register, export: pipeline.Export) -> None:
    with transaction.atomic():
        entry.amend(**export.results, register=register.write(entry))
