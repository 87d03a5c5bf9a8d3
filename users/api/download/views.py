from typing import Any

from rest_framework.request import Request

from usersvc.api.errors import Problem

from ...exports import UserExport
from ..files import FileView
from .errors import error_body
from .filters import UserFilterSet
from .serializers import export_of


class UserDownloadView(FileView):
    """Everybody that matches, as CSV; without a limit, for it streams."""

    def error_body(self, problem: Problem) -> Any:
        return error_body(problem)

    def export(self, request: Request) -> UserExport:
        export = export_of(UserFilterSet(request.query_params, request.user))
        export.refuse_too_many_columns("_fields")
        return export
