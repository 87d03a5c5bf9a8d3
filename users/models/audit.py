"""The audit: one entry for each change of a row and for each export."""

import logging
from collections.abc import Iterable, Mapping
from typing import Any

from auditlog.models import AbstractLogEntry, LogEntryManager
from django.contrib.contenttypes.models import ContentType
from django.db import models, transaction
from django.dispatch import Signal
from django.utils.translation import gettext_lazy as _

from usersvc import clock

from .. import actor, evidence
from ..inserting import insert
from .audit_queryset import AuditEntryQuerySet, written
from .audit_seal import AuditSeal
from .doings import BY_ACTION, Doing, Event
from .organization import Organization

log = logging.getLogger(__name__)

EVIDENCE = ("salt", "personal_digest", "code")
MASK = "********"
# Sent with the new entries, within the transaction that wrote them.
entries_written = Signal()


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

    def record_about(
        self, row: models.Model | None, event: str, words: str = "", **details: Any
    ) -> Any:
        """Leave one entry of an event that happened to a row of people; None: to nobody known."""
        # Not its type: whom a request names is a lazy one.
        kind = row if row is not None else self.model._meta.get_field("actor").related_model
        return self.create(
            content_type=ContentType.objects.get_for_model(kind),
            object_pk="" if row is None else str(row.pk),
            object_repr=words or ("" if row is None else str(row)),
            organization_id=None if row is None else _organization_of(row),
            action=AbstractLogEntry.Action.ACCESS,
            event=event,
            additional_data=details or None,
        )

    def _entry(self, row: models.Model, **values: Any) -> "AuditEntry":
        entry: AuditEntry = self.model(
            content_type=ContentType.objects.get_for_model(row),
            object_pk=str(row.pk),
            object_repr=str(row),
            organization_id=_organization_of(row),
            **values,
        )
        entry.sign()
        entry.vouch()
        return entry


class AuditEntry(AbstractLogEntry):
    """What happened, who did it, from where; and the organization whose auditors may read it."""

    Event = Event

    event = models.CharField(max_length=20, choices=Event, default=Event.CHANGE)
    organization = models.ForeignKey(
        Organization, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    # Whose these two were, also once the person or the organization is gone.
    actor_key = models.CharField(max_length=36, blank=True, default="", editable=False)
    organization_key = models.CharField(max_length=36, blank=True, default="", editable=False)
    # What users/evidence.py makes of the entry. Without a salt, what was personal is forgotten.
    salt = models.CharField(max_length=32, blank=True, default="", editable=False)
    personal_digest = models.CharField(max_length=64, blank=True, default="", editable=False)
    code = models.CharField(max_length=64, blank=True, default="", editable=False)
    seal = models.ForeignKey(
        AuditSeal, models.DO_NOTHING, null=True, editable=False, related_name="entries"
    )

    client = models.CharField(max_length=20, blank=True, default="")  # a machine's account

    objects: Any = AuditEntryManager.from_queryset(AuditEntryQuerySet)()

    # The organization of the row itself, known while the entry is written.
    home: Any = None

    class Meta(AbstractLogEntry.Meta):
        abstract = False
        default_permissions = ("view",)
        verbose_name = _("audit entry")
        verbose_name_plural = _("audit entries")
        indexes = [
            models.Index(fields=["event", "timestamp"], name="audit_event"),
            models.Index(
                fields=["id"], name="audit_unsealed", condition=models.Q(seal__isnull=True)
            ),
        ]

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not self._state.adding:
            raise TypeError("An entry is not changed: amend() completes one that is in no batch.")
        self.sign()
        self.vouch()
        with transaction.atomic(savepoint=False):
            super().save(*args, **kwargs)
            entries_written.send(type(self), entries=[self])

    def amend(self, **details: Any) -> None:
        """Complete what the entry tells of something that was under way, before it is sealed."""
        before: Any = self.additional_data  # type: ignore[has-type]
        self.additional_data = {**(before or {}), **details, "ended_at": written(clock.now())}
        # Without its salt it was made to forget meanwhile, and does not learn it again.
        same: Any = AuditEntry.objects.filter(pk=self.pk, salt=self.salt)
        self.vouch()
        told = {name: getattr(self, name) for name in ("additional_data", *EVIDENCE)}
        if not same.unsealed().update(**told):
            log.error("audit entry %s came to its end after it was sealed or forgot", self.pk)

    def vouch(self) -> None:
        """Let the code be that of what the entry says now."""
        self.salt = self.salt or evidence.new_salt()
        self.personal_digest = evidence.personal_digest(self)
        self.code = evidence.code(self)

    @property
    def doing(self) -> Doing:
        """What the entry tells of."""
        if self.event == self.Event.CHANGE:
            return BY_ACTION.get(self.action, Doing.UPDATE)
        return Doing(self.event)

    def sign(self) -> None:
        """Write down who acts, unless it is already known."""
        self.home = self.organization_id  # type: ignore[has-type]
        if self.actor_id is None and (person := actor.current_user()):
            self.actor, self.actor_email = person, person.email
            self.client = person.client_id
        self.remote_addr: str | None = self.remote_addr or actor.current_address()
        if self.organization_id is None and self.actor is not None:  # type: ignore[has-type]
            self.organization_id = self.actor.organization_id
        self.actor_key = str(self.actor_id or "")
        self.organization_key = str(self.organization_id or "")


def _organization_of(row: models.Model) -> Any:
    if isinstance(row, Organization):
        return row.pk
    return getattr(row, "organization_id", None)
