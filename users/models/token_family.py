"""Families of tokens: all that came of one sign-in, ended together."""

import uuid
from datetime import datetime
from typing import Any, Self

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from usersvc import clock

from ..ids import new_uuid
from .user import User

LONGEST_CLIENT = 200


class TokenFamilyQuerySet(models.QuerySet):
    """Families in domain words."""

    def living(self, at: datetime) -> Self:
        """Return those whose tokens are good at an instant, as far as the families know."""
        current = Q(version=F("person__sign_in_version"))
        return self.filter(current, ended_at__isnull=True, expires_at__gt=at)

    def over(self, at: datetime) -> Self:
        """Return those that nothing can be done with any more."""
        return self.exclude(pk__in=self.living(at).values("pk"))

    def of(self, person: User) -> Self:
        """Return the families of a person, the one used last first."""
        return self.filter(person=person).order_by("-last_used_at", "-pk")

    def known_as(self, text: Any) -> Self:
        """Return the family that a token names; none for what is no id."""
        try:
            return self.filter(pk=uuid.UUID(hex=text))
        except (AttributeError, TypeError, ValueError):
            return self.none()

    def holder(self) -> User | None:
        """Return whose the family is, unless it was ended."""
        family: Any = self.filter(ended_at__isnull=True).select_related("person").first()
        return family.person if family else None

    def rotate(self, old: str, new: str, expires_at: datetime) -> bool:
        """Let a new refresh token be the family's one; False when old is not, or it is over.

        One statement, so that of two who hold the same token one fails.
        """
        at = clock.now()
        there = self.filter(refresh=old, ended_at__isnull=True)
        return bool(there.update(refresh=new, last_used_at=at, expires_at=expires_at))

    def end(self, why: str) -> int:
        """End those that have not ended; return how many."""
        return self.filter(ended_at__isnull=True).update(ended_at=clock.now(), why=why)


class TokenFamily(models.Model):
    """A sign-in over the API: its access tokens and its one refresh token, each used up by a next.

    A refresh token that comes a second time was stolen, before or after: it ends the family.
    """

    class Why(models.TextChoices):
        REVOKED = "revoked", _("Revoked")
        REPLAYED = "replayed", _("A refresh token came twice")

    id = models.UUIDField(primary_key=True, default=new_uuid, editable=False)
    person = models.ForeignKey(User, models.CASCADE, related_name="token_families")
    # The id of the refresh token that is good, and what sign_in_version the tokens were made at.
    refresh = models.CharField(max_length=64)
    version = models.PositiveIntegerField()
    methods = models.JSONField(default=list)
    started_at = models.DateTimeField(default=clock.now)
    last_used_at = models.DateTimeField(default=clock.now)
    expires_at = models.DateTimeField()
    address = models.GenericIPAddressField(null=True)
    client = models.CharField(max_length=LONGEST_CLIENT, blank=True, default="")
    ended_at = models.DateTimeField(null=True)
    why = models.CharField(max_length=20, choices=Why, blank=True, default="")

    objects = TokenFamilyQuerySet.as_manager()

    class Meta:
        default_permissions = ()
        verbose_name_plural = _("token families")
        indexes = [models.Index(fields=["expires_at"], name="token_family_expires")]

    def __str__(self) -> str:
        return f"tokens of {self.person_id} since {self.started_at:%Y-%m-%d %H:%M}"
