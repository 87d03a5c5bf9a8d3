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
from ..filtering import SEARCH_HELP, PeopleFilterSet
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

    timezone = Zone(
        label="Time zone",
        initial="UTC",
        help_text="The zone of the instants of the file, and of bounds without an offset.",
    )
    name = Text(
        example="Ben",
        asks="name_contains",
        label="Name",
        help_text="The name contains this text, in any case.",
    )
    loginName = Text(
        example="ben",
        asks="username_contains",
        label="Username",
        help_text="The username contains this text, in any case.",
    )
    mail = Text(
        example="@example.com",
        asks="email_contains",
        label="Email",
        help_text="The e-mail address contains this text, in any case.",
    )
    accountStatus = Word(
        method="in_account_state",
        allowed=AccountState.values,
        label="Account status",
        help_text="Whether they may sign in; with a star, an access schedule decides.",
    )
    mfa = Boolean(asks="with_mfa", label="MFA", help_text="Whether they have a second factor.")
    emailVerified = Boolean(
        asks="with_verified_email",
        label="Email verified",
        help_text="Whether they have shown that the e-mail address is theirs.",
    )
    orgId = Id(
        asks="in_organization",
        label="Organization",
        example="org_acme_europe",
        help_text="Those of this organization, by its id or external id; 404 for none in sight.",
    )
    groupName = Text(
        asks="in_group_named",
        label="Group",
        example="Engineering",
        help_text="Those who belong to the group of this name, in any case.",
    )
    sort = Sort(
        allowed=SORT_WORDS,
        default="whenCreated",
        arrays=True,
        label="Sorted by",
        example="name:asc",
        help_text="Keys as field:asc or field:desc; without a direction, descending.",
    )
    lastLoggedIn = Word(
        method="never_signed_in",
        allowed=[NEVER],
        label="Signed in",
        help_text="Those who never signed in.",
    )
    lastLoggedInFromDate = Earliest(
        asks="signed_in_between",
        label="Signed in from",
        help_text="Signed in last at this instant or later.",
    )
    lastLoggedInToDate = Latest(
        asks="signed_in_between",
        after="lastLoggedInFromDate",
        label="Signed in to",
        help_text="Signed in last at this instant or earlier.",
    )
    passwordExpiryFromDate = Earliest(
        asks="password_expires_between",
        label="Password expires from",
        help_text="The password expires at this instant or later.",
    )
    passwordExpiryToDate = Latest(
        asks="password_expires_between",
        after="passwordExpiryFromDate",
        label="Password expires to",
        help_text="The password expires at this instant or earlier.",
    )
    scheduleAccessExpiryFromDate = Earliest(
        asks="access_ends_between",
        label="Access ends from",
        help_text="The access ends at this instant or later.",
    )
    scheduleAccessExpiryToDate = Latest(
        asks="access_ends_between",
        after="scheduleAccessExpiryFromDate",
        label="Access ends to",
        help_text="The access ends at this instant or earlier.",
    )
    tags = Names(
        asks="tagged",
        arrays=True,
        label="Tags",
        example="vip",
        help_text="Those who have any of these tags.",
    )
    siteId = Id(
        example="0190d0a5-5ac4-7e2c-9f3d-2f7c1a1f6b11",
        asks="at_site",
        label="Site",
        help_text="Those at this site, by its id; 404 for none in sight.",
    )
    _fields = Words(
        allowed=TOKENS,
        arrays=True,
        label="Columns",
        help_text="The columns of the file, in the order given; all without it.",
    )
    search = Search(
        asks="search",
        label="Search",
        example="ben",
        help_text=SEARCH_HELP,
    )

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
