"""Who may sign in, by which means, and which permissions it gives."""

from typing import Any, cast

from allauth.account.auth_backends import AuthenticationBackend
from django.contrib.auth.models import Permission
from django.db.models import QuerySet
from rest_framework_simplejwt.authentication import JWTAuthentication
from rest_framework_simplejwt.exceptions import AuthenticationFailed
from rest_framework_simplejwt.tokens import Token

from usersvc import clock

from . import lockout, machines, second_factor
from .models import Machine, TokenFamily, User
from .models.service_account import KEY_PREFIX
from .status import may_sign_in

# The claim that names the family of a token.
FAMILY = "sid"


class RoleBackend(AuthenticationBackend):
    """Signs people in by username or e-mail and password; permissions come from their roles."""

    def authenticate(self, request: Any, **credentials: Any) -> User | None:
        name = str(credentials.get("username") or credentials.get("email") or "")
        if request is None or not name:
            return cast(User | None, super().authenticate(request, **credentials))
        kept_out = lockout.keeps_out(request, name)
        # The same work in any case: neither time nor words tell of a lock, or of an account. Given
        # an address as both names, allauth would try a wrong password twice where it is somebody's.
        password = credentials.get("password")
        user = cast(User | None, super().authenticate(request, username=name, password=password))
        if kept_out:
            return None
        if user is None:
            lockout.record_failure(request, name)
        return user

    def user_can_authenticate(self, user: Any) -> bool:
        return may_sign_in(user, clock.now(), mfa=user.mfa_enabled)

    def _get_user_permissions(self, user_obj: User) -> QuerySet[Permission]:
        return Permission.objects.none()

    def _get_group_permissions(self, user_obj: User) -> QuerySet[Permission]:
        return Permission.objects.filter(roles__users=user_obj)


class TokenAuthentication(JWTAuthentication):
    """Admits the bearer of an access token, or of an API key, for as long as it speaks."""

    def authenticate(self, request: Any) -> tuple[Any, Any] | None:
        header = self.get_header(request)
        raw = self.get_raw_token(header) if header is not None else None
        if raw is None:
            return None
        address = request.META.get("REMOTE_ADDR", "")
        token = self._key(raw) or self.get_validated_token(raw)
        user = bearer(token, address)
        if user is None:
            raise AuthenticationFailed("invalid token", code="invalid_token")
        if isinstance(user, Machine):
            machines.note_use(user, clock.now(), address)
        return user, token

    @staticmethod
    def _key(raw: bytes) -> str | None:
        """Return what is an API key and no JSON Web Token."""
        return raw.decode("ascii", "replace") if raw.startswith(KEY_PREFIX.encode()) else None


def bearer(token: Token | str, address: str | None = None) -> User | None:
    """Return whom a valid token, or an API key, speaks for; None when it is nobody any more.

    A person's does not once the person may not sign in, its family was ended, or since a
    suspension, a deletion or a change of password ended all tokens. address is from where it came.
    """
    if isinstance(token, str):
        return machines.of_key(token, address)
    if machines.CLIENT in token:
        return machines.of_token(token, address)
    user = TokenFamily.objects.known_as(token.get(FAMILY)).holder()
    if user is None or str(user.pk) != token.get("sub"):
        return None
    if token.get("ver") != user.sign_in_version:
        return None
    mfa = second_factor.proved_by(token.get("amr", []))
    return user if may_sign_in(user, clock.now(), mfa=mfa) else None


def may_use_tokens(user: User | None) -> bool:
    """Return whether a person may be given a token; simplejwt asks."""
    return user is not None and user.is_active
