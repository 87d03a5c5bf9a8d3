"""Ids: made by us, so that a row's id is known before it is written; and read strictly."""

import secrets
import string
import uuid
from collections.abc import Iterable

from uuid_utils.compat import uuid7

ALPHANUMERIC = string.ascii_letters + string.digits
SHORT_ID_PATTERN = "^{prefix}_[A-Za-z0-9]{{16}}$"


def new_uuid() -> uuid.UUID:
    """Return a UUIDv7: ids made later sort later."""
    return uuid7()


def short_id(prefix: str) -> str:
    """Return the prefix, an underscore and 16 random letters and digits (95 bits)."""
    return f"{prefix}_" + "".join(secrets.choice(ALPHANUMERIC) for _ in range(16))


def new_connection_id() -> str:
    """Return an id of a connection."""
    return short_id("con")


def uuids(ids: Iterable[str | uuid.UUID]) -> list[uuid.UUID]:
    """Return the ids that are UUIDs in their dashed lower-case form; others name nothing."""
    found = []
    for value in ids:
        try:
            parsed = value if isinstance(value, uuid.UUID) else uuid.UUID(value)
        except ValueError:
            continue
        if str(parsed) == str(value):
            found.append(parsed)
    return found
