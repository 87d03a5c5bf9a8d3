"""Passwords that people had, as hashes, so that a policy can refuse them."""

from typing import Any

from django.contrib.auth.hashers import check_password
from django.db import models

from usersvc import clock

MOST_KEPT = 11  # what a policy can ask for, and the one in use


class PasswordBeforeManager(models.Manager["PasswordBefore"]):
    """The last passwords of people."""

    def remember(self, person: Any) -> None:
        """Keep the person's password, and forget what is too old for any policy."""
        self.create(person=person, password=person.password, set_at=clock.now())
        kept = self.filter(person=person).order_by("-set_at", "-pk")
        old = list(kept.values_list("pk", flat=True)[MOST_KEPT:])
        self.filter(pk__in=old).delete()

    def has(self, person: Any, raw: str, last: int) -> bool:
        """Return whether the password was one of so many last ones, the present one included."""
        kept = self.filter(person=person).order_by("-set_at", "-pk")
        hashes = kept.values_list("password", flat=True)[:last]
        # The present one was perhaps set before passwords were kept.
        return any(check_password(raw, each) for each in {person.password, *hashes})


class PasswordBefore(models.Model):
    """A password that somebody chose."""

    person = models.ForeignKey("users.User", models.CASCADE, related_name="+")
    password = models.CharField(max_length=128)
    set_at = models.DateTimeField()

    objects = PasswordBeforeManager()

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return f"password of {self.person_id}"
