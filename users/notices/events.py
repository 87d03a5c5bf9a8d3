"""The events that webhooks are told of: what they are called, and what their bodies hold."""

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Self

from django.db import models
from django.utils.translation import gettext_lazy as _

from exports.models import Job

from ..ids import uuids
from ..models import AuditEntry
from ..status import Status

NOTHING = (None, "", "None")


class Event(models.TextChoices):
    """What can happen, by the names that receivers know."""

    CREATED = "user.created", _("Somebody was added")
    UPDATED = "user.updated", _("Somebody was changed")
    SUSPENDED = "user.suspended", _("Somebody was suspended")
    REACTIVATED = "user.reactivated", _("A suspension was lifted")
    DELETED = "user.deleted", _("Somebody was deleted")
    RESTORED = "user.restored", _("Somebody was restored")
    DESTROYED = "user.destroyed", _("Somebody was destroyed for good")
    JOB_DONE = "job.done", _("A job was completed")
    JOB_FAILED = "job.failed", _("A job failed")
    JOB_CANCELLED = "job.cancelled", _("A job was cancelled")


TEST = "webhook.test"


@dataclass(frozen=True)
class Change:
    """One change of a person, as the audit tells of it; home is the person's organization."""

    event: Event
    person_id: str
    home: Any
    by: str | None
    fields: list[str] = field(default_factory=list)

    @classmethod
    def of(cls, entry: AuditEntry) -> Self:
        """Return what an entry about a person tells; a new or gone one has no changed fields."""
        event = _event_of(entry)
        whole = event in (Event.CREATED, Event.DESTROYED)
        fields = [] if whole else sorted(entry.changes or {})
        by = str(entry.actor_id) if entry.actor_id else None
        return cls(event, str(entry.object_pk), _home_of(entry), by, fields)


def _home_of(entry: AuditEntry) -> Any:
    """Return where the person is now: many who move at once are filed where they were."""
    moved = (entry.changes or {}).get("organization")
    if moved is None or entry.action != AuditEntry.Action.UPDATE:
        return entry.home
    return next(iter(uuids([str(moved[1])])), None)


def _event_of(entry: AuditEntry) -> Event:
    if entry.action == AuditEntry.Action.CREATE:
        return Event.CREATED
    if entry.action == AuditEntry.Action.DELETE:
        return Event.DESTROYED
    changes = entry.changes or {}
    if "deleted_at" in changes:
        return Event.RESTORED if changes["deleted_at"][1] in NOTHING else Event.DELETED
    before, after = changes.get("status") or (None, None)
    if after == Status.SUSPENDED:
        return Event.SUSPENDED
    return Event.REACTIVATED if before == Status.SUSPENDED else Event.UPDATED


def body_of_people(event: str, changes: Iterable[Change], at: datetime) -> str:
    """Return what is sent of people: who changed in which fields, and by whom; no name, no address.

    All of them were changed by the same person.
    """
    listed = list(changes)
    users = [{"id": each.person_id, "fields": each.fields} for each in listed]
    return body(event, at, {"users": users, "by": listed[0].by})


def body_of_job(event: str, job: Job, at: datetime) -> str:
    """Return what is sent of a job that has ended."""
    told = {
        "id": job.pk,
        "kind": job.kind,
        "state": job.state,
        "rows": job.rows_done,
        "error_code": job.error_code or None,
    }
    return body(event, at, {"job": told, "by": str(job.owner_id)})


def body(event: str, at: datetime, data: dict[str, Any]) -> str:
    """Return the bytes' text of a notice, as the Standard Webhooks specification shapes it."""
    instant = at.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return json.dumps({"type": event, "timestamp": instant, "data": data}, separators=(",", ":"))
