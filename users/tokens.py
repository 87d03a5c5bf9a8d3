"""Tokens: minted for a person, renewed once each, revoked; simplejwt signs and reads them."""

from typing import Any, cast

from django.db import transaction
from rest_framework_simplejwt.exceptions import TokenError
from rest_framework_simplejwt.tokens import RefreshToken

from usersvc import clock
from usersvc.api.errors import MESSAGES, Refusal

from .authentication import bearer
from .models import User

BEARER = "Bearer"


def mint(user: User, methods: list[str]) -> dict[str, Any]:
    """Return a new pair of tokens for a person who just signed in by the methods (amr)."""
    refresh = RefreshToken.for_user(user)
    refresh["ver"] = user.sign_in_version
    refresh["amr"] = methods
    refresh["auth_time"] = int(clock.now().timestamp())
    user.record_sign_in()
    return _pair(refresh)


@transaction.atomic
def renew(raw: str) -> dict[str, Any]:
    """Return a new pair for a refresh token, which this uses up; Refusal when it is not valid."""
    refresh, user = _read(raw)
    if not cast(tuple[Any, bool], refresh.blacklist())[1]:
        raise Refusal(401, MESSAGES[401])
    refresh.set_jti()
    refresh.set_exp()
    refresh.set_iat()
    refresh.outstand()
    user.record_sign_in(fresh=False)
    return _pair(refresh)


def revoke(raw: str) -> None:
    """End a refresh token; one that is over already is no error, so a sign-out can be repeated."""
    try:
        RefreshToken(raw).blacklist()  # type: ignore[arg-type]
    except TokenError:
        return


def _read(raw: str) -> tuple[RefreshToken, User]:
    try:
        refresh = RefreshToken(raw)  # type: ignore[arg-type]
    except TokenError as error:
        raise Refusal(401, MESSAGES[401]) from error
    user = bearer(refresh)
    if user is None:
        raise Refusal(401, MESSAGES[401])
    return refresh, user


def _pair(refresh: RefreshToken) -> dict[str, Any]:
    access = refresh.access_token
    return {
        "access": str(access),
        "refresh": str(refresh),
        "token_type": BEARER,
        "expires_in": int(access.lifetime.total_seconds()),
    }
