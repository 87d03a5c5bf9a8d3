from typing import Any

from rest_framework.request import Request

from exports.formats import FORMATS
from exports.kinds import ISO_OFFSET, Style
from usersvc.api.errors import Problem

from ...exports import UserExport
from ..files import FileView
from .errors import error_body
from .filters import UserFilterSet
from .serializers import TOKENS, columns


class UserDownloadView(FileView):
    """Everybody that matches, as CSV; without a limit, for it streams."""

    def error_body(self, problem: Problem) -> Any:
        return error_body(problem)

    def export(self, request: Request) -> UserExport:
        question = UserFilterSet(request.query_params, request.user)
        people = question.people()
        answers = question.answers
        style = Style(instant=ISO_OFFSET, joiner=";")
        if answers["timezone"]:
            style = Style(instant=ISO_OFFSET, joiner=";", zone=answers["timezone"])
        export = UserExport(
            family="download",
            question=question,
            people=people,
            columns=columns(answers["_fields"] or list(TOKENS), question.at),
            format=FORMATS["csv"],
            at=question.at,
            style=style,
        )
        export.refuse_too_many_columns("_fields")
        return export
