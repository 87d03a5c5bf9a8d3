"""Letters about passwords that are about to expire, so that each is written once."""

from collections.abc import Iterable
from typing import Any

from django.db import models

from .user import User


class PasswordNoticeManager(models.Manager["PasswordNotice"]):
    """What was told to whom."""

    def untold(self, people: Iterable[User]) -> list[User]:
        """Return those of the people who were not told of the expiry that their password has."""
        asked = list(people)
        told = dict(self.filter(person__in=asked).values_list("person", "expires_at"))
        return [person for person in asked if told.get(person.pk) != person.password_expires_at]

    def remember(self, person: User) -> None:
        """Note that the person was told."""
        expiry = {"expires_at": person.password_expires_at}
        self.update_or_create(person=person, defaults=expiry)


class PasswordNotice(models.Model):
    """The expiry that a person was last told of."""

    person: Any = models.OneToOneField(User, models.CASCADE, primary_key=True, related_name="+")
    expires_at = models.DateTimeField()

    objects = PasswordNoticeManager()

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return f"notice to {self.person_id} of {self.expires_at:%Y-%m-%d}"
