"""How long the audit is kept: whole batches go, the oldest first, and an entry says which."""

import logging
from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import takewhile

from django.conf import settings
from django.db import transaction

from .anchoring import anchors
from .models import AuditEntry, AuditSeal
from .models.doings import Event
from .verifying import Chain, named_as_forgotten

BATCHES = 10  # in one transaction
BLOCK = 10_000  # ids in one statement

log = logging.getLogger(__name__)


def let_go(at: datetime) -> int:
    """Delete the entries of batches older than USERSVC_AUDIT_DAYS; return how many; 0 days: none.

    What is left can still be verified: the entry that tells of it names the last batch that went.
    """
    if not settings.AUDIT_DAYS:
        return 0
    limit, total = at - timedelta(days=settings.AUDIT_DAYS), 0
    while (count := _some(limit)) is not None:
        total += count
    return total


@transaction.atomic
def _some(limit: datetime) -> int | None:
    """Delete a few of the oldest batches; return how many entries that were; None: no batch."""
    seals = list(_overdue(limit))
    if not seals:
        return None
    entries = AuditEntry.objects.of_seals([seal.number for seal in seals])
    named = named_as_forgotten(entries)
    _, deleted = entries.delete()
    count: int = deleted.get(AuditEntry._meta.label, 0)
    AuditSeal.objects.filter(pk__in=[seal.pk for seal in seals]).delete()
    AuditEntry.objects.record_event(
        AuditEntry,
        Event.RETENTION,
        "retention",
        last_batch=seals[-1].number,
        hash=seals[-1].hash,
        count=count,
        # An erasure may go before what it named: a file that was under way was sealed late.
        entries=_still_there(sorted(named)),
    )
    return count


def _overdue(limit: datetime) -> Iterator[AuditSeal]:
    """Yield the oldest batches that are to go, up to one that is not as it was written.

    What somebody tampered with stays, for whoever verifies the audit to find.
    """
    # The newest stays: the next one follows it.
    old = AuditSeal.objects.in_order().before(AuditSeal.objects.last_one()).select_for_update()
    chain = Chain(anchors())
    for seal in takewhile(lambda seal: seal.sealed_at < limit, old[:BATCHES]):
        if wrong := next(chain.tampered(seal, list(seal.entries.all())), None):
            log.error("audit: nothing more is let go for its age: %s", wrong)
            return
        chain.follow(seal)
        yield seal


def _still_there(ids: list[int]) -> list[int]:
    left: list[int] = []
    for start in range(0, len(ids), BLOCK):
        there = AuditEntry.objects.with_ids(ids[start : start + BLOCK]).oldest_first()
        left += there.values_list("pk", flat=True)
    return left
