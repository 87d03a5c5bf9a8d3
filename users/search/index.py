"""The index of trigrams, whichever database has it: whether it is whole, and making it again."""

from typing import Any

from . import postgres, sqlite


def missing(connection: Any) -> int:
    """Return how many people the index lacks; 0 where it is whole."""
    return int(_of(connection).missing(connection))


def make_anew(connection: Any) -> None:
    """Make the index again, whatever there is of it."""
    _of(connection).make_anew(connection)


def _of(connection: Any) -> Any:
    return postgres if connection.vendor == "postgresql" else sqlite
