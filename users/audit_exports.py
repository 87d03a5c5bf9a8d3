"""AuditExport: entries of the audit as a file, whoever asks; the audit knows of this file, too."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Case, F, TextField, Value, When

from exports import downloads, pipeline
from exports.columns import Column, ColumnSet
from exports.formats import FORMATS, ExportFormat
from exports.kinds import Instant, Json, Number, Text, Word
from exports.watching import Watch
from usersvc import clock
from usersvc.api.errors import Fault, RequestInvalid

from .models import AuditEntry
from .models.audit_queryset import AuditEntryQuerySet
from .models.doings import DOINGS, Doing, Event

# An entry tells of people, before and after.
PERMISSIONS = ("users.view_auditentry", "users.export_user")
WORDS = ("csv", "xlsx", "json")

_DOING = Case(
    *(When(condition, then=Value(doing.value)) for doing, condition in DOINGS.items()),
    default=Value(Doing.UPDATE.value),
    output_field=TextField(),
)
COLUMNS = ColumnSet(
    [
        Column("id", "ID", "pk", Number()),
        Column("at", "When", "timestamp", Instant()),
        Column("what", "What", _DOING, Word()),
        Column("kind", "Kind", "content_type__model", Word()),
        Column("object_id", "Object ID", "object_pk", Text()),
        Column("object", "Object", "object_repr", Text()),
        Column("actor_id", "Actor ID", "actor_key", Text()),
        Column("actor", "Actor", "actor_email", Text()),
        Column("client", "Client", "client", Text()),
        Column("organization_id", "Organization ID", "organization_key", Text()),
        Column("address", "Address", "remote_addr", Text()),
        Column("changes", "Changes", "changes", Json()),
        Column("details", "Details", "additional_data", Json()),
        Column("batch", "Batch", F("seal_id"), Number()),
        Column("code", "Code", "code", Text()),
    ]
)


@dataclass(frozen=True, kw_only=True)
class AuditExport:
    """One export of entries: which, of those in the actor's sight, and as what."""

    actor: Any
    entries: AuditEntryQuerySet
    given: dict[str, Any]
    format: ExportFormat
    at: datetime

    family = "audit"

    @classmethod
    def of(cls, actor: Any, entries: AuditEntryQuerySet, given: dict[str, Any], word: str) -> Any:
        """Return the export in a format of WORDS, as of now."""
        asked = {"actor": actor, "entries": entries, "given": given}
        return cls(**asked, format=FORMATS[word], at=clock.now())

    @property
    def filename(self) -> str:
        """The name of the file."""
        return downloads.filename("audit_export", self.format.extension, self.at)

    @property
    def caller(self) -> str:
        """The id of who asks."""
        return str(self.actor.caller_id)

    def refuse_too_many(self) -> None:
        """Raise RequestInvalid, with the count, when more match than a file of the format holds."""
        most = self.format.most_rows
        if most is not None and (count := self.entries.order_by().count()) > most:
            advice = f"{count} entries match, and a file holds at most {most}: narrow the filters"
            raise RequestInvalid([Fault("limit", advice, str(count))])

    def begin(self, watch: Watch | None = None) -> pipeline.Export:
        """Return the started export; its own entry is there before its first byte leaves."""
        details = {"family": self.family, "format": self.format.name, "filters": self.given}
        words = f"{self.format.name} export of the audit"
        entry = AuditEntry.objects.record_event(
            AuditEntry, Event.EXPORT, words, **details, columns=COLUMNS.names, outcome="started"
        )
        return pipeline.render(
            self.entries,
            COLUMNS,
            self.format,
            title="Audit",
            generated_at=self.at,
            on_end=lambda export: entry.amend(**export.results),
            watch=watch,
            family=self.family,
        )
