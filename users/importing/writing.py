"""Writes a block of cases: people, what they belong to, and the audit, in few statements."""

from collections.abc import Iterable, Sequence
from typing import Any

from allauth.account.models import EmailAddress
from django.db import models

from usersvc import clock

from .. import bulk
from ..inserting import insert
from ..models import Invitation, PasswordBefore, Policy, User
from ..models.audit import MASK
from .cases import Case
from .holders import THROUGH
from .names import Surroundings

STAMPS = ("name_key", "search_text", "updated_at", "updated_by")


def write(cases: Sequence[Case], surroundings: Surroundings) -> None:
    """Write all cases that change anything; their people, where they are there, are locked."""
    new = [case for case in cases if case.is_new]
    changed = [case for case in cases if not case.is_new and not case.is_unchanged]
    if new:
        _create([case.person for case in new])
    if changed:
        _change(changed)
        _audit(changed, surroundings)
    _tie([*new, *changed])


def _create(people: list[User]) -> None:
    _expire([person for person in people if person.password_changed_at])
    User.objects.insert_all(people)
    insert(
        [
            PasswordBefore(person=person, password=person.password, set_at=at)
            for person in people
            if (at := person.password_changed_at)
        ]
    )
    insert(
        [
            EmailAddress(user=person, email=person.email, verified=True, primary=True)
            for person in people
            if person.email_verified
        ]
    )


def _expire(people: list[User]) -> None:
    """Let passwords be good for as long as the policy says, where the file does not say."""
    open_ended = [person for person in people if person.password_expires_at is None]
    policies = Policy.objects.by_organization() if open_ended else {}
    for person in open_ended:
        lifetime = policies[person.organization_id].password_lifetime
        person.password_expires_at = clock.now() + lifetime if lifetime else None


def _change(cases: list[Case]) -> None:
    people = [case.person for case in cases]
    for person in people:
        person.refresh_keys()
        person.stamp()
    names = {name for case in cases for name in case.changes}
    # One statement for all, whatever differs: the people are locked, so the rest stays as it is.
    everybody: models.QuerySet[User, User] = models.QuerySet(User)
    everybody.bulk_create(
        people,
        update_conflicts=True,
        unique_fields=["id"],
        update_fields=sorted(names.union(STAMPS)),
    )
    _forget_addresses([case.person for case in cases if "email" in case.changes])


def _forget_addresses(people: list[User]) -> None:
    """Do what change_email does, to many people."""
    if not people:
        return
    emails = {person.pk: person.email for person in people}
    rows = EmailAddress.objects.filter(user__in=people).values_list("pk", "user_id", "email")
    others = [pk for pk, user, email in rows if email.casefold() != emails[user]]
    # Not delete(), whose signals would look at one person after the other.
    addresses: Any = EmailAddress.objects.filter(pk__in=others)
    addresses._raw_delete(addresses.db)
    Invitation.objects.of(people).revoke()


def _tie(cases: Iterable[Case]) -> None:
    added: dict[str, list[Any]] = {}
    removed: dict[str, list[Any]] = {}
    for case in cases:
        for kind, (some, others) in case.ties.items():
            through, other = THROUGH[kind]
            added.setdefault(kind, []).extend(
                through(user_id=case.person.pk, **{other: pk}) for pk in some
            )
            removed.setdefault(kind, []).extend((case.person.pk, pk) for pk in others)
    for kind, pairs in removed.items():
        if pairs:
            _untie(kind, pairs)
    for rows in added.values():
        insert(rows)


def _untie(kind: str, pairs: list[tuple[Any, Any]]) -> None:
    through, other = THROUGH[kind]
    rows = through.objects.filter(user__in={user for user, _ in pairs})
    gone = set(pairs)
    ids = [
        pk for pk, user, thing in rows.values_list("pk", "user_id", other) if (user, thing) in gone
    ]
    rows = through.objects.filter(pk__in=ids)
    rows._raw_delete(rows.db)


# -- the audit


def _audit(cases: list[Case], surroundings: Surroundings) -> None:
    """Leave one entry for each person that changed, and one more for what it lost."""
    people = [case.person for case in cases]
    changes: dict[Any, dict[str, Any]] = {}
    losses: dict[Any, dict[str, Any]] = {}
    for case in cases:
        shown: dict[str, Any] = {name: _shown(name, pair) for name, pair in case.changes.items()}
        lost: dict[str, Any] = {}
        for kind, (added, removed) in case.ties.items():
            name = surroundings.names[kind].name
            if added:
                shown[kind] = _told("add", map(name, added))
            if removed:
                # An entry tells of one of the two about a kind.
                (lost if added else shown)[kind] = _told("delete", map(name, removed))
        changes[case.person.pk], losses[case.person.pk] = shown, lost
    bulk.record(people, changes)
    bulk.record(people, losses)


def _shown(name: str, pair: list[Any]) -> list[Any]:
    return [MASK, MASK] if name == "password" else [bulk.plain(value) for value in pair]


def _told(operation: str, names: Iterable[str]) -> dict[str, Any]:
    """Return a change as auditlog writes those of memberships."""
    return {"type": "m2m", "operation": operation, "objects": sorted(names)}
