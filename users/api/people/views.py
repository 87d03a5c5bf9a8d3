import logging
from smtplib import SMTPException
from typing import Any

from django.db import transaction
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response

from usersvc.api.errors import Busy, Conflict, Fault

from ... import lockout, operations, rules
from ...models import User
from ..idempotency import idempotent
from ..resources import ResourceView
from ..writing import refuse
from .serializers import (
    MoveSerializer,
    NewPersonSerializer,
    NothingSerializer,
    PersonSerializer,
)
from .shapes import person_in_full, with_all_shown
from .writing import (
    KEEPS_OUT,
    check_connection,
    check_password,
    invite,
    place,
    place_for_new,
    write,
)

log = logging.getLogger(__name__)

NOBODY = "no such user: {pk}"
VIEW, MANAGE = "users.view_user", "users.manage_user"
DELETE, DESTROY = "users.delete_user", "users.destroy_user"


class PersonApiView(ResourceView):
    """The base of the views of one person."""

    def find(self, pk: Any, lock: bool = False, deleted: bool = False) -> User:
        """Return the person in sight, deleted or not as asked; NotFound for none."""
        people = User.all_objects.visible_to(self.actor).with_ids([str(pk)])
        people = people.deleted() if deleted else people.living()
        if lock:
            # The row first, alone: what is shown of it comes from rows that need no lock.
            locked = people.select_for_update().order_by().values_list("pk", flat=True)
            people = User.all_objects.with_ids(list(locked))
        person: User | None = with_all_shown(people, self.actor).first()
        if person is None:
            raise NotFound(NOBODY.format(pk=pk))
        return person

    def find_to_write(self, pk: Any, deleted: bool = False, keeps_out: bool = False) -> User:
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


class VerbView(PersonApiView):
    """One verb of a person's life; does nothing to whom it has been done already."""

    deleted = keeps_out = False

    @idempotent
    def post(self, request: Request, pk: Any) -> Response:
        self.read(NothingSerializer)
        person = self.find_to_write(pk, self.deleted, self.keeps_out)
        refuse(self.refusal(person))
        self.do(person)
        return self.show_anew(person)

    def refusal(self, person: User) -> str | None:
        """Return why the caller may not, or None."""
        return rules.refusal_to_change(self.actor, person)

    def do(self, person: User) -> None:
        """Do it."""
        raise NotImplementedError  # pragma: no cover


class SuspendView(VerbView):
    permissions = {"POST": (MANAGE,)}
    keeps_out = True

    def refusal(self, person: User) -> str | None:
        return rules.refusal_to_suspend(self.actor, person)

    def do(self, person: User) -> None:
        person.suspend()


class ReactivateView(VerbView):
    permissions = {"POST": (MANAGE,)}

    def do(self, person: User) -> None:
        person.reactivate()


class RestoreView(VerbView):
    permissions = {"POST": (DELETE,)}
    deleted = True

    def do(self, person: User) -> None:
        person.restore()


class ResetMfaView(VerbView):
    """No second factor any more; nobody does this to himself, as a stolen token could."""

    permissions = {"POST": (MANAGE,)}

    def refusal(self, person: User) -> str | None:
        own = rules.NOT_YOURSELF if person.pk == self.actor.pk else None
        return own or super().refusal(person)

    def do(self, person: User) -> None:
        operations.reset_mfa(person)


class LogoutView(VerbView):
    permissions = {"POST": (MANAGE,)}

    def do(self, person: User) -> None:
        operations.log_out(person)


class UnlockView(VerbView):
    """No lock by wrong passwords any more, from wherever they came."""

    permissions = {"POST": (MANAGE,)}

    def do(self, person: User) -> None:
        lockout.unlock(person)


class SendPasswordResetView(VerbView):
    permissions = {"POST": (MANAGE,)}

    def do(self, person: User) -> None:
        try:
            operations.send_password_reset(person)
        except (SMTPException, OSError) as error:
            log.warning("no password reset was sent", exc_info=error)
            raise Busy(None) from error


class MoveView(PersonApiView):
    """Another place in the tree; nobody moves himself."""

    permissions = {"POST": (MANAGE, "users.manage_organization")}

    @idempotent
    def post(self, request: Request, pk: Any) -> Response:
        target = place(self.actor, self.read(MoveSerializer)["organization_id"])
        person = self.find_to_write(pk)
        own = rules.NOT_YOURSELF if person.pk == self.actor.pk else None
        refuse(own or rules.refusal_to_change(self.actor, person))
        if person.organization != target:
            person.organization = target
            person.save()
        return self.show_anew(person)


class DestroyView(PersonApiView):
    """The end of a deleted person: nothing brings it back."""

    permissions = {"POST": (DESTROY,)}

    @idempotent
    def post(self, request: Request, pk: Any) -> Response:
        self.read(NothingSerializer)
        if User.objects.visible_to(self.actor).with_ids([str(pk)]).exists():
            raise Conflict(Fault("id", "is not deleted: delete first", str(pk)))
        person = self.find_to_write(pk, deleted=True)
        refuse(rules.refusal_to_change(self.actor, person))
        person.delete()
        return Response(status=204)
