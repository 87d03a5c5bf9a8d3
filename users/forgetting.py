"""What the audit forgets of people who are erased: words and values, never that something was."""

from collections.abc import Iterable, Iterator, Sequence

from .evidence import is_genuine
from .mentions import Names
from .models import AuditEntry, User
from .models.doings import Event
from .verifying import named_as_forgotten

BLOCK = 10_000  # entries a statement, and the ids that one erasure names
SEARCHED = ("object_repr", "changes", "additional_data", "serialized_data", "actor_email")
NAMING = ("username", "email", "name", "phone")


def names_before(people: Sequence[User]) -> Iterator[tuple[str, str]]:
    """Yield what people were called before, as far as the audit knows: the field, and the text."""
    entries = AuditEntry.objects.about([str(person.pk) for person in people])
    for changes in entries.values_list("changes", flat=True).iterator():
        for name in NAMING:
            values = (changes or {}).get(name) if isinstance(changes, dict) else None
            yield from ((name, each) for each in values or () if isinstance(each, str))


def telling_of(people: Sequence[User], names: Names) -> set[int]:
    """Return the ids of the entries about people, of what they did, and that mention them."""
    ids = [str(person.pk) for person in people]
    found = about(ids) | set(AuditEntry.objects.by(ids).values_list("pk", flat=True))
    rows = names.candidates(AuditEntry.objects.order_by(), SEARCHED)
    for pk, row, words, *values in rows.values_list("pk", "object_pk", *SEARCHED).iterator():
        # What an event that is about no row is called are words of ours.
        if pk not in found and names.are_within([words if row else "", *values]):
            found.add(pk)
    return found


def about(ids: Sequence[str]) -> set[int]:
    """Return the ids of the entries about people, by the ids of these."""
    return set(AuditEntry.objects.about(ids).values_list("pk", flat=True))


def forget(ids: Iterable[int], people: int) -> int:
    """Let entries forget what is personal, and leave entries that say which; return how many.

    An erasure among them is one that somebody did who is erased now: what it named is named again.
    """
    wanted = set(ids)
    for block in _blocks(sorted(wanted)):
        wanted |= named_as_forgotten(AuditEntry.objects.with_ids(block).of_event(Event.ERASURE))
    for block in _blocks(sorted(wanted)):
        entries = AuditEntry.objects.with_ids(block)
        # What somebody tampered with forgets, too, and is found as before.
        changed = [row.pk for row in entries.iterator(chunk_size=1000) if not is_genuine(row)]
        entries.forget()
        for some in _blocks(changed):
            AuditEntry.objects.with_ids(some).disown()
        AuditEntry.objects.record_event(
            User, Event.ERASURE, "erasure", entries=block, count=len(block), people=people
        )
    return len(wanted)


def _blocks(ids: list[int]) -> Iterator[list[int]]:
    for start in range(0, len(ids), BLOCK):
        yield ids[start : start + BLOCK]
