"""The archive of one person."""

from uuid import UUID

from django.http import HttpResponseBase
from rest_framework.request import Request

from usersvc.api.operations import Operation

from ...archiving import answering, archive
from ..files import file_of
from .views import PersonApiView


class ArchiveView(PersonApiView):
    """Everything that is known of one person, as a ZIP file."""

    operations = {
        "GET": Operation(
            "get_archive_of_user",
            "Get all that is known of a user",
            file_of(archive.CONTENT_TYPE),
            "A ZIP file with the user and all that belongs to it (person.json), what the audit"
            " tells of it (audit.ndjson), and the exports that held it (exports.csv); secrets are"
            " left out. Deleted users have one, too. The audit knows who took it.",
        )
    }
    permissions = {"GET": archive.PERMISSIONS}
    throttle_scope = "files"

    def get(self, request: Request, pk: UUID) -> HttpResponseBase:
        return answering.answer(self.find(pk, deleted=None), self.actor)

    def head(self, request: Request, pk: UUID) -> HttpResponseBase:
        """Answer as GET would, without making or auditing the archive."""
        self.find(pk, deleted=None)
        return answering.head()
