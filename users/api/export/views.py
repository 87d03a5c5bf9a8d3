from django.conf import settings
from rest_framework.request import Request

from ...exports import UserExport
from ..files import FileView
from .filters import UserFilterSet
from .serializers import export_of


class UserExportView(FileView):
    """The people that match, as a CSV or PDF file; more than the limit are refused, never cut."""

    def export(self, request: Request) -> UserExport:
        export = export_of(UserFilterSet(request.query_params, request.user))
        export.refuse_too_many(settings.EXPORT_MAX_ROWS)
        return export
