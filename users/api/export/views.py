from rest_framework.request import Request

from exports.formats import FORMATS
from usersvc import clock

from ...exports import UserExport
from ..files import FileView
from .filters import UserFilterSet
from .serializers import COLUMNS


class UserExportView(FileView):
    """The people that match, as a CSV or PDF file; more than the limit are refused, never cut."""

    def export(self, request: Request) -> UserExport:
        question = UserFilterSet(request.query_params, request.user)
        people = question.people()
        export = UserExport(
            family="export",
            question=question,
            people=people,
            columns=COLUMNS,
            format=FORMATS[question.answers["format"]],
            at=clock.now(),
        )
        export.refuse_too_many()
        return export
