"""Second factors of people who sign in without a browser."""

from allauth.mfa.models import Authenticator

from .models import User

# How an amr claim tells of one (RFC 8176).
METHOD = "otp"


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
