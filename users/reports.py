"""Reports: questions about people that are asked again and again, with names."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

Words = str | Promise
ABLE = ["active", "risky"]  # who may sign in


@dataclass(frozen=True)
class Report:
    """A question of the list of people, and what it is good for."""

    name: str
    title: Words
    description: Words
    question: dict[str, list[str]] = field(default_factory=dict)
    tone: str = ""

    @property
    def number(self) -> str:
        """What its count is called among the numbers of an overview."""
        return f"report_{self.name}"


def reports(at: datetime) -> list[Report]:
    """Return all reports, as they are asked at an instant."""
    return [*_unused(), *_passwords(at), *_addresses(at), *_standing(at)]


def _unused() -> list[Report]:
    return [
        *(
            Report(
                f"dormant_{days}",
                _("Dormant for %(days)s days") % {"days": days},
                _("Active accounts that nobody has signed in to for so long."),
                {"dormant_days": [str(days)], "status": ABLE},
            )
            for days in (30, 60, 90)
        ),
        Report(
            "never_signed_in",
            _("Never signed in"),
            _("Accounts that were made and never used."),
            {"signed_in": ["never"]},
        ),
    ]


def _passwords(at: datetime) -> list[Report]:
    return [
        Report(
            "password_expired",
            _("Password expired"),
            _("Their password is only good for choosing another one."),
            {"password_expires_to": [at.isoformat()], "status": ABLE},
            "warn",
        ),
        Report(
            "password_expiring",
            _("Password expires within 7 days"),
            _("They will have to choose another one."),
            {"password_expires_from": [at.isoformat()], "password_expires_to": [_soon(at)]},
        ),
        Report(
            "no_mfa",
            _("No second factor"),
            _("Accounts that a password alone opens."),
            {"mfa": ["false"], "status": ABLE},
            "warn",
        ),
    ]


def _addresses(at: datetime) -> list[Report]:
    return [
        Report(
            "unverified",
            _("E-mail not verified after 24 hours"),
            _("Nobody has shown yet that the address is theirs."),
            {
                "email_verified": ["false"],
                "created_to": [(at - timedelta(days=1)).isoformat()],
            },
        ),
    ]


def _standing(at: datetime) -> list[Report]:
    return [
        Report(
            "access_ending",
            _("Access ends within 7 days"),
            _("Their schedule will keep them out."),
            {"access_ends_from": [at.isoformat()], "access_ends_to": [_soon(at)]},
        ),
        Report(
            "suspended",
            _("Suspended"),
            _("Kept out by hand, until somebody reactivates them."),
            {"status": ["suspended"]},
            "bad",
        ),
        Report(
            "created_this_month",
            _("Created this month"),
            _("Everybody who has come since the first of the month, in UTC."),
            {"created_from": [f"{at.date().replace(day=1)}"]},
        ),
        Report(
            "risky",
            _("Risky"),
            _("Let in with a second factor only."),
            {"status": ["risky"]},
            "bad",
        ),
    ]


def _soon(at: datetime) -> str:
    return (at + timedelta(days=7)).date().isoformat()
