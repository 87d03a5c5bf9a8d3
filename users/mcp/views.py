from typing import Any

from django.http import HttpResponse
from rest_framework.request import Request

from usersvc.api.errors import Problem, error_body
from usersvc.api.operations import JSON, Answer, Operation
from usersvc.api.views import ApiView

from .catalog import SERVER

PARSE_ERROR, REFUSED = -32700, -32000  # of JSON-RPC

# What a program may send by hand, and what comes back; MCP's own schema says the rest.
MESSAGE = {
    "type": "object",
    "properties": {
        "jsonrpc": {"const": "2.0"},
        "id": {"type": ["integer", "string"]},
        "method": {"type": "string"},
        "params": {"type": "object"},
    },
    "required": ["jsonrpc", "method"],
    "examples": [
        {
            "jsonrpc": "2.0",
            "id": 1,
            "method": "tools/call",
            "params": {
                "name": "count_people",
                "arguments": {"family": "directory", "parameters": {"status": "active"}},
            },
        }
    ],
}
RESPONSE = {
    "type": "object",
    "properties": {
        "jsonrpc": {"const": "2.0"},
        "id": {"type": ["integer", "string", "null"]},
        "result": {"type": "object"},
        "error": {"type": "object"},
    },
    "required": ["jsonrpc"],
}


class McpView(ApiView):
    """The Model Context Protocol, for callers of the API: the same tokens, limits and bounds.

    Whoever is signed in may enter; each tool says who may call it.
    """

    required_permissions = ()
    tag = "mcp"
    operations = {
        "POST": Operation(
            "call_mcp",
            "Send a message of the Model Context Protocol",
            {
                200: Answer("The response.", RESPONSE),
                202: Answer("A notification was heard."),
            },
            "JSON-RPC 2.0 over streamable HTTP, without a session. See /docs/mcp.",
            body={JSON: MESSAGE},
            refusals=frozenset({404}),  # of a method
        )
    }

    @staticmethod
    def error_shape(status: int) -> Any:
        return RESPONSE

    def error_body(self, problem: Problem) -> Any:
        code = PARSE_ERROR if problem.status == 400 else REFUSED
        error = {"code": code, "message": problem.message, "data": error_body(problem)}
        return {"jsonrpc": "2.0", "id": None, "error": error}

    def post(self, request: Request) -> HttpResponse:
        plain = request._request
        plain.body  # noqa: B018  # kept for the server: the parser leaves nothing behind
        request.data  # noqa: B018  # refused unless it is JSON of bounded size and depth
        return SERVER(plain)
