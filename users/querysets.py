"""The whole read vocabulary of people, chainable, in domain words.

Every list, file, job, page and tool asks here: a rule about which people a word means lives in one
method of UserQuerySet, and nowhere else.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Self
from uuid import UUID

from django.apps import apps
from django.db import models
from django.db.models import F, Q
from django.db.models.expressions import OrderBy

from . import status
from .belonging import BelongingQuerySet
from .ids import uuids
from .search import matching
from .text import fold


@dataclass(frozen=True)
class SortKey:
    """One key of an order, by its domain word."""

    word: str
    descending: bool = False


@dataclass(frozen=True)
class Sortable:
    """What a word sorts by; only a nullable one says where nulls go, so indexes serve the rest."""

    source: Any
    nullable: bool = False


SORTABLE = {
    "id": Sortable(F("id")),
    "username": Sortable(F("username")),
    "email": Sortable(F("email")),
    "name": Sortable(F("name_key")),
    "user_type": Sortable(F("user_type")),
    "status": Sortable(F("status")),
    "created_at": Sortable(F("created_at")),
    "updated_at": Sortable(F("updated_at")),
    "created_by": Sortable(F("created_by"), nullable=True),
    "updated_by": Sortable(F("updated_by"), nullable=True),
    "last_login": Sortable(F("last_login"), nullable=True),
    "password_expires_at": Sortable(F("password_expires_at"), nullable=True),
    "access_ends_at": Sortable(F("access_ends_at"), nullable=True),
    "organization": Sortable(F("organization__name_key"), nullable=True),
    "export_status": Sortable(status.export_status_rank_sql()),
}


class UserQuerySet(BelongingQuerySet):
    """People, in domain words."""

    # -- who is there at all

    def living(self) -> Self:
        """Return people who are not deleted."""
        return self.filter(status.ALIVE)

    def deleted(self) -> Self:
        """Return soft-deleted people."""
        return self.exclude(status.ALIVE)

    def deleted_before(self, at: datetime) -> Self:
        """Return people who were soft-deleted before an instant."""
        return self.filter(deleted_at__lt=at)

    def visible_to(self, actor: Any) -> Self:
        """Return the people an actor may see: its organization's and those below; or itself."""
        if not actor.is_authenticated:
            return self.none()
        if actor.sees_everybody:
            return self
        if actor.organization_id is None:
            return self.filter(pk=actor.pk)
        organizations = apps.get_model("users.Organization").objects
        return self.filter(organization__in=organizations.ids_below(actor.organization_id))

    def super_admins(self) -> Self:
        """Return superusers and holders of the shipped role Super Admin."""
        relation: Any = self.model._meta.get_field("roles")
        rank = relation.related_model.objects.filter(shipped=True, name="Super Admin")
        # One role and no set of roles: for a set, SQLite would look at everybody's.
        held = relation.remote_field.through._base_manager.filter(role=rank.values("pk")[:1])
        return self.filter(Q(is_superuser=True) | Q(pk__in=held.values("user")))

    def holding_beyond(self, roles: Collection[UUID]) -> Self:
        """Return superusers and holders of any role but these."""
        relation: Any = self.model._meta.get_field("roles")
        others = relation.remote_field.through._base_manager.exclude(role__in=roles)
        return self.filter(Q(is_superuser=True) | Q(pk__in=others.values("user")))

    # -- status

    def with_status(self, words: Collection[str]) -> Self:
        """Return people in any of the stored statuses."""
        return self.filter(status__in=words)

    def with_export_status(self, words: Collection[str]) -> Self:
        """Return people whom the export family calls enabled, suspended or deleted."""
        return self._any_of(status.EXPORT_STATUSES[word] for word in words)

    def in_account_state(self, words: Collection[str], at: datetime) -> Self:
        """Return people in any of the four account states at an instant."""
        conditions = status.account_states(at)
        return self._any_of(conditions[word] for word in words)

    # -- attributes

    def named(self, name: str) -> Self:
        """Return who signs in under a name, which is a username or an e-mail address."""
        folded = fold(name)
        return self.filter(Q(username=folded) | Q(email=folded))

    def with_ids(self, ids: Collection[str | UUID]) -> Self:
        """Return the people of these ids; what is no UUID names nobody."""
        return self.filter(pk__in=uuids(ids))

    def of_type(self, words: Collection[str]) -> Self:
        """Return people of any of the user types."""
        return self.filter(user_type__in=words)

    def created_by(self, ids: Collection[str | UUID]) -> Self:
        """Return people whom any of these people created."""
        return self.filter(created_by__in=uuids(ids))

    def updated_by(self, ids: Collection[str | UUID]) -> Self:
        """Return people whom any of these people changed last."""
        return self.filter(updated_by__in=uuids(ids))

    def with_mfa(self, enabled: bool) -> Self:
        """Return people with, or without, a second factor."""
        return self.filter(mfa_enabled=enabled)

    def with_verified_email(self, verified: bool) -> Self:
        """Return people whose e-mail address is, or is not, verified."""
        return self.filter(email_verified=verified)

    def name_contains(self, text: str) -> Self:
        """Return people whose name holds the text, ignoring case."""
        return self.filter(name_key__contains=fold(text))

    def username_contains(self, text: str) -> Self:
        """Return people whose username holds the text, ignoring case."""
        return self.filter(username__contains=fold(text))

    def email_contains(self, text: str) -> Self:
        """Return people whose e-mail address holds the text, ignoring case."""
        return self.filter(email__contains=fold(text))

    def search(self, text: str) -> Self:
        """Return people in whom every term occurs: in id, username, e-mail, name or description."""
        return matching(self, list(dict.fromkeys(fold(text).split())))

    # -- instants; both bounds are inclusive, and a null matches neither

    def created_between(self, earliest: datetime | None, latest: datetime | None) -> Self:
        """Return people created within the bounds."""
        return self._between("created_at", earliest, latest)

    def updated_between(self, earliest: datetime | None, latest: datetime | None) -> Self:
        """Return people changed last within the bounds."""
        return self._between("updated_at", earliest, latest)

    def signed_in_between(self, earliest: datetime | None, latest: datetime | None) -> Self:
        """Return people who signed in last within the bounds."""
        return self._between("last_login", earliest, latest)

    def locked_out(self, at: datetime) -> Self:
        """Return people whose account some network is kept from at an instant."""
        locked = apps.get_model("users.SignInTries").objects.locked(at)
        return self.filter(pk__in=locked.exclude(person=None).values("person"))

    def never_signed_in(self) -> Self:
        """Return people who have never signed in."""
        return self.filter(last_login__isnull=True)

    def password_expires_between(self, earliest: datetime | None, latest: datetime | None) -> Self:
        """Return people whose password expires within the bounds."""
        return self._between("password_expires_at", earliest, latest)

    def access_ends_between(self, earliest: datetime | None, latest: datetime | None) -> Self:
        """Return people whose access schedule ends within the bounds."""
        return self._between("access_ends_at", earliest, latest)

    def not_seen_since(self, at: datetime) -> Self:
        """Return people who last signed in, or else were created, before an instant."""
        never = Q(last_login__isnull=True, created_at__lt=at)
        return self.filter(Q(last_login__lt=at) | never)

    def whose_password_expires(self, first: datetime, last: datetime) -> Self:
        """Return people who may sign in with a password that expires between two instants."""
        able = self.with_status([status.Status.ACTIVE, status.Status.RISKY])
        return able.filter(password_expires_at__gt=first, password_expires_at__lte=last)

    # -- order

    def sorted_by(self, *keys: SortKey) -> Self:
        """Return people in a total order: nulls last, ties by id in the first key's direction."""
        order = [_ordering(key) for key in keys]
        if all(key.word != "id" for key in keys):
            order.append(_ordering(SortKey("id", keys[0].descending)))
        return self.order_by(*order)

    def newest_first(self) -> Self:
        """Return people in the order of every family that was not asked for another."""
        return self.sorted_by(SortKey("created_at", descending=True))

    # -- building blocks

    def _any_of(self, conditions: Iterable[Q]) -> Self:
        either = Q(pk__in=[])
        for condition in conditions:
            either |= condition
        return self.filter(either)

    def _between(self, field: str, earliest: datetime | None, latest: datetime | None) -> Self:
        bounds = {f"{field}__gte": earliest, f"{field}__lte": latest}
        return self.filter(
            **{lookup: bound for lookup, bound in bounds.items() if bound is not None}
        )

    def _holding(self, **condition: Any) -> models.QuerySet[Any, Any]:
        """Return the ids of holders: a subquery, so that filters chain without DISTINCT."""
        return self.model._base_manager.filter(**condition).values("pk")


def _ordering(key: SortKey) -> OrderBy:
    sortable = SORTABLE[key.word]
    return OrderBy(sortable.source, key.descending, nulls_last=sortable.nullable or None)
