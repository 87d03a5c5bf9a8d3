"""A tool: what a model is told of it, who may call it, and how its failures are told."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django_mcpz.server import MCPServer, ToolError
from rest_framework.exceptions import APIException

from usersvc.api.errors import error_body, problem_of
from usersvc.api.serializers import StrictSerializer

from ..models import User
from .fields import schema_of

Arguments = dict[str, Any]
Result = dict[str, Any]
# What the API refuses with; anything else is a failure of ours, which the server logs and hides.
REFUSALS = (APIException, PermissionDenied)
VIEW = ("users.view_user",)
ANY = {"type": "object"}


class NoArguments(StrictSerializer):
    """The arguments of a tool that takes none."""


@dataclass(frozen=True, kw_only=True)
class Tool:
    """Something that a model may call.

    permissions are those that the API takes for the same; is_open says otherwise who may, where
    they are not all there is. schema, where given, is instead of what the arguments say themselves.
    """

    name: str
    title: str
    description: str
    run: Callable[[HttpRequest, Arguments], Result]
    output: Mapping[str, Any]
    arguments: type[StrictSerializer] = NoArguments
    schema: Mapping[str, Any] | None = None
    examples: Sequence[Arguments] = ()
    permissions: Sequence[str] = ()
    is_open: Callable[[User], bool] = lambda actor: True
    reads_only: bool = True
    is_destructive: bool = False
    is_idempotent: bool = True

    def permitted(self, request: HttpRequest) -> bool:
        """Return whether the caller may call it; nobody else is shown it."""
        actor: Any = request.user
        return bool(actor.has_perms(self.permissions)) and self.is_open(actor)

    def call(self, request: HttpRequest, given: Arguments) -> Result:
        """Do it; ToolError, in the API's words, for what is refused."""
        try:
            arguments = self.arguments(data=given)
            arguments.is_valid(raise_exception=True)
            return self.run(request, arguments.validated_data)
        except REFUSALS as error:
            raise ToolError(told(error)) from error

    def add_to(self, server: MCPServer) -> None:
        """Let a server offer it."""
        schema = dict(self.schema or schema_of(self.arguments()))
        server.tool(
            name=self.name,
            title=self.title,
            description=self.description,
            input_schema=schema | ({"examples": list(self.examples)} if self.examples else {}),
            output_schema=dict(self.output),
            read_only=self.reads_only,
            destructive=self.is_destructive,
            idempotent=self.is_idempotent,
            open_world=False,
            permission=self.permitted,
        )(self.call)


def told(error: Exception) -> str:
    """Return a refusal as JSON in the API's envelope, so that what it repeats stays a value."""
    body = error_body(problem_of(error))
    if (wait := getattr(error, "wait", None)) is not None:
        body["data"] = {**body["data"], "retry_after_seconds": max(1, round(wait))}
    return json.dumps(body, ensure_ascii=False, default=str)


def object_of(properties: Mapping[str, Any], optional: Sequence[str] = ()) -> dict[str, Any]:
    """Return the JSON Schema of a result with these properties, all of them there but some."""
    return {
        "type": "object",
        "properties": dict(properties),
        "required": [name for name in properties if name not in optional],
    }
