"""Bodies that make and change things that have a name, and how these are shown."""

from typing import Any

from rest_framework import serializers

from usersvc.api.body import TextField
from usersvc.api.serializers import StrictSerializer
from usersvc.api.shapes import Shape
from usersvc.api.words import unknown

from ...models import Connection, Role, Site
from ...models.connection import BUILT_IN_CONNECTION_ID
from ...models.named import Named
from ...permissions import permissions_by_name


class NamedSerializer(StrictSerializer):
    """A thing with a name; of PUT, what is left out goes back to its default."""

    name = TextField(max_length=150)
    description = TextField(default="", allow_blank=True, max_length=2000)


class TagSerializer(NamedSerializer):
    """A tag."""

    name = TextField(max_length=100)


class SiteSerializer(NamedSerializer):
    """A site, and the organization that it belongs to."""

    organization_id = serializers.UUIDField()


class ConnectionSerializer(NamedSerializer):
    """A source of identities."""

    domain = TextField(max_length=253)


class PermissionsField(serializers.ListField):
    """Permissions of this product by their names, such as users.view_user."""

    child = TextField(max_length=100)

    def to_internal_value(self, data: Any) -> Any:
        names = dict.fromkeys(super().to_internal_value(data))
        known = permissions_by_name()
        if strangers := [name for name in names if name not in known]:
            messages = [f"{name}: {unknown('permission', name, known)}" for name in strangers[:20]]
            raise serializers.ValidationError(messages)
        return [known[name] for name in names]


class RoleSerializer(NamedSerializer):
    """A role, and what it permits."""

    permissions = PermissionsField(default=list, max_length=100)


class NamedShape(Shape):
    """A thing that has a name."""

    id = serializers.CharField()
    name = serializers.CharField()
    description = serializers.CharField(allow_blank=True)
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()


class RoleShape(NamedShape):
    """A role, and what it permits."""

    shipped = serializers.BooleanField(help_text="Whether the product brings it.")
    permissions = serializers.ListField(child=serializers.CharField())


class SiteShape(NamedShape):
    """A site of an organization."""

    organization_id = serializers.UUIDField()


class ConnectionShape(NamedShape):
    """A source of identities."""

    domain = serializers.CharField()
    is_builtin = serializers.BooleanField()


def named_as_shown(row: Named) -> dict[str, Any]:
    """Return what is shown of everything that has a name."""
    return {
        "id": str(row.pk),
        "name": row.name,
        "description": row.description,
        "created_at": row.created_at,
        "updated_at": row.updated_at,
    }


def role_as_shown(role: Role) -> dict[str, Any]:
    """Return a role as it is shown."""
    own = {"shipped": role.shipped, "permissions": role.permission_names()}
    return named_as_shown(role) | own


def site_as_shown(site: Site) -> dict[str, Any]:
    """Return a site as it is shown."""
    return named_as_shown(site) | {"organization_id": str(site.organization_id)}


def connection_as_shown(connection: Connection) -> dict[str, Any]:
    """Return a connection as it is shown."""
    builtin = connection.pk == BUILT_IN_CONNECTION_ID
    return named_as_shown(connection) | {"domain": connection.domain, "is_builtin": builtin}
