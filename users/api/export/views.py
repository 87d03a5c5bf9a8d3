from django.conf import settings
from django.http import HttpResponseBase
from rest_framework.request import Request

from exports import downloads
from exports.formats import Unavailable
from usersvc.api.errors import Busy
from usersvc.api.views import ApiView

from ...exports import UserExport
from .filters import UserFilterSet
from .serializers import export_of


class UserExportView(ApiView):
    """The people that match, as a CSV or PDF file; more than the limit are refused, never cut."""

    required_permissions = ("users.view_user", "users.export_user")
    throttle_scope = "files"

    def get(self, request: Request) -> HttpResponseBase:
        export = self._export(request)
        try:
            chunks = export.begin()
        except Unavailable as error:
            raise Busy(error.retry_after) from error
        return downloads.answer(chunks, export.format, export.filename)

    def head(self, request: Request) -> HttpResponseBase:
        """Answer as GET would, without running or auditing the export."""
        export = self._export(request)
        return downloads.head(export.format, export.filename)

    def _export(self, request: Request) -> UserExport:
        export = export_of(UserFilterSet(request.query_params, request.user))
        export.refuse_too_many(settings.EXPORT_MAX_ROWS)
        return export
