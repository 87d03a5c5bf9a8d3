"""Writes that touch more than one person's row: each is one transaction of its caller."""

from collections.abc import Collection
from typing import Any

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.contrib.auth.tokens import default_token_generator
from django.core.mail import send_mail
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.encoding import force_bytes
from django.utils.http import urlsafe_base64_encode

from .models import AuditEntry, Invitation, User


def change_email(person: User, email: str) -> None:
    """Give the person an address that is to be verified anew; the person is not yet saved."""
    person.email = email
    person.email_verified = False
    EmailAddress.objects.filter(user=person).exclude(email__iexact=person.email).delete()
    # The link went to the address before.
    Invitation.objects.of([person]).revoke()


def verify_email(person: User) -> None:
    """Note that the person reads the mail of its address; the person is not yet saved."""
    EmailAddress.objects.update_or_create(
        user=person, email=person.email, defaults={"verified": True, "primary": True}
    )
    person.email_verified = True


def reset_mfa(person: User) -> None:
    """Take the person's authenticators away, and end all sessions and tokens."""
    for authenticator in Authenticator.objects.filter(user=person):
        authenticator.delete()
    person.refresh_from_db()
    log_out(person)


def log_out(person: User) -> None:
    """End every session and token of the person, leaving an audit entry."""
    person.end_sign_ins()
    note(person, sign_ins=["open", "ended"])


def note(person: User, **changes: list[Any]) -> None:
    """Leave an audit entry of what no field of the person shows: {word: [before, after]}."""
    AuditEntry.objects.record_changes([person], {person.pk: changes}, AuditEntry.Action.UPDATE)


def change_members(person: User, kind: str, ids: Collection[Any]) -> None:
    """Let the person have exactly these roles, groups, sites or tags, given by id."""
    getattr(person, kind).set(ids)
    # Who changed the person, and when.
    person.save(update_fields=["updated_at"])


def send_password_reset(person: User) -> None:
    """Send the person a link, good for one use, at which to choose a password."""
    uid = urlsafe_base64_encode(force_bytes(str(person.pk)))
    token = default_token_generator.make_token(person)
    path = reverse("password_reset_confirm", args=[uid, token])
    words = {"person": person, "link": settings.BASE_URL + path}
    message = render_to_string("emails/password_reset.txt", words)
    send_mail("Choose your password", message, None, [person.email])
    note(person, password_reset=[None, "sent"])
