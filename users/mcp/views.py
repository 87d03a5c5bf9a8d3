from typing import Any

from django.http import HttpResponse
from rest_framework.request import Request

from usersvc.api.errors import Problem, error_body
from usersvc.api.views import ApiView

from .catalog import SERVER

PARSE_ERROR, REFUSED = -32700, -32000  # of JSON-RPC


class McpView(ApiView):
    """The Model Context Protocol, for callers of the API: the same tokens, limits and bounds.

    Whoever is signed in may enter; each tool says who may call it.
    """

    required_permissions = ()
    schema = None  # its messages are the protocol's, which OpenAPI cannot tell

    def error_body(self, problem: Problem) -> Any:
        code = PARSE_ERROR if problem.status == 400 else REFUSED
        error = {"code": code, "message": problem.message, "data": error_body(problem)}
        return {"jsonrpc": "2.0", "id": None, "error": error}

    def post(self, request: Request) -> HttpResponse:
        plain = request._request
        plain.body  # noqa: B018  # kept for the server: the parser leaves nothing behind
        request.data  # noqa: B018  # refused unless it is JSON of bounded size and depth
        return SERVER(plain)
