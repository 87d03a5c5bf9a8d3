"""Tools over the reports: questions about people that have names."""

from typing import Any

from django.http import HttpRequest

from usersvc import clock
from usersvc.api.serializers import StrictSerializer

from .. import overviews
from ..list_exports import FAMILY as ADMIN
from ..reports import Report, reports
from .fields import NULL, TEXT, Word
from .people import PAGE
from .questions import PARAMETERS, page_arguments, page_of, question_of
from .tool import ANY, VIEW, Arguments, Result, Tool, object_of

NAMES = [report.name for report in reports(clock.now())]


class ReportArguments(StrictSerializer):
    """Which report, and which page of it."""

    name = Word("The name of the report, as list_reports tells it.", allowed=NAMES, required=True)
    page, page_size = page_arguments().values()


def list_reports(request: HttpRequest, asked: Arguments) -> Result:
    """Return all reports, each with how many it finds in the caller's sight."""
    at = clock.now()
    found = overviews.of(request.user, at)
    counts = found.numbers.get("counts", {})
    return {
        "reports": [_shown(report, counts.get(report.number)) for report in reports(at)],
        "counted_at": found.counted_at,
    }


def run_report(request: HttpRequest, asked: Arguments) -> Result:
    """Return a page of the people of a report."""
    report = next(each for each in reports(clock.now()) if each.name == asked["name"])
    people = question_of(ADMIN, report.question, request.user).people()
    return {
        **_shown(report, None),
        **page_of(people, request.user, asked["page"], asked["page_size"]),
    }


def _shown(report: Report, count: int | None) -> dict[str, Any]:
    shown = {
        "name": report.name,
        "title": str(report.title),
        "description": str(report.description),
        "family": ADMIN,
        PARAMETERS: report.question,
    }
    return shown if count is None else shown | {"users": count}


LIST = Tool(
    name="list_reports",
    title="List the reports",
    description=(
        "Lists the ready-made questions about users, such as who has no second factor or has not "
        "signed in for 90 days, each with how many users it finds in the caller's sight. Counts "
        "are some minutes old; counted_at says when. A good start for a review."
    ),
    run=list_reports,
    output=object_of(
        {
            "reports": {"type": "array", "items": ANY},
            "counted_at": {"anyOf": [TEXT, NULL]},
        }
    ),
    permissions=VIEW,
)
RUN = Tool(
    name="run_report",
    title="Show the users of a report",
    description=(
        "Lists the users that a report finds, a page at a time. Its family and parameters are "
        "told, too: with them, find_people narrows it and start_export makes a file of it."
    ),
    run=run_report,
    arguments=ReportArguments,
    output=PAGE,
    permissions=VIEW,
    examples=[{"name": "no_mfa"}, {"name": "dormant_90", "page": 2, "page_size": 50}],
)
