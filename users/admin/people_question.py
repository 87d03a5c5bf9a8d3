"""What the list of people is asked: every word of the families, and some of its own."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from usersvc.api.fields import is_storable
from usersvc.api.parameters import (
    Boolean,
    Earliest,
    Ids,
    Latest,
    Number,
    Search,
    Word,
    Words,
)

from ..api.filtering import PeopleFilterSet
from ..models import Connection, Group, Organization, Role, Site, Tag, User
from ..querysets import UserQuerySet
from ..status import AccountState, Status

NEVER, DELETED, EVERYBODY, EXACT, YES = "never", "deleted", "everybody", "exact", "yes"
LONGEST_DORMANCY = 3_650  # days
# What the admin's own addresses hold beside the question.
NOT_ASKED = ("o", "_popup", "_to_field")
MODELS: dict[str, Any] = {
    "organization": Organization,
    "role": Role,
    "group": Group,
    "site": Site,
    "tag": Tag,
    "connection": Connection,
}
LABELS: dict[str, dict[str, str]] = {
    "status": {str(value): str(label) for value, label in Status.choices},
    "account_state": {str(value): str(label) for value, label in AccountState.choices},
    "user_type": {str(value): str(label) for value, label in User.Type.choices},
    "mfa": {"true": "Yes", "false": "No"},
    "email_verified": {"true": "Yes", "false": "No"},
    "locked": {YES: "Now"},
    "signed_in": {NEVER: "Never"},
    "deleted": {DELETED: "Deleted", EVERYBODY: "Everybody, deleted or not"},
}


class PeopleQuestion(PeopleFilterSet):
    """The question of a list, as its address holds it."""

    q = Search(asks="search", label="Search")
    status = Words(asks="with_status", allowed=Status.values, label="Status")
    account_state = Words(
        method="in_account_state", allowed=AccountState.values, label="Account state"
    )
    organization = Ids(asks="in_subtrees", label="Organization")
    role = Ids(asks="with_roles", label="Role")
    group = Ids(asks="in_groups", label="Group")
    site = Ids(asks="at_sites", label="Site")
    tag = Ids(asks="with_tags", label="Tag")
    connection = Ids(asks="of_connections", label="Connection")
    user_type = Words(asks="of_type", allowed=User.Type.values, label="User type")
    mfa = Boolean(asks="with_mfa", label="Second factor")
    email_verified = Boolean(asks="with_verified_email", label="E-mail verified")
    locked = Word(method="locked_out", allowed=[YES], label="Locked out")
    signed_in = Word(method="never_signed_in", allowed=[NEVER], label="Signed in")
    dormant_days = Number(
        method="dormant", least=1, most=LONGEST_DORMANCY, label="Not seen for days"
    )
    signed_in_from = Earliest(asks="signed_in_between", label="Signed in from")
    signed_in_to = Latest(asks="signed_in_between", after="signed_in_from", label="Signed in to")
    created_from = Earliest(asks="created_between", label="Created from")
    created_to = Latest(asks="created_between", after="created_from", label="Created to")
    updated_from = Earliest(asks="updated_between", label="Changed from")
    updated_to = Latest(asks="updated_between", after="updated_from", label="Changed to")
    password_expires_from = Earliest(asks="password_expires_between", label="Password expires from")
    password_expires_to = Latest(
        asks="password_expires_between",
        after="password_expires_from",
        label="Password expires to",
    )
    access_ends_from = Earliest(asks="access_ends_between", label="Access ends from")
    access_ends_to = Latest(
        asks="access_ends_between", after="access_ends_from", label="Access ends to"
    )
    deleted = Word(method="dead", allowed=[DELETED, EVERYBODY], label="Deleted")
    count = Word(allowed=[EXACT], label="Count")
    p = Number(least=1, label="Page")

    def alive(self, people: UserQuerySet) -> UserQuerySet:
        """Leave deleted people out unless they are asked for."""
        return people if self.answers["deleted"] else people.living()

    def in_account_state(
        self, people: UserQuerySet, name: str, value: Sequence[str]
    ) -> UserQuerySet:
        return people.in_account_state(value, self.at)

    def locked_out(self, people: UserQuerySet, name: str, value: str) -> UserQuerySet:
        return people.locked_out(self.at)

    def never_signed_in(self, people: UserQuerySet, name: str, value: str) -> UserQuerySet:
        return people.never_signed_in()

    def dormant(self, people: UserQuerySet, name: str, value: int) -> UserQuerySet:
        return people.not_seen_since(self.at - timedelta(days=value))

    def dead(self, people: UserQuerySet, name: str, value: str) -> UserQuerySet:
        return people.deleted() if value == DELETED else people

    def given(self) -> dict[str, Any]:
        """Return the filters that were given; neither the page nor the way of counting is one."""
        return {
            name: value
            for name, value in super().given().items()
            if self.filters[name].asks or self.filters[name].method
        }

    def text_of(self, name: str, value: Any) -> str:
        """Return how a reader is told of one value of a filter."""
        text = str(value).lower() if isinstance(value, bool) else str(value)
        return self._names(name).get(text, text)

    def words(self) -> list[tuple[str, str]]:
        """Return the filters that were given, as labels and texts for a reader."""
        return [
            (
                str(self.filters[name].label),
                ", ".join(self.text_of(name, one) for one in _each(value)),
            )
            for name, value in self.given().items()
        ]

    def named(self, name: str) -> dict[str, str]:
        """Return the ids that a filter was given, with their names where those are in sight."""
        given = self.data.getlist(name)
        ids = [value for value in given if value.strip() and is_storable(value)]
        rows = MODELS[name].objects.visible_to(self.actor)
        key = "pk" if MODELS[name] is Connection else "id"
        return dict(zip(ids, rows.names_of(key, ids), strict=True)) if ids else {}

    def _names(self, name: str) -> dict[str, str]:
        if name in MODELS:
            return self.named(name)
        return LABELS.get(name, {})


def _each(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
