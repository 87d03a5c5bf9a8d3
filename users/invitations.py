"""Invitations: letters with a link, sent, sent again, and accepted."""

import logging
from collections.abc import Iterable, Sequence
from smtplib import SMTPException
from typing import Any, NamedTuple

from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.db import transaction
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.encoding import force_bytes
from django.utils.http import urlsafe_base64_encode
from django.utils.translation import gettext_noop

from usersvc import clock

from . import actor, bulk, operations
from .bulk_actions import READS, Action
from .models import Invitation, User
from .models.invitation import InvitationState
from .status import Status

NO_NEED = gettext_noop("They have an account that works, or are suspended or deleted.")
NONE_OPEN = gettext_noop("They have no open invitation.")
JUST_SENT = gettext_noop("They were sent a letter less than a minute ago.")
SUBJECT = gettext_noop("You are invited")

log = logging.getLogger(__name__)


class Letter(NamedTuple):
    """An invitation on its way, with the secret that nobody keeps."""

    person: User
    secret: str

    @property
    def link(self) -> str:
        """The address at which the person takes the account over."""
        uid = urlsafe_base64_encode(force_bytes(str(self.person.pk)))
        path = reverse("invitation", kwargs={"uidb64": uid, "token": self.secret})
        return f"{settings.BASE_URL}{path}"

    def message(self, connection: Any = None) -> EmailMessage:
        """Return the mail."""
        words = {
            "person": self.person,
            "link": self.link,
            "by": actor.current_user(),
            "hours": settings.INVITATION_HOURS,
        }
        text = render_to_string("emails/invitation.txt", words)
        return EmailMessage(SUBJECT, text, None, [self.person.email], connection=connection)


def may_be_invited(person: User) -> bool:
    """Return whether an invitation is of use: nobody else's account works only after one."""
    works = person.email_verified and person.has_usable_password()
    return person.deleted_at is None and person.status == Status.ONBOARDING and not works


def invite(person: User) -> Invitation:
    """Send the person, who is locked, a link; one that was sent before is void."""
    [letter] = _write([person], are_sent=True)
    letter.message().send()
    return Invitation.objects.get(person=person)


def revoke(people: Sequence[User]) -> set[Any]:
    """Make the open links of the people void; return the ids of those who had one."""
    ids = Invitation.objects.of(people).ids_of_open()
    Invitation.objects.of(people).revoke()
    change = {"invitation": ["open", "revoked"]}
    bulk.record(people, dict.fromkeys(ids, change))
    return ids


def opened_by(person: User, secret: str) -> Invitation | None:
    """Return the person's invitation if it is pending and this is the secret of its link."""
    invitation: Invitation | None = Invitation.objects.of([person]).first()
    if invitation is None or not invitation.is_opened_by(secret):
        return None
    is_pending = invitation.state(clock.now()) == InvitationState.PENDING
    return invitation if is_pending and may_be_invited(person) else None


def accept(person: User, invitation: Invitation) -> None:
    """Take the account over: the link was read in the person's mailbox, which verifies it."""
    Invitation.objects.filter(pk=invitation.pk).update(accepted_at=clock.now())
    operations.verify_email(person)
    person.status = Status.ACTIVE
    person.save()
    operations.note(person, invitation=["open", "accepted"])


class Invite(Action):
    """Invites many people; their letters leave once what is written about them is safe."""

    reads = (*READS, "name", "email", "email_verified", "password")

    def unsuited(self, people: Sequence[User]) -> dict[Any, str]:
        at = clock.now()
        resting = {
            invitation.person_id
            for invitation in Invitation.objects.of(people)
            if invitation.rests(at).total_seconds() > 0
        }
        reasons = {person.pk: JUST_SENT for person in people if person.pk in resting}
        return reasons | {p.pk: NO_NEED for p in people if not may_be_invited(p)}

    def write(self, people: Sequence[User]) -> None:
        # Each is sent once it was: what a worker that dies leaves behind shows as not sent.
        letters = _write(people, are_sent=False)
        transaction.on_commit(lambda: _send(letters))


class Revoke(Action):
    """Makes the links of many people void."""

    def unsuited(self, people: Sequence[User]) -> dict[Any, str]:
        ids = Invitation.objects.of(people).ids_of_open()
        return {person.pk: NONE_OPEN for person in people if person.pk not in ids}

    def write(self, people: Sequence[User]) -> None:
        revoke(people)


def _write(people: Sequence[User], are_sent: bool) -> list[Letter]:
    """Write new invitations of the people, who are locked, and return their letters."""
    there = {invitation.person_id: invitation for invitation in Invitation.objects.of(people)}
    by, letters, rows = actor.current_user(), [], []
    for person in people:
        row = there.get(person.pk) or Invitation(person=person)
        letters.append(Letter(person, row.renew(by)))
        if not are_sent:
            row.sent_at, row.times_sent = None, row.times_sent - 1
        rows.append(row)
    names = [field.name for field in Invitation._meta.concrete_fields if not field.primary_key]
    Invitation.objects.bulk_create(
        rows, update_conflicts=True, unique_fields=["person"], update_fields=names
    )
    bulk.record(people, {person.pk: {"invitation": [None, "sent"]} for person in people})
    return letters


def _send(letters: Iterable[Letter]) -> None:
    """Send the letters over one connection; those that do not leave are told apart in the list."""
    connection = get_connection()
    for letter in letters:
        try:
            connection.open()
            letter.message(connection).send()
        except (SMTPException, OSError) as error:
            log.warning("an invitation was not sent: %s", type(error).__name__)
        else:
            Invitation.objects.of([letter.person]).sent(clock.now())
    connection.close()
