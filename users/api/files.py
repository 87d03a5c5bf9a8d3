"""What the families that answer with files share."""

from django.http import HttpResponseBase
from rest_framework.request import Request

from exports import downloads
from usersvc.api.views import ApiView

from ..exports import PERMISSIONS, UserExport
from ..standing import withdrawn


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
