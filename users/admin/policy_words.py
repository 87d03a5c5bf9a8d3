"""Policies in words: what an organization asks of sign-ins, and who decided it."""

from collections.abc import Callable
from typing import Any

from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from ..models.policy import MfaRule

MFA = {
    MfaRule.REQUIRED: _("MFA required"),
    MfaRule.OPTIONAL: _("MFA optional"),
    MfaRule.OFF: _("MFA off"),
}


def _characters(number: int) -> str:
    return ngettext("%d character", "%d characters", number) % number


def _passwords(number: int) -> str:
    if not number:
        return gettext("None")
    return ngettext("The last %d", "The last %d", number) % number


def _days(number: int) -> str:
    return ngettext("%d day", "%d days", number) % number if number else gettext("Never")


def _failures(number: int) -> str:
    return ngettext("%d wrong sign-in", "%d wrong sign-ins", number) % number


def _minutes(number: int) -> str:
    if not number:
        return gettext("No limit")
    if number % 60:
        return ngettext("%d minute", "%d minutes", number) % number
    return _hours(number // 60)


def _hours(number: int) -> str:
    return ngettext("%d hour", "%d hours", number) % number if number else gettext("No limit")


# What each name of a policy is called, and how its value is told.
WORDS: dict[str, tuple[Any, Callable[[Any], Any]]] = {
    "mfa": (_("Second factor"), lambda word: MFA[MfaRule(word)]),
    "password_min_length": (_("Shortest password"), _characters),
    "password_history": (_("Passwords not taken again"), _passwords),
    "password_expiry_days": (_("Passwords expire after"), _days),
    "password_notice_days": (_("Letter before a password expires"), _days),
    "lockout_failures": (_("Lockout after"), _failures),
    "lockout_minutes": (_("Lockout lasts"), _minutes),
    "long_lockout_failures": (_("Longer lockout after"), _failures),
    "long_lockout_minutes": (_("Longer lockout lasts"), _minutes),
    "session_idle_minutes": (_("Sessions end when idle for"), _minutes),
    "session_hours": (_("Sessions end in any case after"), _hours),
    "dormant_after_days": (_("Inactive without a sign-in for"), _days),
}


def told(name: str, value: Any) -> str:
    """Return the value of one name of a policy, in words."""
    return str(WORDS[name][1](value))
