"""Passwords of people, and what they are good for."""

from typing import Any

from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.hashers import check_password, make_password
from django.utils.crypto import salted_hmac

from usersvc import clock

from .password_before import PasswordBefore
from .policy import Policy


class Credentials(AbstractBaseUser):
    """How a person's password is set, checked and remembered."""

    # User's fields
    organization_id: Any
    password_changed_at: Any
    password_expires_at: Any
    sign_in_version: Any

    _has_new_password = False  # one that the row does not hold yet

    class Meta:
        abstract = True

    @property
    def has_expired_password(self) -> bool:
        """Whether the password is only good for choosing another one."""
        return self.password_expires_at is not None and self.password_expires_at <= clock.now()

    def set_password(self, raw_password: str | None) -> None:
        super().set_password(raw_password)
        self.password_changed_at = clock.now()
        lifetime = Policy.objects.effective(self.organization_id).password_lifetime
        self.password_expires_at = self.password_changed_at + lifetime if lifetime else None
        self.sign_in_version += 1
        self._has_new_password = raw_password is not None

    def set_unusable_password(self) -> None:
        self.set_password(None)

    def check_password(self, raw_password: str | None) -> bool:
        """Return whether the password is right; an outdated hash of it is renewed silently."""

        def renew(raw: str) -> None:
            self.password = make_password(raw)
            type(self)._base_manager.filter(pk=self.pk).update(password=self.password)

        return check_password(raw_password, self.password, renew)

    def _get_session_auth_hash(self, secret: str | None = None) -> str:
        """Bind sessions to the password and to the version that ends them all."""
        return salted_hmac(
            "users.models.User.session",
            f"{self.password}:{self.sign_in_version}",
            secret=secret,
            algorithm="sha256",
        ).hexdigest()

    def remember_new_password(self) -> None:
        """Keep a password that was just saved, for policies that refuse those before."""
        if self._has_new_password:
            self._has_new_password = False
            PasswordBefore.objects.remember(self)
