"""Second factors of people who sign in without a browser."""

from typing import Any

from allauth.account.internal.flows.login import get_authentication_records
from allauth.mfa.models import Authenticator

from .models import User

# How an amr claim tells of them (RFC 8176): a one-time code, and a key that its holder proves.
METHOD = "otp"
KEY = "pop"
PASSWORD = "pwd"  # noqa: S105  # nosec B105 # a word of the same list


def told(method: str, kind: str) -> str:
    """Return the amr word for one of allauth's records of a step of a sign-in."""
    if method != "mfa":
        return PASSWORD
    return KEY if kind == Authenticator.Type.WEBAUTHN else METHOD


def methods(request: Any, person: User) -> list[str]:
    """Return how somebody signed in with a session, as an amr claim tells of it."""
    records = get_authentication_records(request, person)
    words = [told(record["method"], record.get("type", "")) for record in records]
    return list(dict.fromkeys(words))


def proved_by(amr: list[str]) -> bool:
    """Return whether what an amr claim tells includes a second factor."""
    return METHOD in amr or KEY in amr


def holds(person: User, code: str) -> bool:
    """Return whether the code is a fresh TOTP code or an unused recovery code; each works once."""
    factors = Authenticator.objects.filter(
        user=person, type__in=[Authenticator.Type.TOTP, Authenticator.Type.RECOVERY_CODES]
    )
    for factor in factors.order_by("-type"):
        if factor.wrap().validate_code(code):
            factor.record_usage()
            return True
    return False
