"""The first page of the admin: numbers that lead to their lists, and what happened lately."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from usersvc import clock

from .. import overviews
from ..models import AuditEntry
from ..models.doings import DEEDS
from .audit_words import Told, tell

# A chart's measures, in units of its own.
HEIGHT, STEP, BAR = 100, 20, 14
LATEST = 8
EVENTS = {"created": _("New users"), "last_signed_in": _("Last sign-ins")}


@dataclass(frozen=True)
class Tile:
    """A number, and the list that it counts; no number while nobody has counted."""

    label: str
    number: int | None
    address: str
    tone: str

    @property
    def figure(self) -> str:
        """The number as a reader sees it."""
        return "–" if self.number is None else f"{self.number:,}"


@dataclass(frozen=True)
class Bar:
    """A day of a chart, drawn."""

    day: str
    number: int
    x: int
    y: float
    height: float


@dataclass(frozen=True)
class Chart:
    """What happened on the last days."""

    name: str
    label: str
    total: int
    bars: list[Bar]

    @property
    def width(self) -> int:
        """How wide it is, in its own units."""
        return len(self.bars) * STEP

    @property
    def first(self) -> str:
        """The first day."""
        return self.bars[0].day

    @property
    def last(self) -> str:
        """The last day."""
        return self.bars[-1].day

    @property
    def figure(self) -> str:
        """The sum as a reader sees it."""
        return f"{self.total:,}"


def overview(request: HttpRequest) -> dict[str, Any]:
    """Return what the page shows to the request's user."""
    actor: Any = request.user
    at = clock.now()
    found = overviews.of(actor, at)
    counts, days = found.numbers.get("counts", {}), found.numbers.get("days", [])
    people = reverse("admin:users_user_changelist")
    sections = {
        str(title): [
            Tile(
                each.label,
                counts.get(each.name),
                f"{people}?{urlencode(each.question, doseq=True)}",
                each.tone,
            )
            for each in section
        ]
        for title, section in overviews.numbers_of(at).items()
    }
    if may_audit := actor.has_perm("users.view_auditentry"):
        sections[gettext("Worth a look")].append(_exports(counts, found.counted_at or at))
    return {
        "sections": sections,
        "charts": [_chart(name, str(label), days) for name, label in EVENTS.items()]
        if days
        else [],
        "coverage": _coverage(counts),
        "counted_at": found.counted_at,
        "latest": _latest(actor) if may_audit else None,
    }


def _exports(counts: dict[str, int], day: datetime) -> Tile:
    """Return the number of files taken on the day, with their list in the audit."""
    query = urlencode({"what": "export", "at_from": day.date().isoformat()})
    address = f"{reverse('admin:users_auditentry_changelist')}?{query}"
    return Tile(gettext("Exports today"), counts.get("exports"), address, "")


def _latest(actor: Any) -> list[Told]:
    """Return the newest entries of the audit in sight, in words."""
    entries = AuditEntry.objects.visible_to(actor).telling_of(DEEDS).newest_first()
    return tell(entries.select_related("content_type", "actor")[:LATEST], actor)


def _coverage(counts: dict[str, int]) -> int | None:
    """Return for how many of a hundred who may sign in there is a second factor."""
    able = counts.get("active", 0) + counts.get("risky", 0)
    return round(100 * (able - counts["no_mfa"]) / able) if able else None


def _chart(name: str, label: str, days: list[dict[str, Any]]) -> Chart:
    most = max([1, *(day[name] for day in days)])
    bars = []
    for place, day in enumerate(days):
        height = round(HEIGHT * day[name] / most, 1)
        bars.append(Bar(day["date"], day[name], place * STEP, HEIGHT - height, height))
    return Chart(name, label, sum(day[name] for day in days), bars)
