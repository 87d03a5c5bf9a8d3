from datetime import datetime, timedelta
from typing import Any, Self

from django.conf import settings
from django.db import IntegrityError, models, transaction

KEPT_FOR = timedelta(hours=24)


class IdempotencyKeyQuerySet(models.QuerySet):
    """Keys in domain words."""

    def expired(self, at: datetime) -> Self:
        """Return the keys that are no longer remembered at an instant."""
        return self.filter(created_at__lte=at - KEPT_FOR)

    def claim(self, actor: Any, key: str, fingerprint: str, at: datetime) -> tuple[Any, bool]:
        """Return the caller's row of a key, and whether it is new.

        Inside a transaction: of two that claim one key, the second waits for the first to end.
        """
        mine = self.filter(actor=actor, client=actor.client_id)
        mine.expired(at).delete()
        try:
            with transaction.atomic():
                new = self.create(
                    actor=actor,
                    client=actor.client_id,
                    key=key,
                    fingerprint=fingerprint,
                    created_at=at,
                )
                return new, True
        except IntegrityError:
            return mine.get(key=key), False


class IdempotencyKey(models.Model):
    """A key that a caller gave a POST, with the answer that a repetition of it gets again."""

    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, db_index=False, related_name="+"
    )
    # The service account of a machine: its keys are not its owner's.
    client = models.CharField(max_length=20, blank=True, default="")
    key = models.CharField(max_length=255)
    fingerprint = models.CharField(max_length=64)
    status = models.PositiveSmallIntegerField(default=0)
    headers = models.JSONField(default=dict)
    body = models.TextField(default="")
    created_at = models.DateTimeField()

    objects: Any = IdempotencyKeyQuerySet.as_manager()

    class Meta:
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(
                fields=["actor", "client", "key"], name="idempotency_key_unique"
            )
        ]

    def __str__(self) -> str:
        return self.key
