"""OAuth 2.0 for service accounts: who asks, the token, and its end (RFC 6749, 9068, 7009)."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from rest_framework_simplejwt.exceptions import TokenError
from rest_framework_simplejwt.utils import datetime_from_epoch, datetime_to_epoch

from usersvc import clock
from usersvc.api.fields import is_storable

from . import machines, witnessing
from .models import Machine, RevokedToken, ServiceAccount
from .token_types import AccessToken

# The secret of nobody: comparing with it takes as long as with anybody's.
NOBODY = ServiceAccount(secret_hash="0" * 64)


class InvalidScopeError(Exception):
    """A scope that names permissions which the account does not have."""


@dataclass(frozen=True)
class Credentials:
    """What a client says of itself."""

    client_id: str
    secret: str


def sign_in(credentials: Credentials, address: str | None) -> Machine | None:
    """Return the account whose id and secret these are, while it speaks; None for any other.

    The work is the same for an id that there is not as for a wrong secret.
    """
    if not is_storable(credentials.client_id + credentials.secret):
        return None  # no id and no secret is such, and neither can be looked up
    account = ServiceAccount.objects.known_as(credentials.client_id).first()
    is_right = (account or NOBODY).holds(credentials.secret)
    machine = None
    if account is not None and is_right:
        machine = machines.of_account(account, address)
    if machine is None:
        witnessing.client_failed_to_sign_in(account)
    return machine


def mint(machine: Machine, scope: str = "") -> dict[str, Any]:
    """Return an access token of the account, narrowed to a scope where one is given."""
    at = clock.now()
    if not set(scope.split()) <= machine.get_all_permissions():
        raise InvalidScopeError
    token: Any = AccessToken()
    token["sub"] = token[machines.CLIENT] = machine.client_id
    token["ver"] = machine.account.version
    if scope:
        machines.narrowed(machine, scope)
        token[machines.SCOPE] = scope
    token["exp"] = min(token["exp"], _end(machine, token["exp"]))
    return {
        "access_token": str(token),
        "token_type": "Bearer",  # nosec B105 - the name of the scheme
        "expires_in": max(0, token["exp"] - datetime_to_epoch(at)),
        "scope": scope or machine.scope,
    }


def revoke(machine: Machine, raw: str) -> None:
    """Let an access token of the account speak no more; what is none of its tokens is no error."""
    RevokedToken.objects.over(clock.now()).delete()
    if not is_storable(raw):
        return
    try:
        token: Any = AccessToken(raw)  # type: ignore[arg-type]
    except TokenError:
        return
    if token.get(machines.CLIENT) == machine.client_id:
        ends = datetime_from_epoch(token["exp"])
        RevokedToken.objects.get_or_create(jti=token["jti"], defaults={"expires_at": ends})


def _end(machine: Machine, otherwise: int) -> int:
    ends: datetime | None = machine.account.expires_at
    return otherwise if ends is None else datetime_to_epoch(ends)
