"""Which service accounts are let in, as whom: by a token, by a key, or for a job of theirs."""

from datetime import datetime
from typing import Any

from rest_framework_simplejwt.tokens import Token

from usersvc import clock

from .models import ApiKey, Machine, RevokedToken, ServiceAccount

# The claims that name the account of a token (RFC 9068), and what it was narrowed to.
CLIENT, SCOPE = "client_id", "scope"


def of_token(token: Token, address: str | None) -> Machine | None:
    """Return the account that a valid token speaks for; None when it no longer does.

    It does not once the account is revoked or expired, its owner may not sign in, its tokens were
    ended or it was revoked, or from an address that is not among its networks.
    """
    account = ServiceAccount.objects.known_as(token.get(CLIENT)).first()
    if account is None or account.pk != token.get("sub") or account.version != token.get("ver"):
        return None
    if RevokedToken.objects.known_as(token["jti"]).exists():
        return None
    machine = of_account(account, address)
    return None if machine is None else narrowed(machine, token.get(SCOPE))


def of_key(text: str, address: str | None) -> Machine | None:
    """Return the account that an API key speaks for; None when it does not, or no longer."""
    key: ApiKey | None = ApiKey.objects.spelled(text).first()
    if key is None or not key.is_good(clock.now()):
        return None
    machine = of_account(key.account, address)
    if machine is not None:
        machine.key, machine.lets = key, key.lets
    return machine


def of_account(account: ServiceAccount, address: str | None) -> Machine | None:
    """Return an account at work; None when it does not speak, or not from this address."""
    return _speaking(account) if account.admits(address) else None


def of_job(client_id: str, owner_id: Any, scope: str) -> Machine | None:
    """Return the account that asked for a job, as narrow as it was then; None when it is over.

    A job stays its owner's: nothing goes on in the name of somebody who took the account over.
    """
    account = ServiceAccount.objects.known_as(client_id).first()
    if account is None or account.owner_id != owner_id:
        return None
    machine = _speaking(account)
    return None if machine is None else narrowed(machine, scope)


def narrowed(machine: Machine, scope: str | None) -> Machine:
    """Return the machine with no more permissions than a scope names; None names all."""
    if scope is not None:
        machine.lets = frozenset(scope.split()).__contains__
    return machine


def note_use(machine: Machine, at: datetime, address: str | None) -> None:
    """Write down that the account, and the key that it came with, were used just now."""
    for row in (machine.account, machine.key):
        if row is not None and row.is_use_news(at):
            type(row).objects.filter(pk=row.pk).note_use(at, address)


def _speaking(account: ServiceAccount) -> Machine | None:
    machine = Machine.of(account) if account.owner_id is not None else None
    return machine if machine is not None and machine.is_active else None
