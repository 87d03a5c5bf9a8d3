"""What happens to an organization happens to its people: those of it and of everything below it.

Suspending an organization suspends its people who are still enabled, deleting it deletes its living
ones, and each person remembers which organization took it along. Reactivating and restoring bring
back those alone: whoever was suspended or deleted before, or by itself, stays so.

The organizations below keep their own states, so that each is brought back by its own verb. Whoever
would come back while another organization at or above his is still suspended (or deleted) is handed
over to the nearest such one, and comes back with that: nested suspensions end in any order.
Who is created in, or moved into, an organization afterwards is not affected.

Each verb is one transaction with one audit entry a person, goes through the people in blocks, and
returns how many of them changed. Doing it twice does nothing the second time. Whether the caller
may is asked in rules.py.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from django.db import transaction
from django.db.models import Case, F, Value, When

from usersvc import clock

from .models import Organization, User
from .querysets import UserQuerySet
from .status import ExportStatus, Status

BLOCK = 1000


# -- whom each verb is about


def people_to_suspend(organization: Organization) -> UserQuerySet:
    """Return those whom suspending the organization suspends."""
    people: UserQuerySet = User.all_objects.in_subtree(organization.pk)
    return people.with_export_status([ExportStatus.ENABLED])


def people_to_reactivate(organization: Organization) -> UserQuerySet:
    """Return those whom the organization's suspension took along, the deleted ones included."""
    people: UserQuerySet = User.all_objects.filter(suspended_with=organization)
    return people


def people_to_delete(organization: Organization) -> UserQuerySet:
    """Return those whom deleting the organization deletes."""
    people: UserQuerySet = User.all_objects.in_subtree(organization.pk)
    return people.living()


def people_to_restore(organization: Organization) -> UserQuerySet:
    """Return those whom the organization's deletion took along."""
    people: UserQuerySet = User.all_objects.filter(deleted_with=organization)
    return people


# -- the verbs


@transaction.atomic
def suspend_organization(organization: Organization) -> int:
    """Suspend an organization and its enabled people; ends their sessions and tokens."""
    lock(organization)
    if organization.suspended_at is not None:
        return 0
    organization.suspended_at = clock.now()
    organization.save(update_fields=["suspended_at"])
    return _update(
        people_to_suspend(organization),
        status_before=F("status"),
        status=Status.SUSPENDED,
        suspended_at=organization.suspended_at,
        suspended_with=organization,
        sign_in_version=F("sign_in_version") + 1,
    )


@transaction.atomic
def reactivate_organization(organization: Organization) -> int:
    """End an organization's suspension and that of those whom it took along."""
    lock(organization)
    if organization.suspended_at is None:
        return 0
    organization.suspended_at = None
    organization.save(update_fields=["suspended_at"])
    _hand_over(people_to_reactivate(organization), "suspended_at", "suspended_with")
    return _update(
        people_to_reactivate(organization),
        status=Case(When(status_before="", then=Value(Status.ACTIVE)), default=F("status_before")),
        status_before="",
        suspended_at=None,
        suspended_with=None,
    )


@transaction.atomic
def delete_organization(organization: Organization) -> int:
    """Delete an organization and its living people softly; ends their sessions and tokens."""
    lock(organization)
    if organization.deleted_at is not None:
        return 0
    organization.deleted_at = clock.now()
    organization.save(update_fields=["deleted_at"])
    return _update(
        people_to_delete(organization),
        deleted_at=organization.deleted_at,
        deleted_with=organization,
        sign_in_version=F("sign_in_version") + 1,
    )


@transaction.atomic
def restore_organization(organization: Organization) -> int:
    """Bring a deleted organization back, with those whom it took along, as they were."""
    lock(organization)
    if organization.deleted_at is None:
        return 0
    organization.deleted_at = None
    organization.save(update_fields=["deleted_at"])
    _hand_over(people_to_restore(organization), "deleted_at", "deleted_with")
    return _update(people_to_restore(organization), deleted_at=None, deleted_with=None)


class CycleError(ValueError):
    """An organization would lie below itself."""


@transaction.atomic
def move_organization(organization: Organization, parent: Organization | None) -> None:
    """Put an organization, with all below it, below another one or at the top.

    Nobody's state changes by this. CycleError when the place is the organization or below it.
    """
    Organization.objects.lock_tree()
    lock(organization)
    if parent is not None and parent.pk in Organization.objects.ids_below(organization.pk):
        raise CycleError("An organization cannot be below itself.")
    organization.parent = parent
    organization.save(update_fields=["parent"])


def lock(organization: Organization) -> None:
    """Read an organization again and keep others from changing it until the transaction ends."""
    organization.refresh_from_db(from_queryset=Organization.objects.select_for_update(no_key=True))


# -- blocks of people


def _update(people: UserQuerySet, **values: Any) -> int:
    return sum(block.update(**values) for block in _blocks(people))


def _blocks(people: UserQuerySet) -> Iterator[UserQuerySet]:
    """Yield the people in the order of their ids; a block is asked for once its turn comes."""
    rest = people.order_by("pk")
    while ids := list(rest.values_list("pk", flat=True)[:BLOCK]):
        yield User.all_objects.with_ids(ids)
        rest = rest.filter(pk__gt=ids[-1])


def _hand_over(people: UserQuerySet, state: str, tie: str) -> None:
    """Tie people to the nearest organization at or above theirs that still is in this state."""
    rows = Organization.objects.values_list("pk", "parent_id", state)
    above = {pk: (parent, at is not None) for pk, parent, at in rows}
    holders: dict[Any, list[Any]] = {}
    for place in people.order_by().values_list("organization", flat=True).distinct():
        if (holder := _nearest(place, above)) is not None:
            holders.setdefault(holder, []).append(place)
    for holder, places in holders.items():
        _update(people.filter(organization__in=places), **{tie: holder})


def _nearest(place: Any, above: Mapping[Any, tuple[Any, bool]]) -> Any:
    """Return the first organization on the way up that is in the state; None for none."""
    while place is not None:
        parent, holds = above[place]
        if holds:
            return place
        place = parent
    return None
