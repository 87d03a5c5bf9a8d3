"""Sealing the audit: entries that nobody waited for become batches of a chain, once a minute.

Whoever writes an entry writes nothing else; the chain is one sealer's. Each seal is also told in a
file beside the database and in the log, which know of batches that are cut off later.
"""

import logging
import os

from django.conf import settings
from django.db import IntegrityError, transaction

from usersvc import clock

from .models import AuditEntry, AuditSeal
from .models.audit_seal import FIRST

BATCH = 1_000  # entries
MOST_BATCHES = 200  # in one go; the next minute does the rest

log = logging.getLogger(__name__)


def seal() -> int:
    """Seal what there is to seal, and return how many batches that made."""
    for count in range(MOST_BATCHES):
        try:
            made = _next()
        except IntegrityError:  # another sealer was quicker
            return count
        if made is None:
            return count
        _anchor(made)
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


def _anchor(made: AuditSeal) -> None:
    """Tell of a seal where who changes the database does not reach."""
    log.info("audit: batch %s sealed", made)
    flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT
    file = os.open(settings.AUDIT_ANCHORS, flags, 0o600)
    try:
        os.write(file, f"{made}\n".encode())
        os.fsync(file)
    finally:
        os.close(file)
