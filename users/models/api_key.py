"""API keys: long-lived secrets of service accounts, sent with each request as they are."""

import secrets
from datetime import datetime
from typing import Any, Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from usersvc import clock

from ..ids import new_uuid
from .service_account import KEY_PREFIX, SHOWN, ServiceAccount, digest
from .used import Used, UsedQuerySet

MOST_OF_ONE_ACCOUNT = 20
READS = ("view_", "export_")


class ApiKeyQuerySet(UsedQuerySet):
    """Keys in domain words."""

    def spelled(self, text: str) -> Self:
        """Return the key that this is, with all that decides whether it speaks."""
        # By the hash: what an index tells of it by its time leads nobody to the key.
        found = self.filter(hash=digest(text))
        return found.select_related("account__owner", "account__organization")

    def living(self, at: datetime) -> Self:
        """Return those that are neither revoked nor expired."""
        lasting = Q(expires_at=None) | Q(expires_at__gt=at)
        return self.filter(lasting, revoked_at=None)

    def newest_first(self) -> Self:
        """Return keys in the order of every list."""
        return self.order_by("-created_at", "-pk")


class ApiKey(Used):
    """A key of a service account; one that only reads is refused every change."""

    class Mode(models.TextChoices):
        READ = "read", _("Read only")
        WRITE = "write", _("Read and write")

    id = models.UUIDField(primary_key=True, default=new_uuid, editable=False)
    account = models.ForeignKey(ServiceAccount, models.CASCADE, related_name="keys")
    name = models.CharField(_("name"), max_length=100)
    prefix = models.CharField(max_length=SHOWN, editable=False, db_index=True)
    hash = models.CharField(max_length=64, unique=True, editable=False)
    mode = models.CharField(_("mode"), max_length=5, choices=Mode, default=Mode.READ)
    expires_at = models.DateTimeField(_("expires"), null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, editable=False)
    created_at = models.DateTimeField(default=clock.now, editable=False)

    objects: Any = ApiKeyQuerySet.as_manager()

    class Meta:
        default_permissions = ()
        verbose_name = _("API key")
        verbose_name_plural = _("API keys")
        constraints = [
            models.CheckConstraint(condition=Q(mode__in=["read", "write"]), name="api_key_mode")
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.shown})"

    @property
    def shown(self) -> str:
        """The key as it may be shown: how it begins."""
        return f"{KEY_PREFIX}{self.prefix}…"

    def make(self) -> str:
        """Return a new key, which cannot be had again; the row is not yet saved."""
        # 256 random bits behind those that are shown.
        self.prefix = secrets.token_urlsafe(SHOWN)[:SHOWN]
        key = KEY_PREFIX + self.prefix + secrets.token_urlsafe(32)
        self.hash = digest(key)
        return key

    def is_good(self, at: datetime) -> bool:
        """Return whether the key itself is neither revoked nor expired at an instant."""
        lasts = self.expires_at is None or self.expires_at > at
        return self.revoked_at is None and lasts

    def lets(self, permission: str) -> bool:
        """Return whether the key's mode lets a permission of the account's count."""
        reads = permission.rpartition(".")[2].startswith(READS)
        return reads or self.mode == self.Mode.WRITE

    def revoke(self) -> None:
        """End the key for good."""
        if self.revoked_at is None:
            self.revoked_at = clock.now()
            self.save(update_fields=["revoked_at"])
