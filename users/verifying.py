"""Verifying the audit: whether every entry is there, in its place, and says what it said."""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import DEFAULT_DB_ALIAS, DatabaseError

from exports.rows import snapshot

from . import evidence, sealing
from .anchoring import Anchors
from .ids import uuids
from .models import AuditEntry, AuditSeal, ExportBlock, Organization, User
from .models.audit_queryset import LONGEST_UNDER_WAY, AuditEntryQuerySet
from .models.audit_seal import FIRST
from .models.doings import Doing

# A transaction may write down what it did so long before others see it; clocks differ by so much.
LONGEST_TRANSACTION, CLOCKS_DIFFER = timedelta(hours=1), timedelta(minutes=5)
BLOCK = 1_000


def report(known: Anchors, tell: Callable[[str], None]) -> bool:
    """Tell each thing that is wrong; return whether nothing is."""
    is_well = True
    try:
        for sentence in verify(known):
            is_well = False
            tell(sentence)
    except (ValueError, TypeError, DatabaseError) as error:  # rows that are not even rows
        tell(f"The audit cannot be read to its end: {error}")
        return False
    return is_well


def verify(known: Anchors) -> Iterator[str]:
    """Yield what is wrong, a sentence each; nothing where the audit is as it was written.

    known are anchors that were kept apart: seals that have to be there.
    """
    with snapshot(DEFAULT_DB_ALIAS):  # whatever is erased or let go meanwhile
        chain = Chain(known)
        yield from chain.wrong_with_retired()
        for seal in AuditSeal.objects.in_order().iterator(chunk_size=20):
            rows = list(seal.entries.all())
            yield from chain.tampered(seal, rows)
            yield from chain.untimely(seal, rows)
            chain.follow(seal)
        yield from chain.cut_off()
        yield from _unsealed(chain)
        for pk, number in AuditEntry.objects.of_no_batch().values_list("pk", "seal"):
            yield f"Entry {pk} names batch {number}, which is not there."
        for code in AuditEntry.objects.codes_told_twice():
            copies = AuditEntry.objects.with_code(code).oldest_first().values_list("pk", flat=True)
            yield f"Entries {', '.join(map(str, copies))} are copies of each other."


class Chain:
    """The chain of batches, as far as it was followed: from what was let go for its age on."""

    def __init__(self, known: Anchors) -> None:
        self.known = known
        self.forgotten = named_as_forgotten(AuditEntry.objects.all())
        self.retired = _retired()
        self.number = max(self.retired, default=FIRST - 1)
        self.hash = self.retired.get(self.number, "")
        self.sealed_at: datetime | None = None
        # When a batch last took all that waited: what comes later was not written before.
        self.took_all_at: datetime | None = None

    def follow(self, seal: AuditSeal) -> None:
        """Go on to a batch."""
        self.number, self.hash, self.sealed_at = seal.number, seal.hash, seal.sealed_at
        if len(seal.leaves) < sealing.BATCH:
            self.took_all_at = seal.sealed_at

    def wrong_with_retired(self) -> Iterator[str]:
        """Yield the batches that were let go and are not those that were anchored."""
        for number, told in sorted(self.retired.items()):
            if not self._is_anchored(number, told):
                yield f"Batch {number}, which was let go, is not the one that was anchored."

    def tampered(self, seal: AuditSeal, entries: Sequence[AuditEntry]) -> Iterator[str]:
        """Yield what is wrong with the next batch, its place and its entries."""
        yield from self._place(seal)
        if seal.hash != seal.reckoned():
            yield f"Batch {seal.number} was changed, or its key is another one."
        if not self._is_anchored(seal.number, seal.hash):
            yield f"Batch {seal.number} is not the one that was anchored: it was made anew."
        rows = {row.pk: row for row in entries}
        for pk, code in _leaves(seal):
            row = rows.pop(pk, None)
            if row is None:
                yield f"Entry {pk} of batch {seal.number} is missing."
            elif row.code != code:
                yield f"Entry {pk} of batch {seal.number} is another one."
        for pk in rows:
            yield f"Entry {pk} was put into batch {seal.number}."
        yield from self.wrong_in(entries)

    def wrong_in(self, rows: Sequence[AuditEntry]) -> Iterator[str]:
        """Yield what is wrong with what entries say."""
        for row in rows:
            if not evidence.is_genuine(row):
                yield f"Entry {row.pk} was changed, or nobody of this service wrote it."
            elif not row.salt and row.pk not in self.forgotten:
                yield f"Entry {row.pk} was made to forget, and no erasure says so."
        yield from _whose(rows)
        yield from _registers(rows)

    def untimely(self, seal: AuditSeal, entries: Sequence[AuditEntry]) -> Iterator[str]:
        """Yield what is wrong with when the next batch, and its entries, say that they are of."""
        if self.sealed_at and seal.sealed_at < self.sealed_at - CLOCKS_DIFFER:
            yield (
                f"Batch {seal.number} was sealed before batch {self.number}: the clock was moved."
            )
        for row in entries:
            if row.timestamp > seal.sealed_at + CLOCKS_DIFFER:
                yield f"Entry {row.pk} is of a time after its batch: the clock was moved."
            yield from self.late(row)

    def late(self, row: AuditEntry) -> Iterator[str]:
        """Yield that an entry that no earlier batch has says that it is older than these."""
        longest = LONGEST_UNDER_WAY + LONGEST_TRANSACTION
        if self.took_all_at and row.timestamp < self.took_all_at - longest:
            yield f"Entry {row.pk} is of a time before its batch, or the clock was moved."

    def cut_off(self) -> Iterator[str]:
        """Yield the batches that were anchored after the last that is there."""
        for number in sorted(number for number in self.known if number > self.number):
            yield f"Batch {number} was anchored and is not there: it was cut off."

    def _place(self, seal: AuditSeal) -> Iterator[str]:
        missing = seal.number - self.number - 1
        if missing < 0:
            yield f"Batch {seal.number} was let go, and is here."
        elif missing == 1:
            yield f"Batch {self.number + 1} is missing."
        elif missing:
            yield f"Batches {self.number + 1} to {seal.number - 1} are missing."
        elif seal.previous != self.hash:  # after a missing one there is nothing to compare with
            yield f"Batch {seal.number} does not follow the one before it."

    def _is_anchored(self, number: int, told: str) -> bool:
        return self.known.get(number, {told}) == {told}


