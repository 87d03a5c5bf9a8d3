"""The audit: one entry for each change of a row and for each export."""

import logging
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any, Self
from uuid import UUID

from auditlog.models import AbstractLogEntry, LogEntryManager
from django.contrib.contenttypes.models import ContentType
from django.db import models, transaction
from django.dispatch import Signal
from django.utils.translation import gettext_lazy as _

from .. import actor, evidence
from ..ids import uuids
from ..inserting import insert
from .audit_seal import AuditSeal
from .doings import BY_ACTION, DOINGS, Doing, Event
from .organization import Organization

log = logging.getLogger(__name__)

EVIDENCE = ("salt", "personal_digest", "code")
MASK = "********"
# Sent with the new entries, within the transaction that wrote them.
entries_written = Signal()
# So many of the newest entries are searched for words: no index holds them.
SEARCHED = 100_000
# What is told at a beginning and completed at its end: it may be under way for so long, and that
# its reader lost it may still be told for so long after.
LONGEST_UNDER_WAY, LONGEST_LOSS = timedelta(hours=24), timedelta(minutes=15)


def mask(value: object) -> str:
    """Return the stand-in for a value that the audit must not hold."""
    return MASK


class AuditEntryQuerySet(models.QuerySet):
    """Entries in domain words."""

    def visible_to(self, actor: Any) -> Self:
        """Return the entries of the organizations that an actor sees."""
        if actor.sees_everybody:
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

    def of_event(self, event: str) -> Self:
        """Return entries of one event."""
        return self.filter(event=event)

    def exports_of_job(self, job_id: str) -> Self:
        """Return the exports that a job began, once or again."""
        return self.filter(event=AuditEntry.Event.EXPORT, additional_data__filters__job=job_id)

    def about_kinds(self, words: Collection[str]) -> Self:
        """Return entries about rows of these models, given by their names in lower case."""
        kinds = ContentType.objects.filter(app_label="users", model__in=words)
        return self.filter(content_type__in=list(kinds.values_list("pk", flat=True)))

    def about(self, ids: Collection[str]) -> Self:
        """Return entries about the rows of these ids."""
        return self.filter(object_pk__in=ids)

    def with_ids(self, ids: Collection[int]) -> Self:
        """Return the entries of these numbers."""
        return self.filter(pk__in=ids)

    def by(self, ids: Collection[str | UUID]) -> Self:
        """Return what any of these people did; what is no UUID names nobody."""
        return self.filter(actor__in=uuids(ids))

    def about_or_by(self, ids: Collection[str]) -> Self:
        """Return the entries about the rows of these ids, and of what these people did."""
        return self.filter(models.Q(object_pk__in=ids) | models.Q(actor__in=uuids(ids)))

    def between(self, earliest: datetime | None, latest: datetime | None) -> Self:
        """Return entries within the bounds, which are inclusive."""
        entries = self if earliest is None else self.filter(timestamp__gte=earliest)
        return entries if latest is None else entries.filter(timestamp__lte=latest)

    def unsealed(self) -> Self:
        """Return entries that are in no batch yet."""
        return self.filter(seal__isnull=True)

    def of_seals(self, numbers: Collection[int]) -> Self:
        """Return the entries of the batches with these numbers."""
        return self.filter(seal__in=numbers)

    def sealable(self, at: datetime) -> Self:
        """Return entries that are in no batch yet and to which nothing more is added."""
        told_twice = models.Q(event__in=(Event.EXPORT, Event.IMPORT))
        ended = models.Q(timestamp__lt=at - LONGEST_LOSS)
        ended &= ~models.Q(additional_data__outcome="started")
        given_up = models.Q(timestamp__lt=at - LONGEST_UNDER_WAY)
        return self.unsealed().filter(~told_twice | ended | given_up)

    def with_code(self, code: str) -> Self:
        """Return entries that a code vouches for: one, unless there are copies."""
        return self.filter(code=code)

    def codes_told_twice(self) -> list[str]:
        """Return the codes that more than one entry has."""
        counted = self.values("code").annotate(copies=models.Count("pk")).filter(copies__gt=1)
        return list(counted.order_by("code").values_list("code", flat=True))

    def oldest_first(self) -> Self:
        """Return entries in the order in which they were written down."""
        return self.order_by("pk")

    def forget(self) -> int:
        """Let entries forget what may be personal; what is left of each can still be verified."""
        return self.update(**evidence.FORGOTTEN, salt="")

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

    def record_about(
        self, row: models.Model | None, event: str, words: str = "", **details: Any
    ) -> Any:
        """Leave one entry of an event that happened to a row of people; None: to nobody known."""
        kind = type(row) if row is not None else self.model._meta.get_field("actor").related_model
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
            content_type=ContentType.objects.get_for_model(type(row)),
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
        self.additional_data = {**(before or {}), **details}
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
