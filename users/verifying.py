"""Verifying the audit: whether every entry is there, in its place, and says what it said."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings

from . import evidence
from .ids import uuids
from .models import AuditEntry, AuditSeal, Organization, User
from .models.audit import LONGEST_UNDER_WAY, AuditEntryQuerySet
from .models.audit_seal import FIRST
from .models.doings import Doing

# A transaction may write down what it did so long before others see it; clocks differ by so much.
LONGEST_TRANSACTION, CLOCKS_DIFFER = timedelta(hours=1), timedelta(minutes=5)
BLOCK = 1_000

Anchors = dict[int, str]


def anchors() -> Anchors:
    """Return the hashes of seals by their numbers, as the file beside the database tells them."""
    try:
        lines = settings.AUDIT_ANCHORS.read_text().splitlines()
    except FileNotFoundError:
        return {}
    return dict(parsed(line) for line in lines if line.strip())


def parsed(text: str) -> tuple[int, str]:
    """Return the number and the hash of NUMBER:HASH; ValueError for what is none."""
    number, *parts = text.strip().split(":")
    told = "".join(parts)
    if not number.isascii() or not number.isdigit() or len(told) != 64:
        raise ValueError(f"{text!r} is no anchor: NUMBER:HASH, as the log tells them.")
    return int(number), told


def verify(known: Anchors) -> Iterator[str]:
    """Yield what is wrong, a sentence each; nothing where the audit is as it was written.

    known are anchors that were kept apart: seals that have to be there.
    """
    forgotten = named_as_forgotten(AuditEntry.objects.all())
    retired, hash_before = _retired()
    previous: AuditSeal | None = None
    for seal in AuditSeal.objects.in_order().iterator(chunk_size=20):
        yield from _chained(seal, previous, retired, hash_before)
        if known.get(seal.number, seal.hash) != seal.hash:
            yield f"Batch {seal.number} is not the one that was anchored: it was made anew."
        yield from _batch(seal, previous, forgotten)
        previous = seal
    last = previous.number if previous else retired
    for number in sorted(number for number in known if number > last):
        yield f"Batch {number} was anchored and is not there: it was cut off."
    yield from _unsealed(previous, forgotten)
    for code in AuditEntry.objects.codes_told_twice():
        copies = AuditEntry.objects.with_code(code).oldest_first().values_list("pk", flat=True)
        yield f"Entries {', '.join(map(str, copies))} are copies of each other."


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


def _retired() -> tuple[int, str]:
    """Return the number and the hash of the last batch that was let go for its age; 0 for none."""
    retired = FIRST - 1, ""
    entries = AuditEntry.objects.telling_of([Doing.RETENTION])
    for entry in entries.iterator(chunk_size=BLOCK):
        if evidence.is_genuine(entry):
            told = entry.additional_data
            retired = max(retired, (told["last_batch"], told["hash"]))
    return retired


def _chained(
    seal: AuditSeal, previous: AuditSeal | None, retired: int, hash_before: str
) -> Iterator[str]:
    """Yield what is wrong with a seal itself, and with its place."""
    number = previous.number if previous else retired
    for missing in range(number + 1, seal.number):
        yield f"Batch {missing} is missing."
    if seal.hash != seal.reckoned():
        yield f"Batch {seal.number} was changed, or its key is another one."
    # After a missing one there is nothing to compare with.
    if seal.number == number + 1 and seal.previous != (previous.hash if previous else hash_before):
        yield f"Batch {seal.number} does not follow the one before it."
    if previous and seal.sealed_at < previous.sealed_at:
        yield f"Batch {seal.number} was sealed before batch {number}: the clock was moved."


def _batch(seal: AuditSeal, previous: AuditSeal | None, forgotten: set[int]) -> Iterator[str]:
    """Yield what is wrong with the entries of a batch."""
    rows = {row.pk: row for row in seal.entries.all()}
    for pk, code in seal.leaves:
        row = rows.pop(pk, None)
        if row is None:
            yield f"Entry {pk} of batch {seal.number} is missing."
        elif row.code != code:
            yield f"Entry {pk} of batch {seal.number} is another one."
        else:
            yield from _entry(row, forgotten)
            yield from _time(row, previous, seal.sealed_at)
    for pk in rows:
        yield f"Entry {pk} was put into batch {seal.number}."
    yield from _whose(seal.entries.all())


def _entry(row: AuditEntry, forgotten: set[int]) -> Iterator[str]:
    """Yield what is wrong with what an entry says."""
    if not evidence.is_genuine(row):
        yield f"Entry {row.pk} was changed, or nobody of this service wrote it."
    elif not row.salt and row.pk not in forgotten:
        yield f"Entry {row.pk} was made to forget, and no erasure says so."


def _time(row: AuditEntry, previous: AuditSeal | None, latest: datetime) -> Iterator[str]:
    """Yield what is wrong with when an entry says that it was written."""
    told_twice = row.event in (AuditEntry.Event.EXPORT, AuditEntry.Event.IMPORT)
    before = LONGEST_TRANSACTION + (LONGEST_UNDER_WAY if told_twice else timedelta())
    if row.timestamp > latest + CLOCKS_DIFFER:
        yield f"Entry {row.pk} is of a time after its batch: the clock was moved."
    if previous and row.timestamp < previous.sealed_at - before:
        yield f"Entry {row.pk} is of a time before its batch: it came later, or the clock moved."


def _whose(rows: Any) -> Iterator[str]:
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


def _unsealed(last: AuditSeal | None, forgotten: set[int]) -> Iterator[str]:
    """Yield what is wrong with the entries that wait for the next batch."""
    waiting = AuditEntry.objects.unsealed().oldest_first()
    block: list[AuditEntry] = []
    for row in waiting.iterator(chunk_size=BLOCK):
        yield from _entry(row, forgotten)
        if last:
            yield from _time(row, last, row.timestamp)
        block.append(row)
        if len(block) == BLOCK:
            yield from _whose(block)
            block = []
    yield from _whose(block)


def report(known: Anchors, tell: Callable[[str], None]) -> bool:
    """Tell each thing that is wrong; return whether nothing is."""
    is_well = True
    for sentence in verify(known):
        is_well = False
        tell(sentence)
    return is_well
