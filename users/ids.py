"""Ids: made by us, so that a row's id is known before it is written; and read strictly."""

import uuid
from collections.abc import Iterable

from uuid_utils.compat import uuid7

from usersvc.ids import short_id


def new_uuid() -> uuid.UUID:
    """Return a UUIDv7: ids made later sort later."""
    return uuid7()


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
