from typing import Any

from rest_framework.request import Request
from rest_framework.response import Response

from ..idempotency import idempotent_by_blocks
from ..resources import ResourceView
from .actions import VIEW
from .running import check_may_act, run
from .serializers import BulkSerializer


class BulkView(ResourceView):
    """One action on many people: by their ids, or on all that match the directory's filters."""

    permissions = {"POST": (VIEW,)}

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        if request.method == "POST":
            check_may_act(self.actor, request.data)

    @idempotent_by_blocks
    def post(self, request: Request) -> Response:
        return Response(run(self.actor, self.read(BulkSerializer)))
