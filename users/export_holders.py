"""Which exports held a person, as the register and the audit know it."""

from collections.abc import Iterable
from typing import Any

from .models import AuditEntry, ExportBlock, User
from .models.audit_queryset import AuditEntryQuerySet
from .models.doings import Doing

# So many of the newest exports are looked through while somebody waits.
LOOKED_THROUGH = 10_000


def exports_of(person: User, entries: AuditEntryQuerySet) -> AuditEntryQuerySet:
    """Return which of the newest exports among the entries may have held a person, newest first.

    What nobody knows of may have held everybody: an export that never came to its end, or one from
    before there was a register.
    """
    newest = entries.telling_of([Doing.EXPORT]).newest_first()[:LOOKED_THROUGH]
    # Found once: a page is counted and cut without another look at whom all files held.
    found = ExportBlock.objects.that_may_have_held(person.pk, newest)
    held: AuditEntryQuerySet = AuditEntry.objects.with_ids(found)
    return held.newest_first()


def certain(person: User, entries: Iterable[AuditEntry]) -> set[Any]:
    """Return the ids of those of the entries whose files surely held a person."""
    blocks = ExportBlock.objects.among([entry.pk for entry in entries])
    return set(blocks.holding(person.pk).values_list("entry", flat=True))
