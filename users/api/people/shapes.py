"""How one person is shown: the directory's fields first, then all that the model knows."""

from collections.abc import Iterable
from typing import Any

from django.db.models import Prefetch
from rest_framework import serializers

from usersvc.api.shapes import Shape

from ...columns import METADATA
from ...models import Organization, Site, User
from ...querysets import UserQuerySet
from ..directory.serializers import TAKES_METADATA, UserShape

PLAIN = (
    "given_name",
    "family_name",
    "nickname",
    "phone",
    "picture",
    "description",
    "email_verified",
    "mfa_enabled",
    "connection_id",
    "last_login",
    "login_count",
    "suspended_at",
    "password_expires_at",
)
MEMBERSHIPS = ("roles", "groups", "sites", "tags")


class ThingShape(Shape):
    """A thing, as it is named inside others."""

    id = serializers.UUIDField()
    name = serializers.CharField()


class OrganizationInShortShape(ThingShape):
    """An organization, as it is named inside others."""

    external_id = serializers.CharField()


class ScheduleShape(Shape):
    """When access starts and ends; null for a bound that does not bind."""

    starts_at = serializers.DateTimeField(allow_null=True)
    ends_at = serializers.DateTimeField(allow_null=True)
    timezone = serializers.CharField()


class PersonShape(UserShape):
    """One user with all that is known."""

    given_name = serializers.CharField(allow_blank=True)
    family_name = serializers.CharField(allow_blank=True)
    nickname = serializers.CharField(allow_blank=True)
    phone = serializers.CharField(allow_blank=True)
    picture = serializers.CharField(allow_blank=True)
    description = serializers.CharField(allow_blank=True)
    email_verified = serializers.BooleanField()
    mfa_enabled = serializers.BooleanField()
    connection_id = serializers.CharField()
    last_login = serializers.DateTimeField(allow_null=True)
    login_count = serializers.IntegerField(min_value=0)
    suspended_at = serializers.DateTimeField(allow_null=True)
    password_expires_at = serializers.DateTimeField(allow_null=True)
    organization = OrganizationInShortShape(allow_null=True)
    schedule = ScheduleShape()
    roles = ThingShape(many=True)
    groups = ThingShape(many=True)
    sites = ThingShape(many=True)
    tags = ThingShape(many=True)
    created_by = serializers.UUIDField(allow_null=True, required=False, help_text=TAKES_METADATA)
    updated_by = serializers.UUIDField(allow_null=True, required=False, help_text=TAKES_METADATA)
    user_metadata = serializers.DictField(required=False, help_text=TAKES_METADATA)
    app_metadata = serializers.DictField(required=False, help_text=TAKES_METADATA)


def with_all_shown(people: UserQuerySet, actor: User) -> UserQuerySet:
    """Return the people with what the actor sees of them, in a constant number of queries."""
    sites = Prefetch("sites", Site.objects.visible_to(actor))
    return people.select_related("organization").prefetch_related("roles", "groups", "tags", sites)


def person_in_full(person: User, actor: User) -> dict[str, Any]:
    """Return one person as the actor may see it: metadata only with the permission for it."""
    shown: dict[str, Any] = {
        "id": str(person.pk),
        "identifier": person.username,
        "name": person.name,
        "email": person.email,
        "user_type": person.user_type,
        "status": person.status,
        "created_at": person.created_at,
        "updated_at": person.updated_at,
    }
    shown |= {name: getattr(person, name) for name in PLAIN}
    shown["organization"] = organization_in_short(person.organization)
    shown["schedule"] = {
        "starts_at": person.access_starts_at,
        "ends_at": person.access_ends_at,
        "timezone": person.access_timezone,
    }
    shown |= {name: named(getattr(person, name).all()) for name in MEMBERSHIPS}
    if actor.has_perm(METADATA):
        shown |= {
            "created_by": _id(person.created_by_id),
            "updated_by": _id(person.updated_by_id),
            "user_metadata": person.user_metadata,
            "app_metadata": person.app_metadata,
        }
    return shown


def named(things: Iterable[Any]) -> list[dict[str, str]]:
    """Return things by id and name, in the order of their names."""
    in_order = sorted(things, key=lambda thing: (thing.name_key, str(thing.pk)))
    return [{"id": str(thing.pk), "name": thing.name} for thing in in_order]


def _id(pk: Any) -> str | None:
    return None if pk is None else str(pk)


def organization_in_short(organization: Organization | None) -> dict[str, str] | None:
    """Return an organization as it is named inside other things."""
    if organization is None:
        return None
    return {
        "id": str(organization.pk),
        "external_id": organization.external_id,
        "name": organization.name,
    }
