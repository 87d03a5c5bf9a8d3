"""Notices: people are told by mail when their password is about to expire."""

import logging
from collections.abc import Iterator
from datetime import datetime, timedelta
from smtplib import SMTPException
from typing import Any

from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.template.loader import render_to_string
from django.urls import reverse

from .models import PasswordNotice, Policy, User

SUBJECT = "Your password is about to expire"
BLOCK = 500

log = logging.getLogger(__name__)


def send(at: datetime) -> int:
    """Write to those whose passwords expire within the days of their policy; return to how many.

    Nobody is written to twice about one expiry; where the mail server fails, the next call goes on.
    """
    count = 0
    with get_connection() as connection:
        for person in _due(at):
            try:
                _letter(person, connection).send()
            except (OSError, SMTPException):
                log.exception("no notice of an expiring password could be sent")
                break
            PasswordNotice.objects.remember(person)
            count += 1
    return count


def _due(at: datetime) -> Iterator[User]:
    """Yield those who are to be told now, and were not."""
    for days, organizations in Policy.objects.organizations_by("password_notice_days").items():
        people = User.objects.belonging_to(organizations).whose_password_expires(
            at, at + timedelta(days=days)
        )
        block: list[User] = []
        for person in people.iterator(chunk_size=BLOCK):
            block.append(person)
            if len(block) == BLOCK:
                yield from PasswordNotice.objects.untold(block)
                block = []
        yield from PasswordNotice.objects.untold(block)


def _letter(person: User, connection: Any) -> EmailMessage:
    words = {
        "person": person,
        "expires_at": person.password_expires_at,
        "link": settings.BASE_URL + reverse("account_change_password"),
    }
    text = render_to_string("emails/password_notice.txt", words)
    return EmailMessage(SUBJECT, text, None, [person.email], connection=connection)
