"""Who is there already of those that a block of rows tells of; few queries, whatever its size."""

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple
from uuid import UUID

from ..models import Organization, User, UserGroup, UserRole, UserTag
from ..text import fold
from .options import Run
from .wanted import Wanted

THROUGH: dict[str, tuple[Any, str]] = {
    "roles": (UserRole, "role_id"),
    "groups": (UserGroup, "group_id"),
    "tags": (UserTag, "tag_id"),
}


class Holder(NamedTuple):
    """Who holds a username, an e-mail address or an id."""

    pk: UUID
    username: str
    email: str
    is_deleted: bool


class Holders:
    """Who holds the names of a block of rows, in sight or not, deleted or not."""

    def __init__(self, block: Sequence[Wanted]) -> None:
        self.by: dict[str, dict[Any, Holder]] = {"username": {}, "email": {}, "id": {}}
        for holder in _found(block):
            self.by["username"][holder.username] = holder
            self.by["email"][holder.email] = holder
            self.by["id"][holder.pk] = holder

    def of(self, name: str, value: Any) -> Holder | None:
        """Return who holds a value."""
        return self.by[name].get(fold(value) if isinstance(value, str) else value)


def _found(block: Sequence[Wanted]) -> Iterable[Holder]:
    values: dict[str, set[Any]] = {"username": set(), "email": set(), "id": set()}
    for wanted in block:
        for name, found in values.items():
            if (value := wanted.values.get(name)) is not None:
                found.add(fold(value) if isinstance(value, str) else value)
        if "username" not in wanted.values and "email" in wanted.values:
            values["username"].add(fold(wanted.values["email"]))
    columns = ("pk", "username", "email", "deleted_at")
    for name, some in values.items():
        rows = User.all_objects.filter(**{f"{name}__in": some}) if some else User.all_objects.none()
        for pk, username, email, deleted_at in rows.values_list(*columns):
            yield Holder(pk, username, email, deleted_at is not None)


class Targets:
    """The people of a block who may be changed, in sight and locked, with what they belong to."""

    def __init__(self, run: Run, ids: Iterable[UUID], kinds: Iterable[str]) -> None:
        people = User.all_objects.visible_to(run.actor).living().with_ids(list(ids)).order_by("pk")
        if run.writes:
            people = people.select_for_update()
        self.people: dict[UUID, User] = {person.pk: person for person in people}
        self.ties: dict[str, dict[UUID, set[Any]]] = {}
        for kind in kinds:
            through, other = THROUGH[kind]
            held = self.ties[kind] = {pk: set() for pk in self.people}
            rows = through.objects.filter(user__in=list(held)).values_list("user_id", other)
            for user, thing in rows:
                held[user].add(thing)


def still_there(run: Run, ids: set[Any]) -> set[Any]:
    """Return those of the organizations that may still be given to people, locked as they are."""
    if not ids:
        return set()
    organizations = Organization.objects.visible_to(run.actor).living().with_ids(list(ids))
    if run.writes:
        organizations = organizations.order_by("pk").select_for_update(no_key=True)
    return set(organizations.values_list("pk", flat=True))
