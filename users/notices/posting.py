"""The postman: sends what is due, to several receivers at once, and none of them holds up another.

Each receiver is told of one thing after the other, the oldest first. One that fails rests.
"""

import logging
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from typing import Any

from django.db import connections
from django.utils.translation import gettext_noop

from usersvc import clock

from ..models import Delivery, Webhook
from ..models.delivery import pause_after
from ..models.webhook import refusal
from ..secrets import Undecipherable
from . import signing
from .sending import GONE, Answer, post
from .sights import still_seen

AT_ONCE = 8  # receivers
IN_A_ROW = 50  # notices to one, before others have their turn
EVERY, AFTER_AN_ERROR = 1.0, 5.0  # seconds
LEFT = gettext_noop("Its receiver answered 410: it wants no more notices.")
SILENT = gettext_noop("Its receiver took no notice for three days.")
UNREADABLE = gettext_noop("Its secret cannot be read: give it a new one.")
HIDDEN = gettext_noop("It was not sent: the webhook's owner no longer sees whom it is about.")

log = logging.getLogger(__name__)


class Postman:
    """Sends until it is stopped."""

    def __init__(self, stop: threading.Event) -> None:
        self._stop = stop
        self._busy: set[Any] = set()
        self._pool = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="notices")

    def run(self) -> None:
        """Look for what is due, again and again."""
        while not self._stop.is_set():
            pause = EVERY
            try:
                self._look()
            except Exception:  # whatever it is, others are to be told of what happens
                log.exception("notices: what is due cannot be found now")
                connections.close_all()
                pause = AFTER_AN_ERROR
            self._stop.wait(pause)
        self._pool.shutdown(cancel_futures=True)
        connections.close_all()

    def _look(self) -> None:
        due = Webhook.objects.waited_for(clock.now()).exclude(pk__in=list(self._busy))
        for webhook_id in list(due.values_list("pk", flat=True)[:AT_ONCE]):
            self._busy.add(webhook_id)
            self._pool.submit(self._serve, webhook_id)

    def _serve(self, webhook_id: Any) -> None:
        try:
            post_to(webhook_id, self._stop)
        except Exception:
            log.exception("notices: webhook %s", webhook_id)
        finally:
            self._busy.discard(webhook_id)
            connections.close_all()


def run(stop: threading.Event) -> None:
    """Send what webhooks are owed, until stop is set."""
    Postman(stop).run()


def post_to(webhook_id: Any, stop: threading.Event | None = None) -> int:
    """Send a webhook what is due, until a try fails; return how many notices were dealt with."""
    webhook = Webhook.objects.select_related("owner").filter(pk=webhook_id).first()
    if webhook is None or not webhook.is_active:
        return 0
    if reason := refusal(webhook.owner):
        webhook.disable(reason, clock.now())
        return 0
    count = 0
    for delivery in Delivery.objects.of(webhook).due(clock.now())[:IN_A_ROW]:
        if (stop and stop.is_set()) or not delivery.claim(clock.now()):
            break
        if not _try(webhook, delivery):
            break
        count += 1
    return count


def _try(webhook: Webhook, delivery: Delivery) -> bool:
    """Send one notice and write down what became of it; return whether the next may follow."""
    text = still_seen(webhook, delivery)
    if text is None:
        return delivery.fail(problem=HIDDEN)
    try:
        keys = webhook.keys(clock.now())
    except Undecipherable:
        webhook.disable(UNREADABLE, clock.now())
        return False
    body = text.encode()
    headers = signing.headers(delivery.message_id, body, keys, clock.now())
    answer = post(webhook.url, headers, body)
    return _note(webhook, delivery, answer)


def _note(webhook: Webhook, delivery: Delivery, answer: Answer) -> bool:
    at, values = clock.now(), asdict(answer)
    values["answer"] = values.pop("text")
    if answer.is_good:
        delivery.succeed(at, **values)
        webhook.succeed()
        return True
    if answer.status == GONE:
        delivery.fail(**values)
        webhook.disable(LEFT, at)
        return False
    delivery.miss(at, **values)
    webhook.stumble(pause_after(webhook.misses + 1), at)
    if webhook.is_given_up(at):
        webhook.disable(SILENT, at)
    return False
