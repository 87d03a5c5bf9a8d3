from typing import Any

from django.http import HttpResponseBase
from rest_framework.request import Request

from exports import downloads
from exports.formats import FORMATS
from exports.kinds import ISO_OFFSET, Style
from usersvc.api.errors import Problem
from usersvc.api.views import ApiView

from ...exports import UserExport
from .errors import error_body
from .filters import UserFilterSet
from .serializers import TOKENS, columns


class UserDownloadView(ApiView):
    """Everybody that matches, as CSV; without a limit, for it streams."""

    required_permissions = ("users.view_user", "users.export_user")
    throttle_scope = "files"

    def error_body(self, problem: Problem) -> Any:
        return error_body(problem)

    def get(self, request: Request) -> HttpResponseBase:
        export = self._export(request)
        return downloads.answer(export.begin(), export.format, export.filename)

    def head(self, request: Request) -> HttpResponseBase:
        """Answer as GET would, without running or auditing the export."""
        export = self._export(request)
        return downloads.head(export.format, export.filename)

    def _export(self, request: Request) -> UserExport:
        question = UserFilterSet(request.query_params, request.user)
        people = question.people()
        answers = question.answers
        style = Style(instant=ISO_OFFSET, joiner=";")
        if answers["timezone"]:
            style = Style(instant=ISO_OFFSET, joiner=";", zone=answers["timezone"])
        return UserExport(
            family="download",
            question=question,
            people=people,
            columns=columns(answers["_fields"] or list(TOKENS), question.at),
            format=FORMATS["csv"],
            at=question.at,
            style=style,
        )
