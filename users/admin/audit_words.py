"""Entries of the audit in words: what was done, to what, and how it was before and after."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from django.apps import apps
from django.contrib.admin.utils import quote
from django.core.exceptions import FieldDoesNotExist
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from ..models import AuditEntry, Connection, Organization
from ..models.audit import MASK
from ..models.doings import Doing

# The kinds of rows that entries are about, by the names of their models.
KINDS = {
    "user": _("User"),
    "organization": _("Organization"),
    "policy": _("Policy"),
    "role": _("Role"),
    "group": _("Group"),
    "site": _("Site"),
    "tag": _("Tag"),
    "connection": _("Connection"),
    "serviceaccount": _("Service account"),
    "apikey": _("API key"),
    "webhook": _("Webhook"),
}
# Whose page shows a row of a kind.
PAGES = {kind: kind for kind in KINDS if kind != "apikey"} | {"policy": "organization"}
ICONS = {
    Doing.CREATE: ("plus", "good"),
    Doing.UPDATE: ("pencil", "info"),
    Doing.DELETE: ("trash-2", "bad"),
    Doing.EXPORT: ("download", "warn"),
    Doing.IMPORT: ("upload", "warn"),
    Doing.SEED: ("database", ""),
    Doing.SIGN_IN: ("log-in", "good"),
    Doing.SIGN_IN_FAILED: ("log-in", "bad"),
    Doing.FILE: ("download", "warn"),
    Doing.VIEW: ("eye", ""),
    Doing.ERASURE: ("trash-2", "bad"),
    Doing.RETENTION: ("archive", ""),
}
# Fields that hold an id of something that has a name.
NAMED: dict[str, Any] = {
    "organization": Organization,
    "parent": Organization,
    "suspended_with": Organization,
    "deleted_with": Organization,
    "connection": Connection,
}
# What a row that is new or gone says of itself anyway.
UNTOLD = {"id", "created_at", "jobs", "keys", "service_accounts", "token_families"}
NOTHING: tuple[Any, ...] = (None, "", "None", {}, [])
UNSAID = {*map(str, NOTHING), MASK}
LONGEST = 120


@dataclass(frozen=True)
class Difference:
    """One field, before and after; empty where there was nothing, or is nothing now."""

    label: str
    before: str
    after: str


@dataclass
class Told:
    """An entry, as a page shows it."""

    entry: AuditEntry
    icon: str
    tone: str
    words: str
    kind: str
    page: str
    differences: list[Difference]
    details: list[tuple[str, str]] = field(default_factory=list)

    @property
    def who(self) -> str:
        """Who did it, as far as that is known."""
        who = str(self.entry.actor or self.entry.actor_email or gettext("The system"))
        if not self.entry.client:
            return who
        return gettext("%(who)s, by the service account %(client)s") % {
            "who": who,
            "client": self.entry.client,
        }


def tell(entries: Iterable[AuditEntry], reader: Any) -> list[Told]:
    """Return entries in words, in a number of statements that does not depend on how many."""
    listed = list(entries)
    names = _names(listed, reader)
    return [_told(entry, names) for entry in listed]


def _told(entry: AuditEntry, names: dict[str, str]) -> Told:
    icon, tone = ICONS[entry.doing]
    kind = entry.content_type.model
    return Told(
        entry,
        icon,
        tone,
        str(entry.doing.label),
        str(KINDS.get(kind, kind)),
        _page(entry, kind),
        _differences(entry, names),
        [
            (name.replace("_", " "), _text(value))
            for name, value in (entry.additional_data or {}).items()
            if value not in NOTHING
        ],
    )


def _page(entry: AuditEntry, kind: str) -> str:
    gone = entry.doing is Doing.DELETE
    if not entry.object_pk or kind not in PAGES or gone:
        return ""
    return reverse(f"admin:users_{PAGES[kind]}_change", args=[quote(entry.object_pk)])


def _differences(entry: AuditEntry, names: dict[str, str]) -> list[Difference]:
    whole = entry.doing in (Doing.CREATE, Doing.DELETE)
    told = []
    for name, change in (entry.changes or {}).items():
        before, after = _sides(change)
        if whole and (name in UNTOLD or {str(before), str(after)} <= UNSAID):
            continue
        sides = (names.get(str(side), _text(side)) for side in (before, after))
        told.append(Difference(_label(entry.content_type.model, name), *sides))
    return told


def _sides(change: Any) -> tuple[Any, Any]:
    """Return the two sides of a change; of a relation, what it lost and what it got."""
    if isinstance(change, list) and len(change) == 2:
        return change[0], change[1]
    if isinstance(change, dict) and change.get("type") == "m2m":
        things = ", ".join(change.get("objects", []))
        return ("", things) if change.get("operation") == "add" else (things, "")
    return "", change


def _text(value: Any) -> str:
    text = "" if value in NOTHING else str(value)
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"


def _label(kind: str, name: str) -> str:
    try:
        label = str(apps.get_model("users", kind)._meta.get_field(name).verbose_name)  # type: ignore[union-attr]
    except (FieldDoesNotExist, LookupError, AttributeError):
        label = name.replace("_", " ")
    return label[:1].upper() + label[1:]


def _names(entries: Iterable[AuditEntry], reader: Any) -> dict[str, str]:
    """Return the names of what changes hold the ids of, of those in the reader's sight."""
    wanted: dict[Any, set[str]] = {Organization: set(), Connection: set()}
    for entry in entries:
        for name in NAMED.keys() & (entry.changes or {}).keys():
            sides = _sides(entry.changes[name])
            wanted[NAMED[name]] |= {str(side) for side in sides if side not in NOTHING}
    found: dict[str, str] = {}
    for model, ids in wanted.items():
        key, listed = ("pk" if model is Connection else "id"), sorted(ids)
        names = model.objects.visible_to(reader).names_of(key, listed) if listed else []
        found |= dict(zip(listed, names, strict=True))
    return found
