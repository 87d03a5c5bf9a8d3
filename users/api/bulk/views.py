from collections.abc import Iterable
from typing import Any

from django.core.exceptions import PermissionDenied
from rest_framework.request import Request
from rest_framework.response import Response

from usersvc.api.operations import Answer, Operation

from ...bulk_runs import carry_out, rehearse
from ...columns import METADATA
from ..idempotency import idempotent_by_blocks
from ..resources import ResourceView
from .actions import PERMISSIONS, VIEW, action_of
from .filters import ids_meant
from .serializers import BulkSerializer, preview, report, word_of
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
            self._check_may_act(PERMISSIONS.values())
            body = request.data
            word = word_of(body.get("action") if isinstance(body, dict) else None)
            if word in PERMISSIONS:
                self._check_may_act([PERMISSIONS[word]])

    @idempotent_by_blocks
    def post(self, request: Request) -> Response:
        body = self.read(BulkSerializer)
        actor = self.actor
        action = action_of(actor, body)
        ids = ids_meant(actor, body)
        if body["dry_run"]:
            sees_metadata = actor.has_perm(METADATA)
            return Response(preview(actor, ids, rehearse(actor, action, ids), sees_metadata))
        return Response(report(carry_out(actor, action, ids)))

    def _check_may_act(self, any_of: Iterable[tuple[str, ...]]) -> None:
        if not any(self.actor.has_perms(permissions) for permissions in any_of):
            raise PermissionDenied
