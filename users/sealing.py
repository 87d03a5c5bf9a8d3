"""Sealing the audit: entries that nobody waited for become batches of a chain, once a minute.

Whoever writes an entry writes nothing else; the chain is one sealer's. Each seal is also told in a
file beside the database and in the log, which know of batches that are cut off later.
"""

from django.db import IntegrityError, transaction

from usersvc import clock

from .anchoring import anchor
from .models import AuditEntry, AuditSeal
from .models.audit_seal import FIRST

BATCH = 1_000  # entries; with more, verifying would take the full ones of before for partial ones
MOST_BATCHES = 200  # in one go; the next minute does the rest


def seal() -> int:
    """Seal what there is to seal, and return how many batches that made."""
    if last := AuditSeal.objects.last_one():
        anchor(last)  # once more, if whoever made it came to its end before it was told of
    for count in range(MOST_BATCHES):
        try:
            made = _next()
        except IntegrityError:  # another sealer was quicker
            return count
        if made is None:
            return count
        anchor(made)
    return MOST_BATCHES


@transaction.atomic
def _next() -> AuditSeal | None:
    """Make one batch more; None when there is nothing for it."""
    at = clock.now()
    waiting = AuditEntry.objects.sealable(at).oldest_first().select_for_update(no_key=True)
    leaves = [list(leaf) for leaf in waiting.values_list("pk", "code")[:BATCH]]
    if not leaves:
        return None
    last = AuditSeal.objects.last_one()
    number = last.number + 1 if last else FIRST
    made = AuditSeal(number=number, previous=last.hash if last else "", sealed_at=at, leaves=leaves)
    made.hash = made.reckoned()
    made.save(force_insert=True)
    AuditEntry.objects.filter(pk__in=[pk for pk, code in leaves]).update(seal=made)
    return made
