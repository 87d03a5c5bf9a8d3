"""Overviews: how many people are in which state, counted now and then, and shown with their age.

What takes long to count is counted by a worker; a page only reads it. Each number is the count of a
question that the list of people understands, so a number and its list agree.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Any
from uuid import UUID

from django.utils.datastructures import MultiValueDict
from django.utils.translation import gettext_lazy as _

from usersvc import clock

from . import numbers, reports
from .admin.people_question import PeopleQuestion
from .models import AuditEntry, Overview, User
from .models.doings import Doing
from .querysets import UserQuerySet

FRESH = timedelta(minutes=5)
# So many people are counted while somebody waits.
FEW = 20_000
DAYS = 30
EVERYBODY = "everybody"


@dataclass(frozen=True)
class Sight:
    """Somebody who sees one organization and all below it, or everybody."""

    organization_id: UUID | None
    sees_everybody: bool
    is_authenticated = True
    pk = None

    @property
    def scope(self) -> str:
        """How the numbers of this sight are found again."""
        return EVERYBODY if self.sees_everybody else str(self.organization_id)

    @property
    def people(self) -> UserQuerySet:
        """Everybody in sight, deleted or not."""
        people: UserQuerySet = User.all_objects.visible_to(self)
        return people


@dataclass(frozen=True)
class Number:
    """One number: what it is called, the question it is the answer to, and how good it is."""

    name: str
    label: Any
    question: dict[str, list[str]]
    tone: str = ""


def numbers_of(at: datetime) -> dict[Any, list[Number]]:
    """Return the numbers that an overview holds, by their section."""
    today, soon = at.date().isoformat(), (at + timedelta(days=7)).date().isoformat()
    able = ["active", "risky"]
    return {
        _("People"): [
            Number("total", _("Users"), {}),
            Number("active", _("Active"), {"status": ["active"]}, "good"),
            Number("onboarding", _("Onboarding"), {"status": ["onboarding"]}, "info"),
            Number("inactive", _("Inactive"), {"status": ["inactive"]}),
            Number("suspended", _("Suspended"), {"status": ["suspended"]}, "bad"),
            Number("risky", _("Risky"), {"status": ["risky"]}, "warn"),
        ],
        _("Worth a look"): [
            Number(
                "no_mfa", _("Without a second factor"), {"mfa": ["false"], "status": able}, "warn"
            ),
            Number("locked", _("Locked out"), {"locked": ["yes"]}, "bad"),
            Number("unverified", _("E-mail not verified"), {"email_verified": ["false"]}),
            Number("never", _("Never signed in"), {"signed_in": ["never"]}),
            Number("dormant", _("Not seen for 90 days"), {"dormant_days": ["90"]}),
            Number(
                "expiring",
                _("Password expires within 7 days"),
                {"password_expires_from": [today], "password_expires_to": [soon]},
            ),
            Number(
                "ending",
                _("Access ends within 7 days"),
                {"access_ends_from": [today], "access_ends_to": [soon]},
            ),
            Number("outside", _("Outside their schedule"), {"account_state": ["Disabled*"]}),
            Number("deleted", _("Deleted"), {"deleted": ["deleted"]}),
        ],
    }


def sight_of(actor: Any) -> Sight:
    """Return whom an actor sees, as far as that decides the numbers."""
    return Sight(actor.organization_id, actor.sees_everybody)


def of(actor: Any, at: datetime) -> Overview:
    """Return the overview of an actor's sight: as fresh as can be had without waiting for long."""
    sight = sight_of(actor)
    if not sight.sees_everybody and sight.organization_id is None:
        return Overview(scope="", numbers={}, counted_at=at, wanted_at=at)
    known: Overview = Overview.objects.want(sight.scope, at)
    if known.counted_at and known.counted_at > at - FRESH:
        return known
    if sight.people.order_by()[: FEW + 1].count() <= FEW:
        return count(sight, at)
    return known


def count(sight: Sight, at: datetime) -> Overview:
    """Count everything anew, and keep it."""
    asked = {each.name: each.question for section in numbers_of(at).values() for each in section}
    asked |= {report.number: report.question for report in reports.reports(at)}
    counts = {
        name: PeopleQuestion(MultiValueDict(question), sight).people().order_by().count()
        for name, question in asked.items()
    }
    counts["exports"] = _exports_of_the_day(sight, at)
    days = numbers.trend(sight.people, at.date(), DAYS)
    told = [day | {"date": day["date"].isoformat()} for day in days]
    found = {
        "counts": counts,
        "days": told,
        "roles": numbers.statuses_by_role(sight.people),
        "organizations": numbers.statuses_by_organization(sight.people),
    }
    kept: Overview = Overview.objects.keep(sight.scope, found, at)
    return kept


def _exports_of_the_day(sight: Sight, at: datetime) -> int:
    """Return how many files of people were begun since midnight UTC, of those the sight audits."""
    midnight = datetime.combine(at.date(), time.min, UTC)
    entries = AuditEntry.objects.visible_to(sight).telling_of([Doing.EXPORT])
    return int(entries.between(midnight, at).count())


def refresh() -> int:
    """Count anew what is looked at and old; return how many overviews."""
    at = clock.now()
    scopes = list(Overview.objects.stale(at, FRESH).values_list("scope", flat=True))
    for scope in scopes:
        organization = None if scope == EVERYBODY else UUID(scope)
        count(Sight(organization, sees_everybody=scope == EVERYBODY), at)
    return len(scopes)
