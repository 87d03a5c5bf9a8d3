from typing import Any

from django.core.exceptions import PermissionDenied
from rest_framework.request import Request
from rest_framework.response import Response

from usersvc.api.operations import Answer, Operation

from ..idempotency import idempotent_by_blocks
from ..resources import ResourceView
from .actions import VIEW
from .running import check_may_act, may_act, run
from .serializers import BulkSerializer
from .shapes import BulkPreviewShape, BulkReportShape


class BulkView(ResourceView):
    """One action on many people: by their ids, or on all that match the directory's filters."""

    permissions = {"POST": (VIEW,)}
    tag = "users"
    operations = {
        "POST": Operation(
            "change_users",
            "Do one thing to many users",
            {
                200: Answer(
                    "What was done, or would be done with dry_run.",
                    (BulkReportShape, BulkPreviewShape),
                )
            },
            "By their ids, or to all that match the filters of the list of users.",
            body=BulkSerializer,
        )
    }

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        if request.method == "POST":
            if not may_act(self.actor):  # who may do nothing is told so before a body is read
                raise PermissionDenied
            check_may_act(self.actor, request.data)

    @idempotent_by_blocks
    def post(self, request: Request) -> Response:
        return Response(run(self.actor, self.read(BulkSerializer)))
