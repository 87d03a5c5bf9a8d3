"""Secrets that must be read again, such as seeds of codes: encrypted where they are kept."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.apps import apps
from django.conf import settings
from django.db import models, transaction

BLOCK = 500  # rows that are locked and written at a time


class Undecipherable(ValueError):  # noqa: N818 - a state of what is kept, not a mistake
    """A kept secret that none of the keys opens; it says nothing of the secret."""

    def __init__(self) -> None:
        super().__init__(
            "A secret was encrypted with a key that is not among USERSVC_ENCRYPTION_KEYS, or is "
            "damaged: add the key that it was encrypted with."
        )


@dataclass(frozen=True)
class Place:
    """Where secrets are kept: the names of texts, or lists of texts, in a JSON field of a model."""

    model: str
    field: str
    names: tuple[str, ...]


PLACES = (
    Place("mfa.Authenticator", "data", ("secret", "seed", "migrated_codes")),
    Place("users.Webhook", "secrets", ("current", "previous")),
)


def encrypt(text: str) -> str:
    """Return the text encrypted with the first key: printable, and different each time."""
    return _keys().encrypt(text.encode()).decode()


def decrypt(text: str) -> str:
    """Return what encrypt() was given; Undecipherable when no key opens it."""
    try:
        return _keys().decrypt(text.encode()).decode()
    except InvalidToken:
        raise Undecipherable from None


def renewed(text: str) -> str:
    """Return an encrypted text encrypted anew, with the first key."""
    return encrypt(decrypt(text))


def rotate_all() -> int:
    """Encrypt every kept secret with the first key, and return how many there are.

    Undecipherable when one cannot be read: the rows before it are done, and it and those after stay
    as they were, readable with the keys that they were readable with.
    """
    return sum(_rotate(place, ids) for place in PLACES for ids in _blocks(place))


@transaction.atomic
def _rotate(place: Place, ids: list[Any]) -> int:
    count = 0
    for row in _rows(place).filter(pk__in=ids).select_for_update():
        content = getattr(row, place.field)
        fresh = {name: _renewed(content[name]) for name in place.names if name in content}
        count += len(fresh)
        # update() and not save(): that a key changed is no event of the row's.
        _rows(place).filter(pk=row.pk).update(**{place.field: content | fresh})
    return count


def _renewed(value: str | list[str]) -> str | list[str]:
    return [renewed(text) for text in value] if isinstance(value, list) else renewed(value)


def _rows(place: Place) -> Any:
    return apps.get_model(place.model)._base_manager.order_by("pk")


def _blocks(place: Place) -> Iterator[list[Any]]:
    """Return the ids of all rows of a place that hold secrets, in blocks."""
    last: dict[str, Any] = {}
    holding = models.Q()
    for name in place.names:
        holding |= models.Q(**{f"{place.field}__has_key": name})
    rows = _rows(place).filter(holding)
    while ids := list(rows.filter(**last).values_list("pk", flat=True)[:BLOCK]):
        yield ids
        last = {"pk__gt": ids[-1]}


def _keys() -> MultiFernet:
    return _multi(tuple(settings.ENCRYPTION_KEYS))


@lru_cache(maxsize=4)
def _multi(keys: tuple[str, ...]) -> MultiFernet:
    return MultiFernet([Fernet(key) for key in keys])
