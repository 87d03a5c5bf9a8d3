from typing import TYPE_CHECKING, Any

from django.contrib.auth.models import BaseUserManager
from django.db import models

from .querysets import UserQuerySet
from .status import Status

if TYPE_CHECKING:
    from .models import User


class EverybodyManager(models.Manager["User"].from_queryset(UserQuerySet)):  # type: ignore[misc]
    """Everybody, the deleted included."""


class UserManager(BaseUserManager["User"].from_queryset(UserQuerySet)):  # type: ignore[misc]
    """The living; the manager that Django's sign-in and the admin use."""

    def get_queryset(self) -> UserQuerySet:
        return super().get_queryset().living()  # type: ignore[no-any-return]

    def get_by_natural_key(self, username: str | None) -> "User":
        """Return whoever holds the username, deleted or not, as uniqueness counts everybody."""
        return self.model.all_objects.get(username=username)  # type: ignore[no-any-return]

    def create_user(
        self, username: str, email: str, password: str | None = None, **fields: Any
    ) -> "User":
        """Create a person; without a password nobody can sign in as that person yet."""
        person = self.model(username=username, email=email, **{"name": username, **fields})
        person.set_password(password)
        person.save(using=self._db)
        return person  # type: ignore[no-any-return]

    def create_superuser(
        self, username: str, email: str, password: str | None = None, **fields: Any
    ) -> "User":
        """Create a person who may do everything and sees everybody."""
        powers = {"is_superuser": True, "status": Status.ACTIVE, "user_type": "saas_admin"}
        return self.create_user(username, email, password, **{**powers, **fields})
