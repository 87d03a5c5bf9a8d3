"""The audit: one entry for each change of a row and for each export."""

from collections.abc import Iterable, Mapping
from typing import Any

from auditlog.models import AbstractLogEntry, LogEntryManager
from django.contrib.contenttypes.models import ContentType
from django.db import models
from django.utils.translation import gettext_lazy as _

from .. import actor
from ..inserting import insert
from .organization import Organization

MASK = "********"


def mask(value: object) -> str:
    """Return the stand-in for a value that the audit must not hold."""
    return MASK


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
        insert(
            [
                self._entry(row, action=action, changes=changes[row.pk])
                for row in rows
                if changes.get(row.pk)
            ]
        )

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

    objects = AuditEntryManager()

    class Meta(AbstractLogEntry.Meta):
        abstract = False
        default_permissions = ("view",)
        verbose_name = _("audit entry")
        verbose_name_plural = _("audit entries")
        indexes = [models.Index(fields=["event", "timestamp"], name="audit_event")]

    def save(self, *args: Any, **kwargs: Any) -> None:
        if self._state.adding:
            self.sign()
        super().save(*args, **kwargs)

    def sign(self) -> None:
        """Write down who acts, unless it is already known."""
        if self.actor_id is None and (person := actor.current_user()):
            self.actor, self.actor_email = person, person.email
        self.remote_addr: str | None = self.remote_addr or actor.current_address()
        if self.organization_id is None and self.actor is not None:  # type: ignore[has-type]
            self.organization_id = self.actor.organization_id


def _organization_of(row: models.Model) -> Any:
    if isinstance(row, Organization):
        return row.pk
    return getattr(row, "organization_id", None)
