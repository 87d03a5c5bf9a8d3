"""Erasure: of a person nothing personal is left anywhere, and the audit can still be verified."""

import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from allauth.account.models import EmailAddress
from django.conf import settings
from django.db import connection, transaction

from exports import files
from usersvc import clock

from . import forgetting, traces, withdrawing
from .mentions import Names
from .models import ServiceAccount, User

BLOCK = 200  # people a transaction
LONGEST = timedelta(minutes=10)  # that a day's overdue erasures may take
FEWEST_DIGITS = 7  # of a phone number that is nobody else's

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Erased:
    """How many people; how many entries of the audit forgot, how many jobs and sessions ended."""

    people: int
    audit_entries: int
    jobs: int
    sessions: int


@transaction.atomic
def erase(people: Sequence[User]) -> Erased:
    """Erase people, deleted or not; whether that may be is asked elsewhere."""
    names = names_of(people)
    jobs, keys = withdrawing.withdraw(people, names)
    sessions = traces.remove(people, names)
    ids = [str(person.pk) for person in people]
    # Who spoke for them may have spoken from where they live.
    accounts = list(ServiceAccount.objects.owned_by(people).values_list("pk", flat=True))
    entries = forgetting.about(accounts) | forgetting.telling_of(people, names)
    for person in people:
        person.delete()
    # What their end has told the audit about them.
    entries |= forgetting.about(ids)
    count = forgetting.forget(entries, len(ids))
    transaction.on_commit(partial(_clean_up, keys), robust=True)
    return Erased(len(ids), count, jobs, sessions)


def names_of(people: Sequence[User]) -> Names:
    """Return all that people are called, and were before: alone, each tells of its person."""
    addresses = EmailAddress.objects.filter(user__in=[person.pk for person in people])
    texts = [text for person in people for text in _called(person)]
    return Names([*texts, *addresses.values_list("email", flat=True), *_before(people)])


def _called(person: User) -> Iterator[str]:
    yield person.username
    yield person.email
    yield from filter(_is_full, (person.name, f"{person.given_name} {person.family_name}"))
    if _is_number(person.phone):
        yield person.phone
        yield "".join(sign for sign in person.phone if sign in "+0123456789")


def _before(people: Sequence[User]) -> Iterator[str]:
    for name, text in forgetting.names_before(people):
        whole = {"name": _is_full, "phone": _is_number}.get(name)
        if whole is None or whole(text):
            yield text


def _is_full(name: str) -> bool:
    """Return whether a name is of two words or more: one alone is a word like others."""
    return len(name.split()) > 1


def _is_number(phone: str) -> bool:
    return sum(sign.isdigit() for sign in phone) >= FEWEST_DIGITS


def erase_overdue(at: datetime) -> int:
    """Erase people who have been deleted for as long as they are kept; return how many.

    What takes too long today goes on tomorrow.
    """
    if not settings.DELETED_DAYS:
        return 0
    count, until = 0, clock.now() + LONGEST
    overdue = User.all_objects.deleted_before(at - timedelta(days=settings.DELETED_DAYS))
    while clock.now() < until and (block := list(overdue.order_by("pk")[:BLOCK])):
        count += erase(block).people
    return count


def _clean_up(keys: list[str]) -> None:
    """Remove what a transaction cannot: files, and what SQLite's log still holds of rows."""
    files.remove(keys)
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