def named_as_forgotten(entries: AuditEntryQuerySet) -> set[int]:
    """Return the ids of the entries that erasures among these made forget, as they say.

    What an erasure said that went for its age is said again by the entry that tells of its going.
    """
    named: set[int] = set()
    telling = entries.telling_of([Doing.ERASURE, Doing.RETENTION]).order_by()
    for entry in telling.iterator(chunk_size=BLOCK):
        if evidence.is_genuine(entry):
            named.update((entry.additional_data or {}).get("entries", []))
    return named


def _retired() -> dict[int, str]:
    """Return the hashes of the last batches that were let go for their age, by their numbers."""
    entries = AuditEntry.objects.telling_of([Doing.RETENTION]).order_by()
    genuine = filter(evidence.is_genuine, entries.iterator(chunk_size=BLOCK))
    told: list[Any] = [entry.additional_data for entry in genuine if entry.additional_data]
    return {each["last_batch"]: each["hash"] for each in told}


def _leaves(seal: AuditSeal) -> list[tuple[Any, Any]]:
    """Return the ids and codes that a seal names; none where somebody made it name nonsense."""
    try:
        return [(pk, code) for pk, code in seal.leaves]
    except (TypeError, ValueError):
        return []


def _whose(rows: Sequence[AuditEntry]) -> Iterator[str]:
    """Yield the entries that name another person or organization than when they were written.

    They name nobody once that person, or organization, is gone.
    """
    for name, there in (("actor", User.all_objects), ("organization", Organization.objects)):
        told = {
            row.pk: (str(getattr(row, f"{name}_id") or ""), getattr(row, f"{name}_key"))
            for row in rows
        }
        asked = uuids(key for shown, key in told.values() if key and not shown)
        living = {str(pk) for pk in there.filter(pk__in=asked).values_list("pk", flat=True)}
        for pk, (shown, key) in told.items():
            if shown != key and (shown or key in living):
                yield f"Entry {pk} names another {name} than when it was written."


def _registers(rows: Sequence[AuditEntry]) -> Iterator[str]:
    """Yield the exports of which somebody changed whom they held."""
    told = {row.pk: (row.additional_data or {}).get("register") for row in rows if _is_export(row)}
    kept = {pk: digest for pk, digest in told.items() if digest}
    found = ExportBlock.objects.digests(list(kept)) if kept else {}
    for pk, digest in kept.items():
        if found.get(pk) != digest:
            yield f"Whom the export of entry {pk} held was changed."


def _is_export(row: AuditEntry) -> bool:
    return row.event == AuditEntry.Event.EXPORT and isinstance(row.additional_data, dict)


def _unsealed(chain: Chain) -> Iterator[str]:
    """Yield what is wrong with the entries that wait for the next batch."""
    block: list[AuditEntry] = []
    for row in AuditEntry.objects.unsealed().oldest_first().iterator(chunk_size=BLOCK):
        yield from chain.late(row)
        block.append(row)
        if len(block) == BLOCK:
            yield from chain.wrong_in(block)
            block = []
    yield from chain.wrong_in(block)
