"""From bodies to rows: in which words it is told what the rules and the models refuse."""

from collections.abc import Collection, Mapping
from typing import Any

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from rest_framework.exceptions import ValidationError as BodyInvalid

from usersvc.api.errors import Conflict, Fault, Refusal

TAKEN = "is taken"
HELD = "held_by_deleted"
UNIQUE = ("unique", "unique_together", HELD)


def refuse(reason: str | None) -> None:
    """Raise the reason, if there is one, as a refusal."""
    if reason:
        raise Refusal(403, reason)


def save(row: Any, words: Mapping[str, str], exclude: Collection[str] = ()) -> None:
    """Save a row; BodyInvalid for what the model refuses, Conflict for what another one has.

    words are the keys of the body for those fields that it calls otherwise.
    """
    check(row, words, exclude)
    try:
        with transaction.atomic():
            row.save()
    except IntegrityError:
        check(row, words, exclude)  # somebody took the name in between: say so
        raise


def check(row: Any, words: Mapping[str, str], exclude: Collection[str] = ()) -> None:
    """Raise BodyInvalid for what the model refuses, and Conflict for what another one has."""
    row.refresh_keys()
    try:
        row.full_clean(exclude=exclude)
    except ValidationError as error:
        invalid: dict[str, list[str]] = {}
        taken: list[Fault] = []
        for field, errors in error.error_dict.items():
            word = words.get(field, field)
            for one in errors:
                if one.code in UNIQUE:
                    message = str(one.message) if one.code == HELD else TAKEN
                    value = getattr(row, word if hasattr(row, word) else field)
                    taken.append(Fault(word, message, str(value)))
                else:
                    invalid.setdefault(word, []).extend(one.messages)
        if invalid:
            raise BodyInvalid(invalid) from error
        raise Conflict(*taken) from error
