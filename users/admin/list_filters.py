"""The filters beside the list of people; each puts one question to UserQuerySet."""

from collections.abc import Iterator
from typing import Any, ClassVar

from django.contrib import admin
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.views.main import ChangeList
from django.http import HttpRequest

from usersvc import clock

from ..models import Connection, Group, Organization, Role, Site, Tag, User
from ..querysets import UserQuerySet
from ..status import AccountState, Status

YES_NO = [("yes", "Yes"), ("no", "No")]
INDENT = "— "


class PeopleFilter(admin.SimpleListFilter):
    """A choice among words; ask() says what the chosen one means."""

    everybody = "All"

    def ask(self, people: UserQuerySet, word: str) -> UserQuerySet:
        """Return the people that the word means."""
        raise NotImplementedError  # pragma: no cover

    @property
    def words(self) -> dict[str, str]:
        """The choices: what is written in the address, and its label."""
        return {str(word): str(label) for word, label in self.lookup_choices}

    def value(self) -> str | None:
        return super().value() or None

    def has_output(self) -> bool:
        """Show it even without choices when it is asked: what is not shown would be ignored."""
        return bool(self.lookup_choices) or self.value() is not None

    def queryset(self, request: HttpRequest, people: Any) -> Any:
        word = self.value()
        if word is None:
            return self.unasked(people)
        return self.ask(people, word) if word in self.words else self.stranger(people, word)

    def unasked(self, people: UserQuerySet) -> UserQuerySet:
        """Return the people shown while nothing is chosen."""
        return people

    def stranger(self, people: UserQuerySet, word: str) -> UserQuerySet:
        """Refuse a word that is none of the choices."""
        raise IncorrectLookupParameters(f"{self.parameter_name}: {word}")

    def choices(self, changelist: ChangeList) -> Iterator[Any]:
        first, *others = super().choices(changelist)
        yield {**first, "display": self.everybody}
        yield from others


class StatusFilter(PeopleFilter):
    title, parameter_name = "status", "status"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Any:
        return Status.choices

    def ask(self, people: UserQuerySet, word: str) -> UserQuerySet:
        return people.with_status([word])


class AccountStateFilter(PeopleFilter):
    title, parameter_name = "account state", "account_state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Any:
        return AccountState.choices

    def ask(self, people: UserQuerySet, word: str) -> UserQuerySet:
        return people.in_account_state([word], clock.now())


class TypeFilter(PeopleFilter):
    title, parameter_name = "user type", "user_type"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Any:
        return User.Type.choices

    def ask(self, people: UserQuerySet, word: str) -> UserQuerySet:
        return people.of_type([word])


class MfaFilter(PeopleFilter):
    title, parameter_name = "second factor", "mfa"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Any:
        return YES_NO

    def ask(self, people: UserQuerySet, word: str) -> UserQuerySet:
        return people.with_mfa(word == "yes")


class EmailVerifiedFilter(PeopleFilter):
    title, parameter_name = "e-mail verified", "email_verified"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Any:
        return YES_NO

    def ask(self, people: UserQuerySet, word: str) -> UserQuerySet:
        return people.with_verified_email(word == "yes")


class LastSignInFilter(PeopleFilter):
    title, parameter_name = "last sign-in", "signed_in"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Any:
        return [("never", "Never")]

    def ask(self, people: UserQuerySet, word: str) -> UserQuerySet:
        return people.never_signed_in()


class DeletedFilter(PeopleFilter):
    """Only here are deleted people shown at all."""

    title, parameter_name = "deleted", "deleted"
    everybody = "Living"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Any:
        return [("deleted", "Deleted"), ("everybody", "Everybody")]

    def unasked(self, people: UserQuerySet) -> UserQuerySet:
        return people.living()

    def ask(self, people: UserQuerySet, word: str) -> UserQuerySet:
        return people.deleted() if word == "deleted" else people


class BelongingFilter(PeopleFilter):
    """A choice among rows, so many that they are a select; what names none matches nobody."""

    template = "admin/users/select_filter.html"
    model: ClassVar[Any]
    key = "pk"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Any:
        return list(self.model.objects.values_list(self.key, "name"))

    def stranger(self, people: UserQuerySet, word: str) -> UserQuerySet:
        return people.none()

    def choices(self, changelist: ChangeList) -> Iterator[Any]:
        """Yield the choices, keeping the list's other parameters for the form around them."""
        self.others = [
            (name, value)
            for name, values in changelist.filter_params.items()
            if name != self.parameter_name
            for value in values
        ]
        words = [None, *self.words]
        for word, choice in zip(words, super().choices(changelist), strict=True):
            yield {**choice, "value": word or ""}


class RoleFilter(BelongingFilter):
    title, parameter_name, model = "role", "role", Role

    def ask(self, people: UserQuerySet, word: str) -> UserQuerySet:
        return people.with_roles([word])


class OrganizationFilter(BelongingFilter):
    """The organizations in sight; each stands for itself and all below it."""

    title, parameter_name, model = "organization", "organization", Organization

    def lookups(self, request: HttpRequest, model_admin: Any) -> Any:
        visible = Organization.objects.visible_to(request.user).with_tree_fields()
        rows = list(visible.values_list("pk", "name", "tree_depth"))
        top = min((depth for *_, depth in rows), default=0)
        return [(pk, INDENT * (depth - top) + name) for pk, name, depth in rows]

    def ask(self, people: UserQuerySet, word: str) -> UserQuerySet:
        return people.in_subtree(word)


class GroupFilter(BelongingFilter):
    title, parameter_name, model, key = "group", "group", Group, "name"

    def ask(self, people: UserQuerySet, word: str) -> UserQuerySet:
        return people.in_groups_named([word])


class TagFilter(BelongingFilter):
    title, parameter_name, model, key = "tag", "tag", Tag, "name"

    def ask(self, people: UserQuerySet, word: str) -> UserQuerySet:
        return people.tagged([word])


class SiteFilter(BelongingFilter):
    title, parameter_name, model = "site", "site", Site

    def lookups(self, request: HttpRequest, model_admin: Any) -> Any:
        return list(Site.objects.visible_to(request.user).values_list("pk", "name"))

    def ask(self, people: UserQuerySet, word: str) -> UserQuerySet:
        return people.at_sites([word])


class ConnectionFilter(BelongingFilter):
    title, parameter_name, model = "connection", "connection", Connection

    def ask(self, people: UserQuerySet, word: str) -> UserQuerySet:
        return people.of_connections([word])


PEOPLE_FILTERS: list[type[PeopleFilter]] = [
    StatusFilter,
    AccountStateFilter,
    OrganizationFilter,
    RoleFilter,
    TypeFilter,
    GroupFilter,
    TagFilter,
    SiteFilter,
    ConnectionFilter,
    MfaFilter,
    EmailVerifiedFilter,
    LastSignInFilter,
    DeletedFilter,
]
