from typing import Any

from rest_framework import serializers

from usersvc.api.body import TextField
from usersvc.api.serializers import StrictSerializer

from ...models import Organization, User
from ...models.organization import OrganizationState
from ..named.serializers import NamedSerializer, NamedShape, named_as_shown


class OrganizationSerializer(NamedSerializer):
    """An organization as PUT and PATCH write it."""

    external_id = TextField(max_length=100)


class NewOrganizationSerializer(OrganizationSerializer):
    """An organization as POST makes it: below another one, or at the top."""

    parent_id = serializers.UUIDField(default=None, allow_null=True)


class MoveSerializer(StrictSerializer):
    """The organization to move below; null for the top."""

    class Meta:
        ref_name = "OrganizationMoveBody"

    parent_id = serializers.UUIDField(allow_null=True)


class OrganizationShape(NamedShape):
    """An organization, and where it is in the tree."""

    external_id = serializers.CharField()
    parent_id = serializers.UUIDField(allow_null=True)
    status = serializers.ChoiceField(OrganizationState.values)
    suspended_at = serializers.DateTimeField(allow_null=True)
    deleted_at = serializers.DateTimeField(allow_null=True)


def organization_as_shown(organization: Organization, actor: User) -> dict[str, Any]:
    """Return an organization as the actor may see it: what is above his own is out of sight."""
    top = not actor.sees_everybody and organization.pk == actor.organization_id
    parent = None if top else organization.parent_id
    return named_as_shown(organization) | {
        "external_id": organization.external_id,
        "parent_id": None if parent is None else str(parent),
        "status": organization.state,
        "suspended_at": organization.suspended_at,
        "deleted_at": organization.deleted_at,
    }
