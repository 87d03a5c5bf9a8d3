"""The roles, groups, sites and tags of one person."""

from collections.abc import Callable
from typing import Any, ClassVar
from uuid import UUID

from django.db import transaction
from rest_framework.exceptions import NotFound
from rest_framework.exceptions import ValidationError as BodyInvalid
from rest_framework.request import Request
from rest_framework.response import Response

from usersvc.api.operations import Answer, Operation, gone

from ... import operations, rules
from ...models import Site, User
from ..idempotency import idempotent
from ..writing import refuse
from .serializers import IdsSerializer
from .shapes import ThingShape, named
from .views import MANAGE, VIEW, PersonApiView

Ids = set[UUID]


def operations_on(kind: str) -> dict[str, Operation]:
    """Return the operations on what one person belongs to, of one kind."""
    now = {200: Answer(f"The {kind} of the user.", [ThingShape])}
    return {
        "GET": Operation(f"list_user_{kind}", f"List the {kind} of a user", now),
        "PUT": Operation(
            f"replace_user_{kind}",
            f"Replace the {kind} of a user",
            now,
            body=IdsSerializer,
            is_tagged=True,
        ),
        "POST": Operation(
            f"add_user_{kind}",
            f"Add {kind} to a user",
            now,
            body=IdsSerializer,
            is_tagged=True,
        ),
    }


def removal_of(noun: str) -> dict[str, Operation]:
    """Return the operation that takes one of them away."""
    what = gone(f"The user has the {noun} no more.")
    name, summary = f"remove_user_{noun}", f"Take a {noun} away from a user"
    return {"DELETE": Operation(name, summary, what, is_tagged=True)}


class MembersView(PersonApiView):
    """What one person belongs to, of one kind: read, replaced (PUT) or added to (POST)."""

    kind: str
    permissions: ClassVar[Any] = {
        "GET": (VIEW,),
        "PUT": (MANAGE,),
        "POST": (MANAGE,),
        "DELETE": (MANAGE,),
    }

    def get(self, request: Request, pk: UUID) -> Response:
        return self.members_of(self.find(pk))

    @transaction.atomic
    def put(self, request: Request, pk: UUID) -> Response:
        given = self.given()
        return self.change(pk, lambda held: given)

    @idempotent
    def post(self, request: Request, pk: UUID) -> Response:
        given = self.given()
        return self.change(pk, lambda held: held | given)

    def choices(self) -> Any:
        """Return the things that the caller may choose from."""
        model: Any = User._meta.get_field(self.kind).related_model
        return model.objects.all()

    def given(self) -> Ids:
        """Return the ids of the body, all of which name something."""
        ids = set(self.read(IdsSerializer)["ids"])
        unknown = ids - set(self.choices().filter(pk__in=ids).values_list("pk", flat=True))
        if unknown:
            raise BodyInvalid({"ids": [f"names nothing: {pk}" for pk in sorted(map(str, unknown))]})
        return ids

    def change(self, pk: UUID, change: Callable[[Ids], Ids]) -> Response:
        """Let the person have what becomes of what the caller sees of it."""
        person = self.find_to_write(pk, keeps_out=self.kind == "roles")
        held = set(getattr(person, self.kind).values_list("pk", flat=True))
        seen = set(self.choices().filter(pk__in=held).values_list("pk", flat=True))
        wanted = change(seen) | (held - seen)
        refuse(self.refusal(person, wanted))
        if wanted != held:
            operations.change_members(person, self.kind, wanted)
        return self.members_of(person)

    def refusal(self, person: User, wanted: Ids) -> str | None:
        """Return why the caller may not, or None."""
        return rules.refusal_to_change(self.actor, person)

    def members_of(self, person: User) -> Response:
        """Return what the caller sees of it."""
        held = getattr(person, self.kind).values_list("pk", flat=True)
        return Response(named(self.choices().filter(pk__in=list(held))))


class RolesView(MembersView):
    """Roles give permissions: they take one of their own, and nobody gives what he lacks."""

    kind = "roles"
    operations = operations_on("roles")
    permissions: ClassVar[Any] = {
        "GET": (VIEW,),
        "PUT": (MANAGE, "users.manage_role"),
        "POST": (MANAGE, "users.manage_role"),
        "DELETE": (MANAGE, "users.manage_role"),
    }

    def refusal(self, person: User, wanted: Ids) -> str | None:
        return rules.refusal_to_give_roles(self.actor, person, wanted)


class SitesView(MembersView):
    """Sites in sight; a person's other ones are neither shown nor touched."""

    operations = operations_on("sites")
    kind = "sites"

    def choices(self) -> Any:
        return Site.objects.visible_to(self.actor)


class GroupsView(MembersView):
    kind = "groups"
    operations = operations_on("groups")


class TagsView(MembersView):
    kind = "tags"
    operations = operations_on("tags")


class MemberView(MembersView):
    """One of the things that a person belongs to: taken away."""

    http_method_names = ["delete", "options"]

    @transaction.atomic
    def delete(self, request: Request, pk: UUID, other: UUID) -> Response:
        if not self.choices().filter(users=self.find(pk), pk=other).exists():
            raise NotFound(f"not among the {self.kind} of this user: {other}")
        self.change(pk, lambda held: held - {other})
        return Response(status=204)


class RoleView(MemberView, RolesView):
    operations = removal_of("role")


class GroupView(MemberView, GroupsView):
    operations = removal_of("group")


class SiteView(MemberView, SitesView):
    operations = removal_of("site")


class TagView(MemberView, TagsView):
    operations = removal_of("tag")
