"""Tokens: minted for a person, renewed once each, ended by families; simplejwt reads and signs."""

import logging
from typing import Any

from django.conf import settings
from rest_framework_simplejwt.exceptions import TokenError
from rest_framework_simplejwt.utils import datetime_from_epoch

from usersvc import clock
from usersvc.api.errors import MESSAGES, Refusal

from . import actor, operations
from .authentication import FAMILY, bearer
from .models import TokenFamily, User
from .models.token_family import LONGEST_CLIENT, TokenFamilyQuerySet
from .sign_in import enrolment, sessions
from .token_types import RefreshToken

BEARER = "Bearer"

log = logging.getLogger(__name__)


def mint(user: User, methods: list[str], client: str | None = "") -> dict[str, Any]:
    """Return a pair of tokens for a person who signed in by the methods (amr), and count that."""
    refresh = issue(user, methods, client)
    user.record_sign_in()
    return pair(refresh)


def issue(user: User, methods: list[str], client: str | None) -> RefreshToken:
    """Return the first refresh token of a new family."""
    refresh: Any = RefreshToken.for_user(user)
    family = TokenFamily.objects.create(
        person=user,
        refresh=refresh["jti"],
        version=user.sign_in_version,
        methods=methods,
        expires_at=datetime_from_epoch(refresh["exp"]),
        address=actor.current_address(),
        client=(client or "")[:LONGEST_CLIENT],
    )
    refresh[FAMILY] = family.pk.hex
    refresh["ver"] = user.sign_in_version
    refresh["amr"] = methods
    refresh["auth_time"] = int(clock.now().timestamp())
    return refresh  # type: ignore[no-any-return]


def renew(raw: str) -> dict[str, Any]:
    """Return a new pair for a refresh token, which this uses up; Refusal when it is not valid.

    One that was used up before ends its family: either it or its successor is in foreign hands.
    """
    refresh = _read(raw)
    user = bearer(refresh) if refresh else None
    if refresh is None or user is None:
        raise Refusal(401, MESSAGES[401])
    require_standing(user)
    family, old = refresh[FAMILY], refresh["jti"]
    refresh.set_jti()
    refresh.set_iat()
    # However often it is renewed, a family is over some days after the sign-in that began it.
    last = refresh["auth_time"] + int(settings.TOKEN_FAMILY_LIFETIME.total_seconds())
    refresh.set_exp()
    refresh["exp"] = min(refresh["exp"], last)
    expires_at = datetime_from_epoch(refresh["exp"])
    if not TokenFamily.objects.known_as(family).rotate(old, refresh["jti"], expires_at):
        _end_replayed(user, family)
        raise Refusal(401, MESSAGES[401])
    user.record_sign_in(fresh=False)
    return pair(refresh)


def require_standing(person: User) -> None:
    """Raise Refusal when the person has to choose a password, or enrol, before it gets tokens."""
    if person.has_expired_password:
        raise Refusal(403, "password_expired", {"change_at": sessions.address()})
    if enrolment.must_enrol(person):
        raise Refusal(403, "mfa_enrolment_required", {"enrol_at": enrolment.address()})


def revoke(raw: str) -> None:
    """End the family of a refresh token; one that is over already is no error."""
    refresh = _read(raw)
    if refresh is not None:
        end(TokenFamily.objects.known_as(refresh.get(FAMILY)))


def end(families: TokenFamilyQuerySet) -> bool:
    """End a family because its person wants it; return whether it was there to be ended."""
    person = families.holder()
    if person is None or not families.end(TokenFamily.Why.REVOKED):
        return False
    operations.note(person, tokens=["open", "revoked"])
    return True


def _read(raw: str) -> RefreshToken | None:
    try:
        return RefreshToken(raw)  # type: ignore[arg-type]
    except TokenError:
        return None


def _end_replayed(person: User, family: str) -> None:
    if TokenFamily.objects.known_as(family).end(TokenFamily.Why.REPLAYED):
        log.warning("a refresh token came twice: family %s is over", family)
        operations.note(person, tokens=["open", "ended: a refresh token came twice"])


def pair(refresh: Any) -> dict[str, Any]:
    """Return what a client gets: the refresh token, and an access token of its."""
    access = refresh.access_token
    return {
        "access": str(access),
        "refresh": str(refresh),
        "token_type": BEARER,
        "expires_in": int(access.lifetime.total_seconds()),
    }
