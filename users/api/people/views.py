import logging
from typing import Any

from django.db import transaction
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response

from usersvc.api.operations import Operation, gone, made, shown

from ... import rules
from ...models import User
from ..idempotency import idempotent
from ..resources import ResourceView
from ..writing import refuse
from .serializers import (
    NewPersonSerializer,
    PersonSerializer,
)
from .shapes import PersonShape, person_in_full, with_all_shown
from .writing import (
    KEEPS_OUT,
    check_connection,
    check_password,
    invite,
    place_for_new,
    write,
)

log = logging.getLogger(__name__)

NOBODY = "no such user: {pk}"
VIEW, MANAGE = "users.view_user", "users.manage_user"
DELETE, DESTROY = "users.delete_user", "users.destroy_user"
SHOWN = shown(PersonShape, "The user.")
TAKEN = frozenset({409})  # a name or an address that somebody has


class PersonApiView(ResourceView):
    """The base of the views of one person."""

    tag = "users"

    def find(self, pk: Any, lock: bool = False, deleted: bool | None = False) -> User:
        """Return the person in sight, deleted or not as asked, None for either; or NotFound."""
        people = User.all_objects.visible_to(self.actor).with_ids([str(pk)])
        if deleted is not None:
            people = people.deleted() if deleted else people.living()
        if lock:
            # The row first, alone: what is shown of it comes from rows that need no lock.
            locked = people.select_for_update().order_by().values_list("pk", flat=True)
            people = User.all_objects.with_ids(list(locked))
        person: User | None = with_all_shown(people, self.actor).first()
        if person is None:
            raise NotFound(NOBODY.format(pk=pk))
        return person

    def find_to_write(self, pk: Any, deleted: bool | None = False, keeps_out: bool = False) -> User:
        """Return the person, locked, and as the caller last saw it if it says so.

        keeps_out: what is to be done could keep the last super admin out.
        """
        if keeps_out:  # before any row of a person: everybody locks in this order
            rules.hold_super_admins()
        person = self.find(pk, lock=True, deleted=deleted)
        self.require_match(person_in_full(person, self.actor))
        return person

    def show_anew(self, person: User, status: int = 200) -> Response:
        """Return the person as it is in the database now."""
        fresh = with_all_shown(User.all_objects.with_ids([person.pk]), self.actor).get()
        location = f"{self.request.path}/{person.pk}" if status == 201 else ""
        return self.show(person_in_full(fresh, self.actor), status, location)


class PersonView(PersonApiView):
    """One person: read, changed, replaced, or deleted so that restore brings everything back."""

    permissions = {"GET": (VIEW,), "PATCH": (MANAGE,), "PUT": (MANAGE,), "DELETE": (DELETE,)}
    operations = {
        "GET": Operation("get_user", "Get a user", SHOWN, is_tagged=True),
        "PATCH": Operation(
            "change_user",
            "Change a user",
            SHOWN,
            "What is not named stays as it is.",
            body=PersonSerializer,
            is_tagged=True,
            refusals=TAKEN,
        ),
        "PUT": Operation(
            "replace_user",
            "Replace a user",
            SHOWN,
            "What is not named goes back to its default, but for connection and metadata.",
            body=PersonSerializer,
            is_tagged=True,
            refusals=TAKEN,
        ),
        "DELETE": Operation(
            "delete_user",
            "Delete a user",
            gone("The user is deleted."),
            "Nothing is lost: restoring the user brings everything back.",
            is_tagged=True,
        ),
    }

    def get(self, request: Request, pk: Any) -> Response:
        return self.show(person_in_full(self.find(pk), self.actor))

    def patch(self, request: Request, pk: Any) -> Response:
        return self._write(pk, partial=True)

    def put(self, request: Request, pk: Any) -> Response:
        return self._write(pk, partial=False)

    @transaction.atomic
    def delete(self, request: Request, pk: Any) -> Response:
        person = self.find_to_write(pk, keeps_out=True)
        refuse(rules.refusal_to_delete(self.actor, person))
        person.soft_delete()
        return Response(status=204)

    @transaction.atomic
    def _write(self, pk: Any, partial: bool) -> Response:
        values = self.read(PersonSerializer, partial)
        check_connection(values)
        person = self.find_to_write(pk, keeps_out=not KEEPS_OUT.isdisjoint(values))
        write(self.actor, person, values)
        return self.show_anew(person)


class NewPersonMixin(PersonApiView):
    """The POST of the list: a new person."""

    operations = {
        "POST": Operation(
            "create_user",
            "Create a user",
            made(PersonShape, "The new user."),
            "With a password, with an invitation by e-mail, or with neither.",
            body=NewPersonSerializer,
            refusals=TAKEN | {503},  # the invitation could not be sent
            tag=PersonApiView.tag,
        )
    }

    @idempotent
    def post(self, request: Request) -> Response:
        values = self.read(NewPersonSerializer)
        check_connection(values)
        password, is_invited = values.pop("password", None), values.pop("invite")
        person = User(organization=place_for_new(self.actor, values))
        person.set_password(password)
        person.password_changed_at = person.password_changed_at if password else None
        if values["password_expires_at"] is None:  # not said: as the policy has it
            del values["password_expires_at"]
        check_password(person, password)
        write(self.actor, person, values)
        if is_invited:
            invite(person)
        return self.show_anew(person, 201)
