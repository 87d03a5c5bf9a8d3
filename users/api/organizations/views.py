from collections.abc import Callable
from typing import Any

from django.db import transaction
from rest_framework.exceptions import ValidationError as BodyInvalid
from rest_framework.request import Request
from rest_framework.response import Response

from usersvc.api.operations import Operation, shown
from usersvc.api.serializers import NothingSerializer, StrictSerializer

from ... import cascades, rules
from ...models import Organization, User
from ..idempotency import idempotent
from ..named.base import (
    NamedApiView,
    NamedListView,
    NamedView,
    list_operations,
    one_operations,
    permissions_on,
)
from ..writing import refuse
from .filters import OrganizationFilterSet
from .serializers import (
    MoveSerializer,
    NewOrganizationSerializer,
    OrganizationSerializer,
    OrganizationShape,
    organization_as_shown,
)

MANAGE = "users.manage_organization"
# What takes people along takes the permission for the people, too.
SUSPEND = (MANAGE, "users.manage_user")
DELETE = (MANAGE, "users.delete_user")

Refusal = Callable[[User, Organization], str | None]


def verb(
    name: str,
    summary: str,
    description: str = "",
    body: type[StrictSerializer] = NothingSerializer,
) -> dict[str, Operation]:
    """Return the operation that does something to one organization, and shows it anew."""
    answers = shown(OrganizationShape, "The organization.")
    name, tagged = f"{name}_organization", True
    return {"POST": Operation(name, summary, answers, description, body=body, is_tagged=tagged)}


class OrganizationApiView(NamedApiView):
    """The organizations in sight: the caller's own and those below."""

    tag = "organizations"
    model, permissions, body = Organization, permissions_on("organization"), OrganizationSerializer

    def shown(self, row: Any) -> dict[str, Any]:
        return organization_as_shown(row, self.actor)

    def place(self, parent_id: Any) -> Organization | None:
        """Return the living organization in sight of this id, None for the top."""
        if parent_id is None:
            return None
        visible = Organization.objects.visible_to(self.actor).living()
        parent: Organization | None = visible.with_id(parent_id).first()
        if parent is None:
            raise BodyInvalid({"parent_id": [f"no such organization: {parent_id}"]})
        return parent


class OrganizationListView(OrganizationApiView, NamedListView):
    """Organizations."""

    filters, body = OrganizationFilterSet, NewOrganizationSerializer
    operations = list_operations(
        "organization", OrganizationShape, NewOrganizationSerializer, OrganizationFilterSet
    )

    def check_rules(self, row: Any, values: dict[str, Any]) -> None:
        row.parent = self.place(values.pop("parent_id"))
        refuse(rules.refusal_to_place_organization(self.actor, row.parent))


class OneOrganizationView(OrganizationApiView):
    """The base of the views of one organization; only restore finds a deleted one."""

    def all(self) -> Any:
        return super().all().living()

    def find_to_write(self, pk: str) -> Organization:
        row: Organization = self.find(pk)
        cascades.lock(row)
        row = self.find(pk)  # somebody may have deleted it, or moved it out of sight, meanwhile
        self.require_match(self.shown(row))
        return row


class OrganizationView(OneOrganizationView, NamedView):
    """One organization: read, changed, replaced, or deleted together with its people."""

    permissions = {**permissions_on("organization"), "DELETE": DELETE}
    operations = one_operations(
        "organization",
        OrganizationShape,
        OrganizationSerializer,
        "Its people are deleted with it; restoring it brings both back.",
    )

    @transaction.atomic
    def delete(self, request: Request, pk: str) -> Response:
        organization = self.find_to_write(pk)
        refuse(rules.refusal_to_delete_organization(self.actor, organization))
        cascades.delete_organization(organization)
        return Response(status=204)


class VerbView(OneOrganizationView):
    """One verb of an organization and its people; done already, it changes nothing."""

    refusal: Refusal
    do: Callable[[Organization], int]

    @idempotent
    def post(self, request: Request, pk: str) -> Response:
        self.read(NothingSerializer)
        organization = self.find_to_write(pk)
        refuse(type(self).refusal(self.actor, organization))
        type(self).do(organization)
        return self.show_anew(organization)


class SuspendView(VerbView):
    operations = verb(
        "suspend", "Suspend an organization", "Its people are suspended, and remembered."
    )
    permissions = {"POST": SUSPEND}
    refusal = staticmethod(rules.refusal_to_suspend_organization)
    do = staticmethod(cascades.suspend_organization)


class ReactivateView(VerbView):
    operations = verb(
        "reactivate",
        "Reactivate an organization",
        "The people whom its suspension suspended come back.",
    )
    permissions = {"POST": SUSPEND}
    refusal = staticmethod(rules.refusal_to_reactivate_organization)
    do = staticmethod(cascades.reactivate_organization)


class RestoreView(VerbView):
    operations = verb("restore", "Restore a deleted organization and its people")
    permissions = {"POST": DELETE}
    refusal = staticmethod(rules.refusal_to_restore_organization)
    do = staticmethod(cascades.restore_organization)

    def all(self) -> Any:
        return OrganizationApiView.all(self)


class MoveView(OneOrganizationView):
    """Another place in the tree, for the organization and all below it."""

    operations = verb("move", "Move an organization in the tree", body=MoveSerializer)
    permissions = {"POST": (MANAGE,)}

    @idempotent
    def post(self, request: Request, pk: str) -> Response:
        wanted = self.read(MoveSerializer)["parent_id"]
        Organization.objects.lock_tree()
        organization = self.find_to_write(pk)
        parent = self.place(wanted)
        refuse(rules.refusal_to_move_organization(self.actor, organization, parent))
        try:
            cascades.move_organization(organization, parent)
        except cascades.CycleError as error:
            raise BodyInvalid({"parent_id": [str(error)]}) from error
        return self.show_anew(organization)
