"""Unlocking many people at once."""

from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext_noop

from . import lockout
from .bulk_actions import Action
from .models import User

NOT_LOCKED = gettext_noop("No wrong passwords are counted for them.")


class Unlock(Action):
    """Forgets failed sign-ins."""

    def unsuited(self, people: Sequence[User]) -> dict[Any, str]:
        counted = lockout.counted(people)
        return {person.pk: NOT_LOCKED for person in people if person.pk not in counted}

    def write(self, people: Sequence[User]) -> None:
        lockout.unlock_all(people)


UNLOCK = Unlock()
