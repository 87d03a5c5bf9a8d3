from django.conf import settings
from rest_framework.request import Request

from exports.formats import FORMATS
from usersvc.api.operations import Operation

from ...exports import UserExport
from ..files import FILE_REFUSALS, FileView, file_of
from .filters import UserFilterSet
from .serializers import FORMAT_WORDS, export_of


class UserExportView(FileView):
    """The people that match, as a CSV or PDF file; more than the limit are refused, never cut."""

    tag = "export"
    operations = {
        "GET": Operation(
            "export_users",
            "Export users to CSV or PDF",
            file_of(*(FORMATS[word].content_type for word in FORMAT_WORDS)),
            "The users that match, as a file. More than the limit are refused, never cut short.",
            question=UserFilterSet,
            refusals=FILE_REFUSALS,
        )
    }

    def export(self, request: Request) -> UserExport:
        export = export_of(UserFilterSet(request.query_params, request.user))
        export.refuse_too_many(settings.EXPORT_MAX_ROWS)
        return export
