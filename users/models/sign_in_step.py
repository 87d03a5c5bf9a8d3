"""The first step of a sign-in, remembered until the second factor has come."""

import secrets
from datetime import timedelta
from typing import Any

from django.db import models
from django.db.models import F
from django.utils.crypto import salted_hmac

from usersvc import clock

from .user import User

LIFETIME = timedelta(minutes=5)
MOST_TRIES = 5
SALT = "users.models.SignInStep"


class SignInStepManager(models.Manager["SignInStep"]):
    """Steps by the secrets that only their holders know."""

    def begin(self, person: User) -> str:
        """Remember that the person gave the right password; return the secret of the next step."""
        at = clock.now()
        self.filter(expires_at__lte=at).delete()
        secret = secrets.token_urlsafe(32)
        self.create(
            person=person,
            secret=_digest(secret),
            version=person.sign_in_version,
            expires_at=at + LIFETIME,
        )
        return secret

    def attempt(self, secret: str) -> "SignInStep | None":
        """Return the step after counting a try; None when it is over, or was tried too often."""
        there = self.filter(
            secret=_digest(secret), expires_at__gt=clock.now(), tries__lt=MOST_TRIES
        )
        if not there.update(tries=F("tries") + 1):
            return None
        step: SignInStep | None = (
            self.filter(secret=_digest(secret)).select_related("person").first()
        )
        current = step is not None and step.version == step.person.sign_in_version
        return step if current else None


class SignInStep(models.Model):
    """Somebody who gave a password and owes a second factor; used once, soon, and few times."""

    secret = models.CharField(max_length=64, unique=True)
    person = models.ForeignKey(User, models.CASCADE, related_name="+")
    version = models.PositiveIntegerField()
    tries = models.PositiveSmallIntegerField(default=0)
    expires_at = models.DateTimeField(db_index=True)

    objects = SignInStepManager()

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return f"step of {self.person_id}"

    def use_up(self) -> bool:
        """Return whether nobody else has used the step; from now on nobody can."""
        deleted: tuple[int, Any] = type(self).objects.filter(pk=self.pk).delete()
        return bool(deleted[0])


def _digest(secret: str) -> str:
    return salted_hmac(SALT, secret, algorithm="sha256").hexdigest()
