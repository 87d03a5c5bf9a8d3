"""Invitations: the link by which a person whom somebody else created takes the account over."""

import secrets
from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any, Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.crypto import constant_time_compare, salted_hmac
from django.utils.translation import gettext_lazy as _

from usersvc import clock

from .user import User

# A letter that is lost can be sent again, but nobody's mailbox is filled.
PAUSE = timedelta(minutes=1)
SALT = "users.models.Invitation"


class InvitationState(models.TextChoices):
    """What an invitation can be at an instant."""

    PENDING = "pending", _("Pending")
    UNSENT = "unsent", _("Not sent")
    EXPIRED = "expired", _("Expired")
    REVOKED = "revoked", _("Revoked")
    ACCEPTED = "accepted", _("Accepted")


OPEN = Q(accepted_at__isnull=True, revoked_at__isnull=True)


def states(at: datetime) -> dict[str, Q]:
    """Return the condition of each state at an instant; they are disjoint."""
    return {
        InvitationState.PENDING: OPEN & Q(sent_at__isnull=False, expires_at__gt=at),
        InvitationState.UNSENT: OPEN & Q(sent_at__isnull=True),
        InvitationState.EXPIRED: OPEN & Q(sent_at__isnull=False, expires_at__lte=at),
        InvitationState.REVOKED: Q(revoked_at__isnull=False),
        InvitationState.ACCEPTED: Q(accepted_at__isnull=False),
    }


class InvitationQuerySet(models.QuerySet):
    """Invitations in domain words."""

    def visible_to(self, actor: Any) -> Self:
        """Return the invitations of the people that an actor sees."""
        return self.filter(person__in=User.objects.visible_to(actor))

    def of(self, people: Collection[User]) -> Self:
        """Return the invitations of these people."""
        return self.filter(person__in=[person.pk for person in people])

    def in_state(self, state: str, at: datetime) -> Self:
        """Return those that are in a state at an instant."""
        return self.filter(states(at)[state])

    def ids_of_open(self) -> set[Any]:
        """Return the ids of the people whose invitations are neither accepted nor revoked."""
        return set(self.filter(OPEN).values_list("person_id", flat=True))

    def revoke(self) -> int:
        """Make the links of those that are open void; return how many were."""
        return self.filter(OPEN).update(revoked_at=clock.now())

    def sent(self, at: datetime) -> None:
        """Say of these that their letters left."""
        self.update(sent_at=at, times_sent=F("times_sent") + 1)


class Invitation(models.Model):
    """The one invitation of a person: another letter makes the link of the one before void."""

    person = models.OneToOneField(User, models.CASCADE, related_name="invitation")
    # The link's secret is in the letter alone; here is what it is recognized by.
    secret = models.CharField(max_length=64, editable=False)
    invited_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    times_sent = models.PositiveIntegerField(default=0)
    sent_at = models.DateTimeField(null=True)
    expires_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)

    objects = InvitationQuerySet.as_manager()

    class Meta:
        default_permissions = ()
        indexes = [models.Index(fields=["sent_at"], name="invitation_sent")]

    def __str__(self) -> str:
        return f"invitation of {self.person}"

    def state(self, at: datetime) -> InvitationState:
        """Return what the invitation is at an instant."""
        if self.accepted_at:
            return InvitationState.ACCEPTED
        if self.revoked_at:
            return InvitationState.REVOKED
        if not self.sent_at:
            return InvitationState.UNSENT
        return InvitationState.PENDING if at < self.expires_at else InvitationState.EXPIRED

    def rests(self, at: datetime) -> timedelta:
        """Return how long no other letter is sent; nothing or less when one may be."""
        return self.sent_at + PAUSE - at if self.sent_at else timedelta(0)

    def renew(self, by: User | None) -> str:
        """Make a new link, whose secret is returned; the row is not yet saved."""
        secret, at = secrets.token_urlsafe(32), clock.now()
        self.secret, self.invited_by = digest(secret), by
        self.sent_at, self.times_sent = at, self.times_sent + 1
        self.expires_at = at + timedelta(hours=settings.INVITATION_HOURS)
        self.accepted_at = self.revoked_at = None
        return secret

    def is_opened_by(self, secret: str) -> bool:
        """Return whether it is the secret of this invitation's link."""
        return constant_time_compare(self.secret, digest(secret))


def digest(secret: str) -> str:
    """Return what is kept of a link's secret."""
    return salted_hmac(SALT, secret, algorithm="sha256").hexdigest()
