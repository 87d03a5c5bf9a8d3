from typing import Any

from django.http import HttpResponseBase
from rest_framework.request import Request

from exports import downloads
from usersvc.api.errors import Problem
from usersvc.api.views import ApiView

from .errors import error_body
from .filters import UserFilterSet
from .serializers import export_of


class UserDownloadView(ApiView):
    """Everybody that matches, as CSV; without a limit, for it streams."""

    required_permissions = ("users.view_user", "users.export_user")
    throttle_scope = "files"

    def error_body(self, problem: Problem) -> Any:
        return error_body(problem)

    def get(self, request: Request) -> HttpResponseBase:
        export = export_of(UserFilterSet(request.query_params, request.user))
        return downloads.answer(export.begin(), export.format, export.filename)

    def head(self, request: Request) -> HttpResponseBase:
        """Answer as GET would, without running or auditing the export."""
        export = export_of(UserFilterSet(request.query_params, request.user))
        return downloads.head(export.format, export.filename)
