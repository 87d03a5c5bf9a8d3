"""The audit: one entry for each change of a row and for each export."""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import Any, Self
from uuid import UUID

from auditlog.models import AbstractLogEntry, LogEntryManager
from django.contrib.contenttypes.models import ContentType
from django.db import models, transaction
from django.dispatch import Signal
from django.utils.translation import gettext_lazy as _

from .. import actor
from ..ids import uuids
from ..inserting import insert
from .organization import Organization

MASK = "********"
# Sent with the new entries, within the transaction that wrote them.
entries_written = Signal()
# So many of the newest entries are searched for words: no index holds them.
SEARCHED = 100_000


def mask(value: object) -> str:
    """Return the stand-in for a value that the audit must not hold."""
    return MASK


class AuditEntryQuerySet(models.QuerySet):
    """Entries in domain words."""

    def visible_to(self, actor: Any) -> Self:
        """Return the entries of the organizations that an actor sees."""
        if actor.is_superuser:
            return self
        return self.filter(organization__in=Organization.objects.visible_to(actor).values("pk"))

    def newest_first(self) -> Self:
        """Return entries in the order of every list."""
        return self.order_by("-timestamp", "-id")

    def telling_of(self, words: Collection[str]) -> Self:
        """Return entries of any of these doings."""
        either = models.Q(pk__in=[])
        for word in words:
            either |= DOINGS[Doing(word)]
        return self.filter(either)

    def about_kinds(self, words: Collection[str]) -> Self:
        """Return entries about rows of these models, given by their names in lower case."""
        kinds = ContentType.objects.filter(app_label="users", model__in=words)
        return self.filter(content_type__in=list(kinds.values_list("pk", flat=True)))

    def about(self, ids: Collection[str]) -> Self:
        """Return entries about the rows of these ids."""
        return self.filter(object_pk__in=ids)

    def by(self, ids: Collection[str | UUID]) -> Self:
        """Return what any of these people did; what is no UUID names nobody."""
        return self.filter(actor__in=uuids(ids))

    def between(self, earliest: datetime | None, latest: datetime | None) -> Self:
        """Return entries within the bounds, which are inclusive."""
        entries = self if earliest is None else self.filter(timestamp__gte=earliest)
        return entries if latest is None else entries.filter(timestamp__lte=latest)

    def search(self, text: str) -> Self:
        """Return those of the newest in which every word occurs: in what, or in whose address."""
        entries = self.filter(pk__in=self.newest_first().values("pk")[:SEARCHED])
        for word in text.split():
            what = models.Q(object_repr__icontains=word)
            entries = entries.filter(what | models.Q(actor_email__icontains=word))
        return entries


class AuditEntryManager(LogEntryManager):
    """Writes entries: auditlog those of single rows, bulk writes and exports theirs by hand."""

    def log_create(self, instance: models.Model, force_log: bool = False, **kwargs: Any) -> Any:
        kwargs.setdefault("organization_id", _organization_of(instance))
        return super().log_create(instance, force_log=force_log, **kwargs)

    def log_m2m_changes(
        self,
        changed_queryset: Any,
        instance: models.Model,
        operation: str,
        field_name: str,
        **kwargs: Any,
    ) -> Any:
        kwargs.setdefault("organization_id", _organization_of(instance))
        return super().log_m2m_changes(changed_queryset, instance, operation, field_name, **kwargs)

    def record_changes(
        self, rows: Iterable[models.Model], changes: Mapping[Any, dict[str, Any]], action: int
    ) -> None:
        """Leave one entry a row, in few statements, for a write that no signal sees.

        changes maps a row's id to {field: [old, new]}; rows that it does not name did not change.
        """
        entries = [
            self._entry(row, action=action, changes=changes[row.pk])
            for row in rows
            if changes.get(row.pk)
        ]
        with transaction.atomic(savepoint=False):
            insert(entries)
            entries_written.send(self.model, entries=entries)

    def record_event(
        self, model: type[models.Model], event: str, words: str, **details: Any
    ) -> Any:
        """Leave one entry that is about no single row, such as an export."""
        return self.create(
            content_type=ContentType.objects.get_for_model(model),
            object_pk="",
            object_repr=words,
            action=AbstractLogEntry.Action.ACCESS,
            event=event,
            additional_data=details,
        )

    def _entry(self, row: models.Model, **values: Any) -> "AuditEntry":
        entry: AuditEntry = self.model(
            content_type=ContentType.objects.get_for_model(type(row)),
            object_pk=str(row.pk),
            object_repr=str(row),
            organization_id=_organization_of(row),
            **values,
        )
        entry.sign()
        return entry


