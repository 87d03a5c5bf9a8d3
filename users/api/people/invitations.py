"""The invitation of one person: seen, sent or sent again, revoked."""

from typing import Any
from uuid import UUID

from django.db import transaction
from rest_framework import serializers
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response

from usersvc import clock
from usersvc.api.operations import Answer, Operation, gone, shown
from usersvc.api.serializers import NothingSerializer
from usersvc.api.shapes import Shape

from ... import invitations, rules
from ...models import Invitation, User
from ...models.invitation import InvitationState
from ..idempotency import idempotent
from ..writing import refuse
from .views import MANAGE, VIEW, PersonApiView
from .writing import invite

NEVER = "never invited: {pk}"


class InvitationShape(Shape):
    """The invitation of a user."""

    state = serializers.ChoiceField(InvitationState.values)
    invited_by = serializers.UUIDField(allow_null=True)
    times_sent = serializers.IntegerField(min_value=0)
    sent_at = serializers.DateTimeField(allow_null=True)
    expires_at = serializers.DateTimeField(allow_null=True)
    accepted_at = serializers.DateTimeField(allow_null=True)
    revoked_at = serializers.DateTimeField(allow_null=True)


class InvitationView(PersonApiView):
    """The invitation of one person."""

    operations = {
        "GET": Operation(
            "get_invitation",
            "Get the invitation of a user",
            shown(InvitationShape, "The invitation."),
            is_tagged=True,
        ),
        "POST": Operation(
            "invite_user",
            "Invite a user, or send the invitation again",
            {200: Answer("The invitation.", InvitationShape)},
            refusals=frozenset({503}),
        ),
        "DELETE": Operation(
            "revoke_invitation",
            "Revoke the invitation of a user",
            gone("Its link opens nothing any more."),
        ),
    }
    permissions = {"GET": (VIEW,), "POST": (MANAGE,), "DELETE": (MANAGE,)}

    def get(self, request: Request, pk: UUID) -> Response:
        return self.show(invitation_in_full(self._invitation(self.find(pk))))

    @idempotent
    def post(self, request: Request, pk: UUID) -> Response:
        self.read(NothingSerializer)
        person = self.find(pk, lock=True)
        refuse(rules.refusal_to_change(self.actor, person))
        return Response(invitation_in_full(invite(person)))

    @transaction.atomic
    def delete(self, request: Request, pk: UUID) -> Response:
        person = self.find(pk, lock=True)
        refuse(rules.refusal_to_change(self.actor, person))
        self._invitation(person)
        invitations.revoke([person])
        return Response(status=204)

    @staticmethod
    def _invitation(person: User) -> Invitation:
        invitation: Invitation | None = Invitation.objects.of([person]).first()
        if invitation is None:
            raise NotFound(NEVER.format(pk=person.pk))
        return invitation


def invitation_in_full(invitation: Invitation) -> dict[str, Any]:
    """Return an invitation as its person's managers see it; never what opens its link."""
    by = invitation.invited_by_id
    return {
        "state": invitation.state(clock.now()),
        "invited_by": str(by) if by else None,
        "times_sent": invitation.times_sent,
        "sent_at": invitation.sent_at,
        "expires_at": invitation.expires_at,
        "accepted_at": invitation.accepted_at,
        "revoked_at": invitation.revoked_at,
    }
