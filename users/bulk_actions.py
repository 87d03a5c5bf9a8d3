"""What can be done to many people at once, in a constant number of statements for each block.

Each action says whom it suits, what is at stake for them (rules.py refuses by that), and writes a
block of people who are locked: their columns or memberships, their stamps, one audit entry each.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Case, F, Model, Value, When
from django.utils.translation import gettext_noop

from usersvc import clock

from . import bulk, rules
from .models import Group, Organization, Role, Tag, User, UserGroup, UserRole, UserTag
from .rules import Stake
from .status import Status

# What is read of people besides the columns that are written.
READS = ("username", "organization_id", "is_superuser", "status", "deleted_at")
NOT_LIVING = gettext_noop("They are deleted.")
VANISHED = gettext_noop("What they should be given no longer exists.")

Values = Callable[[datetime], dict[str, Any]]


class Action:
    """The base: suits everybody, stakes nothing, gives nothing that could vanish."""

    stake = Stake.NOTHING
    reads: tuple[str, ...] = READS

    def hold(self) -> bool:
        """Lock what the action gives until the transaction ends; return whether it exists."""
        return True

    def unsuited(self, people: Sequence[User]) -> dict[Any, str]:
        """Return why there is nothing to do for some of the people, by their ids."""
        raise NotImplementedError  # pragma: no cover

    def write(self, people: Sequence[User]) -> None:
        """Do it to people who are locked."""
        raise NotImplementedError  # pragma: no cover


@dataclass(frozen=True)
class Change(Action):
    """Writes columns of the people."""

    values: Values
    writes: tuple[str, ...]
    suits: Callable[[User], bool]
    reason: str
    stake: Stake = Stake.NOTHING
    place: Organization | None = None

    @property
    def reads(self) -> tuple[str, ...]:  # type: ignore[override]
        return tuple(dict.fromkeys((*READS, *self.writes)))

    def hold(self) -> bool:
        return self.place is None or _held(self.place)

    def unsuited(self, people: Sequence[User]) -> dict[Any, str]:
        return {person.pk: self.reason for person in people if not self.suits(person)}

    def write(self, people: Sequence[User]) -> None:
        bulk.change(people, self.values(clock.now()))


@dataclass(frozen=True)
class Ties:
    """What ties people to one kind of thing, and how that is told."""

    through: type[Model]
    other: str
    already: str
    missing: str


TIES: Mapping[type[Model], Ties] = {
    Role: Ties(UserRole, "role", "They hold this role already.", "They do not hold this role."),
    Group: Ties(
        UserGroup, "group", "They are in this group already.", "They are not in this group."
    ),
    Tag: Ties(UserTag, "tag", "They carry this tag already.", "They do not carry this tag."),
}


@dataclass(frozen=True)
class Membership(Action):
    """Adds people to a thing, or takes them away from it."""

    thing: Role | Group | Tag
    adds: bool
    stake: Stake = Stake.NOTHING

    @property
    def ties(self) -> Ties:
        """What ties people to this kind of thing."""
        return TIES[type(self.thing)]

    def hold(self) -> bool:
        return _held(self.thing)

    def unsuited(self, people: Sequence[User]) -> dict[Any, str]:
        members = set(self._rows(people).values_list("user_id", flat=True))
        reason = self.ties.already if self.adds else self.ties.missing
        return {
            person.pk: reason if person.deleted_at is None else NOT_LIVING
            for person in people
            if person.deleted_at is not None or (person.pk in members) is self.adds
        }

    def write(self, people: Sequence[User]) -> None:
        rows = self._rows(people)
        if self.adds:
            thing = {self.ties.other: self.thing}
            rows.bulk_create([self.ties.through(user=person, **thing) for person in people])
        else:
            # Not delete(), whose signals would leave one audit entry after the other.
            rows._raw_delete(rows.db)
        bulk.touch(people)
        bulk.record(people, {person.pk: self._change() for person in people})

    def _rows(self, people: Sequence[User]) -> Any:
        ids = [person.pk for person in people]
        return self.ties.through._base_manager.filter(user__in=ids, **{self.ties.other: self.thing})

    def _change(self) -> dict[str, Any]:
        """Return the change as auditlog writes those of memberships."""
        operation = "add" if self.adds else "delete"
        change = {"type": "m2m", "operation": operation, "objects": [str(self.thing)]}
        return {f"{self.ties.other}s": change}


SUSPEND = Change(
    lambda at: {
        "status_before": F("status"),
        "status": Status.SUSPENDED,
        "suspended_at": at,
        "sign_in_version": F("sign_in_version") + 1,
    },
    ("status_before", "status", "suspended_at"),
    lambda person: person.deleted_at is None and person.status != Status.SUSPENDED,
    gettext_noop("They are suspended or deleted already."),
    Stake.ENTRY,
)
REACTIVATE = Change(
    lambda at: {
        "status": Case(
            When(status_before="", then=Value(Status.ACTIVE)), default=F("status_before")
        ),
        "status_before": "",
        "suspended_at": None,
        "suspended_with": None,
    },
    ("status", "status_before", "suspended_at", "suspended_with"),
    lambda person: person.deleted_at is None and person.status == Status.SUSPENDED,
    gettext_noop("They are not suspended."),
)
DELETE = Change(
    lambda at: {"deleted_at": at, "sign_in_version": F("sign_in_version") + 1},
    ("deleted_at",),
    lambda person: person.deleted_at is None,
    gettext_noop("They are deleted already."),
    Stake.ENTRY,
)
RESTORE = Change(
    lambda at: {"deleted_at": None, "deleted_with": None},
    ("deleted_at", "deleted_with"),
    lambda person: person.deleted_at is not None,
    gettext_noop("They are not deleted."),
)


def membership(thing: Role | Group | Tag, adds: bool) -> Membership:
    """Return the action that adds people to a role, group or tag, or takes them away from it."""
    if not isinstance(thing, Role):
        return Membership(thing, adds)
    demotes = not adds and rules.is_super_admin_role(thing)
    return Membership(thing, adds, Stake.RANK if demotes else Stake.STANDING)


def move_to(place: Organization) -> Change:
    """Return the action that gives people another place in the tree."""
    return Change(
        lambda at: {"organization": place},
        ("organization",),
        lambda person: person.deleted_at is None and person.organization_id != place.pk,
        gettext_noop("They belong to this organization already, or are deleted."),
        Stake.STANDING,
        place,
    )


def schedule(starts_at: datetime | None, ends_at: datetime | None, zone: str) -> Change:
    """Return the action that gives people an access schedule; without bounds it takes it away."""
    bounded = starts_at is not None or ends_at is not None
    wanted = {
        "access_starts_at": starts_at,
        "access_ends_at": ends_at,
        "access_timezone": zone,
    }
    return Change(
        lambda at: dict(wanted),
        tuple(wanted),
        lambda person: (
            person.deleted_at is None
            and any(getattr(person, name) != value for name, value in wanted.items())
        ),
        gettext_noop("They have this schedule already, or are deleted."),
        Stake.ENTRY if bounded else Stake.STANDING,
    )


def _held(thing: Any) -> bool:
    """Lock a row so that it stays what it is, but may be referred to; return whether it exists."""
    rows = type(thing).objects.filter(pk=thing.pk)
    if isinstance(thing, Organization):
        rows = rows.living()
    return bool(rows.select_for_update(no_key=True).values_list("pk", flat=True))
