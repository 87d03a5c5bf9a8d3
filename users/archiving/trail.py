"""What the audit knows of a person, for whom it may be shown to."""

from collections.abc import Iterable, Iterator
from typing import Any

from exports.lines import line

from ..models import AuditEntry, ExportBlock, User
from ..models.doings import Doing

CHUNK = 500
TITLES = ("at", "by", "family", "format", "rows", "columns", "outcome", "certain")


def entries(person: User, reader: User) -> Iterator[dict[str, Any]]:
    """Yield the audit's entries about a person and of what it did, oldest first.

    To the person itself others are nobody: neither who acted, nor what was done to somebody else.
    """
    ids = [str(person.pk)]
    found = AuditEntry.objects.about_or_by(ids).order_by("pk")
    if reader != person:
        found = found.visible_to(reader)
    for entry in found.select_related("content_type").iterator(chunk_size=CHUNK):
        told = _told(entry)
        if reader == person and entry.actor_id != person.pk:
            told |= {"actor": None, "actor_email": None, "remote_addr": None}
        if reader == person and entry.object_pk not in ("", *ids):
            told |= {"object_repr": "", "changes": None, "additional_data": None}
        yield told


def exports(person: User, reader: User) -> Iterator[str]:
    """Yield the lines of a table of the exports that held a person, or may have."""
    found = AuditEntry.objects.telling_of([Doing.EXPORT])
    if reader != person:
        found = found.visible_to(reader)
    held = ExportBlock.objects.that_may_have_held(person.pk, found)
    sure = set(ExportBlock.objects.among(held).holding(person.pk).values_list("entry", flat=True))
    yield _line(TITLES)
    for entry in AuditEntry.objects.with_ids(held).order_by("pk").iterator(chunk_size=CHUNK):
        details = entry.additional_data or {}
        by = entry.actor_email if reader != person or entry.actor_id == person.pk else ""
        columns = " ".join(map(str, details.get("columns", ())))
        told = [details.get(name, "") for name in ("family", "format", "rows")]
        is_sure = "yes" if entry.pk in sure else "no"
        outcome = details.get("outcome", "")
        yield _line([entry.timestamp.isoformat(), by, *told, columns, outcome, is_sure])


def _told(entry: AuditEntry) -> dict[str, Any]:
    return {
        "id": entry.pk,
        "at": entry.timestamp,
        "event": entry.event,
        "action": entry.get_action_display(),
        "kind": entry.content_type.model,
        "object_pk": entry.object_pk,
        "object_repr": entry.object_repr,
        "changes": entry.changes,
        "additional_data": entry.additional_data,
        "actor": entry.actor_id,
        "actor_email": entry.actor_email,
        "remote_addr": entry.remote_addr,
    }


def _line(cells: Iterable[Any]) -> str:
    return line(str(cell or "") for cell in cells)
