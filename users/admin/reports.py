"""The page of reports: each with its number, its list and its files; and who has access by what."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext

from usersvc import clock

from .. import overviews
from ..exports import PERMISSIONS
from ..models import Organization, Role
from ..reports import Report, reports
from ..status import Status

FILES = {"pdf": "PDF", "csv": "CSV", "xlsx": "Excel", "json": "JSON"}
# So many organizations are shown, those with most people first.
MOST_ORGANIZATIONS = 100


@dataclass(frozen=True)
class Row:
    """A report for a reader: how many it finds, where they are listed, and its files."""

    report: Report
    figure: str
    address: str
    files: list[tuple[str, str]]


@dataclass(frozen=True)
class Access:
    """A role or an organization: its people by status, each number with its list."""

    name: str
    cells: list[tuple[int, str]]
    total: int
    address: str
    files: list[tuple[str, str]]


def reports_view(request: HttpRequest, context: dict[str, Any]) -> HttpResponse:
    """Show all reports in the caller's sight."""
    actor: Any = request.user
    if not actor.has_perm("users.view_user"):
        raise PermissionDenied
    at = clock.now()
    found = overviews.of(actor, at)
    takes_files = actor.has_perms(PERMISSIONS)
    shown = context | {
        "title": gettext("Reports"),
        "rows": [_row(report, found.numbers, takes_files) for report in reports(at)],
        "statuses": [str(label) for label in Status.labels],
        "roles": _access(actor, "role", found.numbers.get("roles", {}), takes_files),
        "organizations": _access(
            actor, "organization", found.numbers.get("organizations", {}), takes_files
        ),
        "most": MOST_ORGANIZATIONS,
        "counted_at": found.counted_at,
    }
    return TemplateResponse(request, "admin/reports.html", shown)


def _row(report: Report, numbers: dict[str, Any], takes_files: bool) -> Row:
    count = numbers.get("counts", {}).get(report.number)
    figure = "–" if count is None else f"{count:,}"
    address, files = _places(report.question, takes_files)
    return Row(report, figure, address, files)


def _places(question: dict[str, Any], takes_files: bool) -> tuple[str, list[tuple[str, str]]]:
    query = urlencode(question, doseq=True)
    files = [
        (label, f"{reverse('admin:users_user_export', args=[word])}?{query}")
        for word, label in FILES.items()
        if takes_files
    ]
    return f"{reverse('admin:users_user_changelist')}?{query}", files


def _access(
    actor: Any, kind: str, counted: dict[str, dict[str, int]], takes_files: bool
) -> list[Access]:
    things: Any = {"role": Role, "organization": Organization}[kind].objects.visible_to(actor)
    names = {str(pk): name for pk, name in things.with_ids(list(counted)).values_list("pk", "name")}
    rows = []
    for pk, by_status in counted.items():
        if pk not in names:
            continue
        address, files = _places({kind: [pk]}, takes_files)
        cells = [(by_status.get(word, 0), f"{address}&status={word}") for word in Status.values]
        rows.append(Access(names[pk], cells, sum(by_status.values()), address, files))
    return sorted(rows, key=lambda row: (-row.total, row.name))[:MOST_ORGANIZATIONS]
