"""What keeps webhooks in order: old deliveries go, hopeless webhooks are disabled, owners told."""

import logging
from smtplib import SMTPException

from django.conf import settings
from django.core.mail import send_mail
from django.template.loader import render_to_string
from django.urls import reverse

from usersvc import clock

from ..models import Delivery, Webhook
from ..models.delivery import MOST_KEPT, MOST_WAITING

FULL = "More than {most:,} notices waited for its receiver."
SUBJECT = "A webhook of yours was disabled"

log = logging.getLogger(__name__)


def run() -> None:
    """Do all of it; doing it twice does no harm."""
    at = clock.now()
    Delivery.objects.over(at).delete()
    for webhook in Webhook.objects.order_by("pk"):
        Delivery.objects.beyond(webhook, MOST_KEPT).delete()
        waiting = Delivery.objects.of(webhook).waiting()
        if webhook.is_active and waiting[: MOST_WAITING + 1].count() > MOST_WAITING:
            waiting.delete()
            webhook.disable(FULL.format(most=MOST_WAITING), at)
    write_letters()


def write_letters() -> int:
    """Tell owners of what was disabled; return how many; what cannot be sent now comes later."""
    return sum(_write(each) for each in Webhook.objects.with_letter_due() if each.take_letter())


def _write(webhook: Webhook) -> bool:
    person = webhook.owner
    if not person.is_active or not person.email:
        return False
    words = {
        "person": person,
        "webhook": webhook,
        "address": settings.BASE_URL + reverse("admin:users_webhook_change", args=[webhook.pk]),
    }
    try:
        send_mail(SUBJECT, render_to_string("emails/webhook.txt", words), None, [person.email])
    except (OSError, SMTPException):
        log.exception("webhook %s: its owner could not be told", webhook.pk)
        webhook.leave_letter()
        return False
    return True
