from collections.abc import Mapping
from typing import Any

from rest_framework.exceptions import ValidationError as BodyInvalid

from usersvc.api.errors import Conflict, Fault

from ... import rules
from ...models import Connection, Group, Organization, Role, Site, Tag
from ...models.connection import BUILT_IN_CONNECTION_ID
from ...models.role import with_permissions
from ..writing import refuse
from .base import (
    NamedApiView,
    NamedListView,
    NamedView,
    list_operations,
    one_operations,
    permissions_on,
)
from .filters import SiteFilterSet
from .serializers import (
    ConnectionSerializer,
    ConnectionShape,
    RoleSerializer,
    RoleShape,
    SiteSerializer,
    SiteShape,
    TagSerializer,
    connection_as_shown,
    role_as_shown,
    site_as_shown,
)

BUILT_IN = "is built in: nobody changes or deletes it"


class GroupApiView(NamedApiView):
    tag = "groups"
    model, permissions = Group, permissions_on("group")


class GroupListView(GroupApiView, NamedListView):
    """Groups."""

    operations = list_operations("group")


class GroupView(GroupApiView, NamedView):
    """One group."""

    operations = one_operations("group")
    people = "groups"


class TagApiView(NamedApiView):
    tag = "tags"
    model, permissions, body = Tag, permissions_on("tag"), TagSerializer


class TagListView(TagApiView, NamedListView):
    """Tags."""

    operations = list_operations("tag", body=TagSerializer)


class TagView(TagApiView, NamedView):
    """One tag."""

    operations = one_operations("tag", body=TagSerializer)
    people = "tags"


class SiteApiView(NamedApiView):
    """Sites of the organizations in sight."""

    tag = "sites"
    model, permissions, body = Site, permissions_on("site"), SiteSerializer

    def shown(self, row: Any) -> dict[str, Any]:
        return site_as_shown(row)

    def check_rules(self, row: Any, values: dict[str, Any]) -> None:
        wanted = values.get("organization_id")
        if wanted is None or wanted == row.organization_id:
            return
        if not Organization.objects.visible_to(self.actor).living().with_id(wanted).exists():
            raise BodyInvalid({"organization_id": [f"no such organization: {wanted}"]})


class SiteListView(SiteApiView, NamedListView):
    """Sites."""

    operations = list_operations("site", SiteShape, SiteSerializer, SiteFilterSet)

    filters = SiteFilterSet


class SiteView(SiteApiView, NamedView):
    """One site."""

    operations = one_operations("site", SiteShape, SiteSerializer)
    people = "sites"


class ConnectionApiView(NamedApiView):
    """Sources of identities; the built-in one stays as it is."""

    tag = "connections"
    model, permissions, body = Connection, permissions_on("connection"), ConnectionSerializer

    def shown(self, row: Any) -> dict[str, Any]:
        return connection_as_shown(row)

    def check_rules(self, row: Any, values: dict[str, Any]) -> None:
        if row.pk == BUILT_IN_CONNECTION_ID:
            raise Conflict(Fault("id", BUILT_IN, row.pk))


class ConnectionListView(ConnectionApiView, NamedListView):
    """Connections."""

    operations = list_operations("connection", ConnectionShape, ConnectionSerializer)


class ConnectionView(ConnectionApiView, NamedView):
    """One connection."""

    operations = one_operations("connection", ConnectionShape, ConnectionSerializer)
    people = "connection"

    def check_deletion(self, row: Any) -> None:
        self.check_rules(row, {})
        super().check_deletion(row)


class RoleApiView(NamedApiView):
    """Roles: nobody gives, takes or changes a permission that is not his own."""

    tag = "roles"
    model, permissions, body = Role, permissions_on("role"), RoleSerializer

    def with_all_shown(self, rows: Any) -> Any:
        return with_permissions(rows)

    def shown(self, row: Any) -> dict[str, Any]:
        return role_as_shown(row)

    def check_rules(self, row: Any, values: dict[str, Any]) -> None:
        if row._state.adding:
            refuse(rules.refusal_to_make_role(self.actor, values["permissions"]))
            return
        permissions = values.get("permissions", row.permissions.all())
        refuse(rules.refusal_to_change_role(self.actor, row, permissions))
        if values.get("name", row.name) != row.name:
            refuse_by_state(row, "name")

    def write(self, row: Any, values: Mapping[str, Any]) -> None:
        plain = {name: value for name, value in values.items() if name != "permissions"}
        super().write(row, plain)
        if "permissions" in values:
            row.permissions.set(values["permissions"])


class RoleListView(RoleApiView, NamedListView):
    """Roles."""

    operations = list_operations("role", RoleShape, RoleSerializer)


class RoleView(RoleApiView, NamedView):
    """One role."""

    operations = one_operations("role", RoleShape, RoleSerializer)
    people = "roles"

    def check_deletion(self, row: Any) -> None:
        refuse(rules.refusal_to_change_role(self.actor, row, row.permissions.all()))
        refuse_by_state(row, "id")
        super().check_deletion(row)


def refuse_by_state(role: Role, field: str) -> None:
    """Raise Conflict for what not even a superuser may do to a role."""
    if reason := rules.refusal_to_rename_role(role):
        raise Conflict(Fault(field, reason, str(getattr(role, field))))
