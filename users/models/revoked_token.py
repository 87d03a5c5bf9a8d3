"""Access tokens of service accounts that were revoked before they were over."""

from datetime import datetime
from typing import Any, Self

from django.db import models


class RevokedTokenQuerySet(models.QuerySet):
    """Revoked tokens in domain words."""

    def over(self, at: datetime) -> Self:
        """Return those that would be good no more in any case."""
        return self.filter(expires_at__lte=at)

    def known_as(self, jti: Any) -> Self:
        """Return the one of this id."""
        return self.filter(pk=jti)


class RevokedToken(models.Model):
    """The id of an access token that speaks no more, kept until the token would be over anyway."""

    jti = models.CharField(primary_key=True, max_length=64)
    expires_at = models.DateTimeField()

    objects: Any = RevokedTokenQuerySet.as_manager()

    class Meta:
        default_permissions = ()
        indexes = [models.Index(fields=["expires_at"], name="revoked_token_expires")]

    def __str__(self) -> str:
        return self.jti
