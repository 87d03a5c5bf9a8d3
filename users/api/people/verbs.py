"""The verbs of one person's life."""

import logging
from dataclasses import asdict, replace
from smtplib import SMTPException
from typing import Any

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from usersvc.api.errors import Busy, Conflict, Fault
from usersvc.api.operations import Answer, Operation, gone
from usersvc.api.serializers import NothingSerializer
from usersvc.api.shapes import Shape

from ... import erasure, lockout, operations, rules
from ...models import User
from ..idempotency import idempotent
from ..writing import refuse
from .serializers import MoveSerializer
from .views import DELETE, DESTROY, MANAGE, SHOWN, TAKEN, PersonApiView
from .writing import place

log = logging.getLogger(__name__)


def verb(name: str, summary: str, description: str = "") -> Operation:
    """Return the operation that does something to one person, and shows the person anew."""
    return Operation(name, summary, SHOWN, description, is_tagged=True)


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
    operations = {"POST": verb("suspend_user", "Suspend a user")}
    permissions = {"POST": (MANAGE,)}
    keeps_out = True

    def refusal(self, person: User) -> str | None:
        return rules.refusal_to_suspend(self.actor, person)

    def do(self, person: User) -> None:
        person.suspend()


class ReactivateView(VerbView):
    operations = {"POST": verb("reactivate_user", "Reactivate a suspended user")}
    permissions = {"POST": (MANAGE,)}

    def do(self, person: User) -> None:
        person.reactivate()


class RestoreView(VerbView):
    operations = {"POST": verb("restore_user", "Restore a deleted user")}
    permissions = {"POST": (DELETE,)}
    deleted = True

    def do(self, person: User) -> None:
        person.restore()


class ResetMfaView(VerbView):
    """No second factor any more; nobody does this to himself, as a stolen token could."""

    operations = {"POST": verb("reset_mfa", "Take away a user's second factor")}
    permissions = {"POST": (MANAGE,)}

    def refusal(self, person: User) -> str | None:
        own = rules.NOT_YOURSELF if person.pk == self.actor.pk else None
        return own or super().refusal(person)

    def do(self, person: User) -> None:
        operations.reset_mfa(person)


class LogoutView(VerbView):
    operations = {"POST": verb("log_user_out", "End all sessions and tokens of a user")}
    permissions = {"POST": (MANAGE,)}

    def do(self, person: User) -> None:
        operations.log_out(person)


class UnlockView(VerbView):
    """No lock by wrong passwords any more, from wherever they came."""

    operations = {"POST": verb("unlock_user", "Unlock a user whom wrong passwords locked out")}
    permissions = {"POST": (MANAGE,)}

    def do(self, person: User) -> None:
        lockout.unlock(person)


class SendPasswordResetView(VerbView):
    operations = {
        "POST": replace(
            verb("send_password_reset", "Send a user the link to choose a password"),
            refusals=frozenset({503}),
        )
    }
    permissions = {"POST": (MANAGE,)}

    def do(self, person: User) -> None:
        try:
            operations.send_password_reset(person)
        except (SMTPException, OSError) as error:
            log.warning("no password reset was sent", exc_info=error)
            raise Busy(None) from error


class MoveView(PersonApiView):
    """Another place in the tree; nobody moves himself."""

    operations = {
        "POST": replace(
            verb("move_user", "Move a user to another organization"), body=MoveSerializer
        )
    }
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

    operations = {
        "POST": Operation(
            "destroy_user",
            "Destroy a deleted user",
            gone("The user is no more."),
            "Nothing brings a destroyed user back.",
            is_tagged=True,
            refusals=TAKEN,
        )
    }
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


class ErasedShape(Shape):
    """What an erasure did."""

    people = serializers.IntegerField(min_value=1)
    audit_entries = serializers.IntegerField(
        min_value=0, help_text="How many entries of the audit forgot what was personal in them."
    )
    jobs = serializers.IntegerField(
        min_value=0, help_text="How many jobs lost a file that held the user, or may have."
    )
    sessions = serializers.IntegerField(min_value=0, help_text="How many sessions ended.")


class EraseView(PersonApiView):
    """The end of a person, deleted or not, and of all that is personal about it."""

    operations = {
        "POST": Operation(
            "erase_user",
            "Erase a user",
            {200: Answer("The user is no more.", ErasedShape)},
            "Beside the user itself goes all that tells of it: what is personal in the audit,"
            " sessions, and kept files that held it. Nothing brings an erased user back.",
            is_tagged=True,
        )
    }
    permissions = {"POST": (DESTROY,)}

    @idempotent
    def post(self, request: Request, pk: Any) -> Response:
        self.read(NothingSerializer)
        person = self.find_to_write(pk, deleted=None, keeps_out=True)
        refuse(rules.refusal_to_erase(self.actor, person))
        return Response(asdict(erasure.erase([person])))
