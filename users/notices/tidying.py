"""What keeps webhooks in order: old deliveries go, hopeless webhooks are disabled, owners told."""

import logging
from smtplib import SMTPException
from typing import Any

from django.conf import settings
from django.core.mail import send_mail
from django.template.loader import render_to_string
from django.urls import reverse

from usersvc import clock

from ..models import Delivery, ExportSchedule, Webhook
from ..models.delivery import MOST_KEPT, MOST_WAITING

FULL = "More than {most:,} notices waited for its receiver."
LETTERS = {
    "webhook": ("A webhook of yours was disabled", "emails/webhook.txt"),
    "exportschedule": ("A scheduled export of yours is paused", "emails/schedule.txt"),
}

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
    """Tell owners of what was stopped; return how many; what cannot be sent now comes later."""
    due: list[Any] = [*Webhook.objects.with_letter_due(), *ExportSchedule.objects.with_letter_due()]
    return sum(_write(each) for each in due if each.take_letter())


def _write(stopped: Webhook | ExportSchedule) -> bool:
    person, kind = stopped.owner, stopped._meta.model_name
    if not person.is_active or not person.email:
        return False
    subject, template = LETTERS[str(kind)]
    page = reverse(f"admin:users_{kind}_change", args=[stopped.pk])
    words = {"person": person, "schedule": stopped, "webhook": stopped}
    text = render_to_string(template, words | {"address": settings.BASE_URL + page})
    try:
        send_mail(subject, text, None, [person.email])
    except (OSError, SMTPException):
        log.exception("%s %s: its owner could not be told", kind, stopped.pk)
        stopped.leave_letter()
        return False
    return True
