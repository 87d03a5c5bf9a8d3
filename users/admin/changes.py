"""What an entry of the audit says that changed, side by side."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Change:
    """What one field was before, and what it is after."""

    name: str
    before: str
    after: str


def changes_of(entry: Any) -> list[Change]:
    """Return what changed, field by field."""
    return [
        Change(name.replace("_", " "), *map(str, before_and_after(change)))
        for name, change in (entry.changes or {}).items()
    ]


def before_and_after(change: Any) -> tuple[Any, Any]:
    """Return the two sides of a change; of a relation, what it lost and what it got."""
    if isinstance(change, list) and len(change) == 2:
        before, after = ("" if side in (None, "None") else side for side in change)
        return before, after
    if isinstance(change, dict) and change.get("type") == "m2m":
        names = ", ".join(change.get("objects", []))
        return ("", names) if change.get("operation") == "add" else (names, "")
    return "", change
