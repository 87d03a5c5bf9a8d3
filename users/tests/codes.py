"""The codes of an authenticator, as a person reads them from a telephone."""

from allauth.mfa.totp.internal.auth import (
    format_hotp_value,
    hotp_value,
    yield_hotp_counters_from_time,
)

SECRET = "JBSWY3DPEHPK3PXP"


def code(secret=SECRET):
    """Return this half minute's code; in a process that asks for it later, `still` keeps it."""
    return format_hotp_value(hotp_value(secret, next(yield_hotp_counters_from_time())))