class AuditEntry(AbstractLogEntry):
    """What happened, who did it, from where; and the organization whose auditors may read it."""

    class Event(models.TextChoices):
        CHANGE = "change", _("Change")
        EXPORT = "export", _("Export")
        IMPORT = "import", _("Import")
        SEED = "seed", _("Demo data")

    event = models.CharField(max_length=20, choices=Event, default=Event.CHANGE)
    organization = models.ForeignKey(
        Organization, models.SET_NULL, null=True, blank=True, related_name="+"
    )

    objects: Any = AuditEntryManager.from_queryset(AuditEntryQuerySet)()

    # The organization of the row itself, known while the entry is written.
    home: Any = None

    class Meta(AbstractLogEntry.Meta):
        abstract = False
        default_permissions = ("view",)
        verbose_name = _("audit entry")
        verbose_name_plural = _("audit entries")
        indexes = [models.Index(fields=["event", "timestamp"], name="audit_event")]

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not self._state.adding:
            super().save(*args, **kwargs)
            return
        self.sign()
        with transaction.atomic(savepoint=False):
            super().save(*args, **kwargs)
            entries_written.send(type(self), entries=[self])

    @property
    def doing(self) -> "Doing":
        """What the entry tells of."""
        if self.event == self.Event.CHANGE:
            return BY_ACTION.get(self.action, Doing.UPDATE)
        return Doing(self.event)

    def sign(self) -> None:
        """Write down who acts, unless it is already known."""
        self.home = self.organization_id  # type: ignore[has-type]
        if self.actor_id is None and (person := actor.current_user()):
            self.actor, self.actor_email = person, person.email
        self.remote_addr: str | None = self.remote_addr or actor.current_address()
        if self.organization_id is None and self.actor is not None:  # type: ignore[has-type]
            self.organization_id = self.actor.organization_id


class Doing(models.TextChoices):
    """What an entry tells of, in one word."""

    CREATE = "create", _("Created")
    UPDATE = "update", _("Changed")
    DELETE = "delete", _("Deleted")
    EXPORT = "export", _("Took a file")
    IMPORT = "import", _("Imported")
    SEED = "seed", _("Made demo data")


def _change(action: int) -> models.Q:
    return models.Q(event=AuditEntry.Event.CHANGE, action=action)


DOINGS = {
    Doing.CREATE: _change(AbstractLogEntry.Action.CREATE),
    Doing.UPDATE: _change(AbstractLogEntry.Action.UPDATE),
    Doing.DELETE: _change(AbstractLogEntry.Action.DELETE),
    Doing.EXPORT: models.Q(event=AuditEntry.Event.EXPORT),
    Doing.IMPORT: models.Q(event=AuditEntry.Event.IMPORT),
    Doing.SEED: models.Q(event=AuditEntry.Event.SEED),
}
BY_ACTION = {
    AbstractLogEntry.Action.CREATE: Doing.CREATE,
    AbstractLogEntry.Action.DELETE: Doing.DELETE,
}


def _organization_of(row: models.Model) -> Any:
    if isinstance(row, Organization):
        return row.pk
    return getattr(row, "organization_id", None)
