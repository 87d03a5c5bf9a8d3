from typing import Any

from rest_framework.request import Request

from exports.formats import FORMATS
from usersvc.api.errors import Problem
from usersvc.api.operations import Operation

from ...exports import UserExport
from ..files import FILE_REFUSALS, FileView, file_of
from .errors import error_body, error_shape
from .filters import UserFilterSet
from .serializers import export_of


class UserDownloadView(FileView):
    """Everybody that matches, as CSV; without a limit, for it streams."""

    tag = "download"
    error_shape = staticmethod(error_shape)
    operations = {
        "GET": Operation(
            "download_users",
            "Download a list of all users",
            file_of(FORMATS["csv"].content_type),
            "All users that match, as CSV, however many they are.",
            question=UserFilterSet,
            refusals=FILE_REFUSALS | {404},  # of an organization or a site
        )
    }

    def error_body(self, problem: Problem) -> Any:
        return error_body(problem)

    def export(self, request: Request) -> UserExport:
        export = export_of(UserFilterSet(request.query_params, request.user))
        export.refuse_too_many_columns("_fields")
        return export
