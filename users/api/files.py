"""What the families that answer with files share."""

from collections.abc import Mapping

from django.http import HttpResponseBase
from rest_framework.request import Request

from exports import downloads
from usersvc.api.operations import Answer, Schema
from usersvc.api.views import ApiView

from ..exports import PERMISSIONS, UserExport
from ..standing import withdrawn

FILE_HEADERS: Mapping[str, Schema] = {
    "Content-Disposition": {
        "type": "string",
        "description": "The name of the file, such as users_export_2025-06-21_103000.csv.",
    },
    "Content-Encoding": {
        "type": "string",
        "enum": ["gzip"],
        "description": "There where the caller accepts it.",
    },
}
# Too many files at once, too long, or no room to make it.
FILE_REFUSALS = frozenset({503})


def file_of(*media_types: str) -> Mapping[int, Answer]:
    """Return the answers of what makes a file."""
    content = {"type": "string", "format": "binary"}
    kinds = tuple(media_type.partition(";")[0] for media_type in media_types)
    return {200: Answer("The file.", content, kinds, FILE_HEADERS)}


class FileView(ApiView):
    """Answers with a file; a family says which one."""

    required_permissions = PERMISSIONS
    throttle_scope = "files"

    def export(self, request: Request) -> UserExport:
        """Return the export that a request asks for, or raise what is wrong with the request."""
        raise NotImplementedError

    def get(self, request: Request) -> HttpResponseBase:
        export = self.export(request)
        return downloads.answer(request, export, withdrawn(request, export.permissions))

    def head(self, request: Request) -> HttpResponseBase:
        """Answer as GET would, without running or auditing the export."""
        return downloads.head(request, self.export(request))
