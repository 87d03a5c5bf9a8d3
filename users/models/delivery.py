"""Deliveries: what a webhook is to be told, how often that was tried, and what was answered."""

from datetime import datetime, timedelta
from random import SystemRandom
from typing import Any, Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from usersvc import clock

from ..ids import new_uuid
from .webhook import Webhook

# After each miss; the last miss is the end. About three days in all.
PAUSES = [
    timedelta(seconds=seconds)
    for seconds in (5, 30, 120, 900, 3_600, 14_400, 43_200, 86_400, 86_400)
]
JITTER = 0.2  # of a pause, so that what failed together does not come back together
# A sender that has not come back after so long is gone: somebody else tries.
LEASE = timedelta(seconds=60)
KEPT = timedelta(days=30)
MOST_KEPT = 2_000  # of one webhook, of those that have ended
MOST_WAITING = 10_000  # of one webhook
LONGEST_ANSWER, LONGEST_PROBLEM = 500, 300

chance = SystemRandom()


def pause_after(misses: int) -> timedelta:
    """Return how long to wait after so many misses, by chance a little longer."""
    pause = PAUSES[min(misses, len(PAUSES)) - 1]
    return pause * (1 + chance.uniform(0, JITTER))


class DeliveryState(models.TextChoices):
    """What becomes of a delivery: waiting, then one of two ends."""

    WAITING = "waiting", _("Waiting")
    SENT = "sent", _("Sent")
    FAILED = "failed", _("Failed")


class DeliveryQuerySet(models.QuerySet["Delivery"]):
    """Deliveries, in domain words."""

    def of(self, webhook: Webhook) -> Self:
        """Return those of a webhook."""
        return self.filter(webhook=webhook)

    def waiting(self) -> Self:
        """Return those that are still to be sent."""
        return self.filter(state=DeliveryState.WAITING)

    def ended(self) -> Self:
        """Return those that were sent, or will not be."""
        return self.exclude(state=DeliveryState.WAITING)

    def due(self, at: datetime) -> Self:
        """Return those that are to be tried now, the oldest first."""
        return self.waiting().filter(next_try_at__lte=at).order_by("pk")

    def newest_first(self) -> Self:
        """Return them, the latest first."""
        return self.order_by("-pk")

    def over(self, at: datetime) -> Self:
        """Return those that are kept no longer."""
        return self.filter(created_at__lt=at - KEPT)

    def beyond(self, webhook: Webhook, most: int) -> Self:
        """Return those of a webhook that have ended, but for so many of the newest."""
        ended = self.of(webhook).ended()
        last = ended.newest_first().values_list("pk", flat=True)[most : most + 1]
        return ended.filter(pk__lte=last[0]) if last else ended.none()


class Delivery(models.Model):
    """One notice to one webhook; its id is the same at each try, so receivers know a repetition."""

    id = models.UUIDField(primary_key=True, default=new_uuid, editable=False)
    webhook = models.ForeignKey(Webhook, models.CASCADE, related_name="deliveries", db_index=False)
    event = models.CharField(max_length=40)
    body = models.TextField()
    created_at = models.DateTimeField(default=clock.now, editable=False)
    state = models.CharField(max_length=10, choices=DeliveryState, default=DeliveryState.WAITING)
    attempts = models.PositiveIntegerField(default=0)
    next_try_at = models.DateTimeField(null=True, default=clock.now)
    status = models.PositiveSmallIntegerField(null=True)
    problem = models.CharField(max_length=LONGEST_PROBLEM, blank=True, default="")
    answer = models.CharField(max_length=LONGEST_ANSWER, blank=True, default="")
    milliseconds = models.PositiveIntegerField(null=True)
    sent_at = models.DateTimeField(null=True)

    objects: Any = DeliveryQuerySet.as_manager()

    class Meta:
        default_permissions = ()
        constraints = [
            models.CheckConstraint(
                condition=Q(state=DeliveryState.WAITING, next_try_at__isnull=False)
                | (~Q(state=DeliveryState.WAITING) & Q(next_try_at__isnull=True)),
                name="delivery_next_try_while_waiting",
            )
        ]
        indexes = [
            models.Index(fields=["state", "next_try_at", "webhook"], name="delivery_due"),
            models.Index(fields=["webhook", "state", "id"], name="delivery_webhook_state"),
            models.Index(fields=["webhook", "id"], name="delivery_webhook"),
            models.Index(fields=["created_at"], name="delivery_age"),
        ]

    def __str__(self) -> str:
        return f"{self.event} to {self.webhook_id}"

    @property
    def message_id(self) -> str:
        """What receivers know the notice by."""
        return f"msg_{self.pk.hex}"

    def claim(self, at: datetime) -> bool:
        """Take it for one try, unless another sender has; who does not come back loses it."""
        due = Delivery.objects.due(at).filter(attempts=self.attempts)
        return self._change(due, attempts=self.attempts + 1, next_try_at=at + LEASE)

    def succeed(self, at: datetime, **answer: Any) -> bool:
        """End well."""
        return self._end(DeliveryState.SENT, sent_at=at, **answer)

    def miss(self, at: datetime, **answer: Any) -> bool:
        """Note a try that failed; the last one is the end."""
        if self.attempts > len(PAUSES):
            return self.fail(**answer)
        return self._change(self._claimed(), next_try_at=at + pause_after(self.attempts), **answer)

    def fail(self, **answer: Any) -> bool:
        """End without having been taken."""
        return self._end(DeliveryState.FAILED, **answer)

    def send_again(self, at: datetime) -> bool:
        """Send it once more, with as many tries as a new one."""
        return self._change(
            Delivery.objects.ended(),
            state=DeliveryState.WAITING,
            attempts=0,
            next_try_at=at,
            sent_at=None,
        )

    def _end(self, state: DeliveryState, **values: Any) -> bool:
        return self._change(self._claimed(), state=state, next_try_at=None, **values)

    def _claimed(self) -> DeliveryQuerySet:
        """Return this delivery only while the try that is known here is the last one."""
        claimed: DeliveryQuerySet = Delivery.objects.waiting().filter(attempts=self.attempts)
        return claimed

    def _change(self, among: DeliveryQuerySet, **values: Any) -> bool:
        if not among.filter(pk=self.pk).update(**values):
            return False
        for name, value in values.items():
            setattr(self, name, value)
        return True
