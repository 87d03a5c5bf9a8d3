from typing import Any

from rest_framework.exceptions import NotFound

from usersvc.api.errors import Fault
from usersvc.api.parameters import (
    Boolean,
    Earliest,
    Id,
    Latest,
    Names,
    Search,
    Sort,
    Text,
    Word,
    Words,
    Zone,
)

from ...models import Organization, Site
from ...querysets import SortKey, UserQuerySet
from ...status import AccountState
from ..filtering import PeopleFilterSet
from .serializers import TOKENS

NEVER = "Never"
SIGNED_IN_BOUNDS = ("lastLoggedInFromDate", "lastLoggedInToDate")
SORT_WORDS = {
    "whenCreated": "created_at",
    "name": "name",
    "loginName": "username",
    "mail": "email",
    "lastLoggedIn": "last_login",
    "pwdExpiryDays": "password_expires_at",
    "whenChanged": "updated_at",
    "scheduleAccessEndDate": "access_ends_at",
}


class UserFilterSet(PeopleFilterSet):
    """The parameters of the download document."""

    timezone = Zone(label="Time zone")
    name = Text(asks="name_contains", label="Name")
    loginName = Text(asks="username_contains", label="Username")  # noqa: N815
    mail = Text(asks="email_contains", label="Email")
    accountStatus = Word(  # noqa: N815
        method="in_account_state", allowed=AccountState.values, label="Account status"
    )
    mfa = Boolean(asks="with_mfa", label="MFA")
    emailVerified = Boolean(asks="with_verified_email", label="Email verified")  # noqa: N815
    orgId = Id(asks="in_organization", label="Organization")  # noqa: N815
    groupName = Text(asks="in_group_named", label="Group")  # noqa: N815
    sort = Sort(allowed=SORT_WORDS, default="whenCreated", arrays=True, label="Sorted by")
    lastLoggedIn = Word(method="never_signed_in", allowed=[NEVER], label="Signed in")  # noqa: N815
    lastLoggedInFromDate = Earliest(asks="signed_in_between", label="Signed in from")  # noqa: N815
    lastLoggedInToDate = Latest(  # noqa: N815
        asks="signed_in_between", after="lastLoggedInFromDate", label="Signed in to"
    )
    passwordExpiryFromDate = Earliest(  # noqa: N815
        asks="password_expires_between", label="Password expires from"
    )
    passwordExpiryToDate = Latest(  # noqa: N815
        asks="password_expires_between",
        after="passwordExpiryFromDate",
        label="Password expires to",
    )
    scheduleAccessExpiryFromDate = Earliest(  # noqa: N815
        asks="access_ends_between", label="Access ends from"
    )
    scheduleAccessExpiryToDate = Latest(  # noqa: N815
        asks="access_ends_between", after="scheduleAccessExpiryFromDate", label="Access ends to"
    )
    tags = Names(asks="tagged", arrays=True, label="Tags")
    siteId = Id(asks="at_site", label="Site")  # noqa: N815
    _fields = Words(allowed=TOKENS, arrays=True, label="Columns")
    search = Search(asks="search", label="Search")

    def contradictions(self) -> list[Fault]:
        faults = super().contradictions()
        answers = self.form.cleaned_data
        if answers.get("lastLoggedIn") and any(answers.get(name) for name in SIGNED_IN_BOUNDS):
            faults.append(Fault("lastLoggedIn", f"{NEVER} goes with no date of a sign-in", NEVER))
        return faults

    def find_places(self) -> None:
        """Put the organization's and the site's id for how it was named; NotFound for none."""
        places: dict[str, Any] = {"orgId": Organization, "siteId": Site}
        for name, model in places.items():
            if (identifier := self.answers[name]) is None:
                continue
            place = model.objects.visible_to(self.actor).known_as(identifier)
            if place is None:
                raise NotFound(f"{name}: no such {model.__name__.lower()}: {identifier}")
            self.form.cleaned_data[name] = place.pk

    def in_account_state(self, people: UserQuerySet, name: str, value: str) -> UserQuerySet:
        return people.in_account_state([value], self.at)

    def never_signed_in(self, people: UserQuerySet, name: str, value: str) -> UserQuerySet:
        return people.never_signed_in()

    def in_order(self, people: UserQuerySet) -> UserQuerySet:
        keys = [
            SortKey(SORT_WORDS[word], descending=direction == "desc")
            for word, direction in self.answers["sort"]
        ]
        return people.sorted_by(*keys) if keys else people.newest_first()
