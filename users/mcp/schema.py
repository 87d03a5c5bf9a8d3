"""The tool that reads the OpenAPI document, an operation at a time."""

import re
from collections.abc import Iterator
from typing import Any

from django.http import HttpRequest
from rest_framework.exceptions import NotFound

from usersvc.api.serializers import StrictSerializer
from usersvc.api.words import nearest
from usersvc.openapi import document

from .fields import Text
from .tool import ANY, Arguments, Result, Tool

METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")
_REFERENCE = re.compile(r"#/components/(\w+)/([^/]+)")


class OperationArguments(StrictSerializer):
    """Which operation."""

    operation = Text("The id of the operation; without it, all operations are listed.")


def read_schema(request: HttpRequest, asked: Arguments) -> Result:
    """Return one operation with all that it refers to, or what operations there are."""
    whole = document()
    known = dict(_operations(whole))
    if asked["operation"] is None:
        return {"operations": [_listed(operation) for operation in known.values()]}
    found = known.get(asked["operation"])
    if found is None:
        near = nearest(asked["operation"], list(known))
        raise NotFound(f"operation: unknown operation{near}; without one, all are listed")
    return {
        "id": asked["operation"],
        "method": found["method"],
        "path": found["path"],
        "operation": found["operation"],
        "components": _components(whole, found["operation"]),
    }


def _operations(whole: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for address, item in whole.get("paths", {}).items():
        for method in METHODS:
            if operation := item.get(method):
                told = {"method": method.upper(), "path": address, "operation": operation}
                yield operation.get("operationId", f"{method} {address}"), told


def _listed(told: dict[str, Any]) -> dict[str, str]:
    operation = told["operation"]
    return {
        "id": operation.get("operationId", f"{told['method'].lower()} {told['path']}"),
        "method": told["method"],
        "path": told["path"],
        "summary": operation.get("summary", ""),
    }


def _components(whole: dict[str, Any], operation: Any) -> dict[str, dict[str, Any]]:
    """Return the components that an operation refers to, and those that they do."""
    found: dict[str, dict[str, Any]] = {}
    waiting = list(_references(operation))
    while waiting:
        kind, name = waiting.pop()
        component = whole.get("components", {}).get(kind, {}).get(name)
        if component is not None and name not in found.get(kind, {}):
            found.setdefault(kind, {})[name] = component
            waiting += _references(component)
    return found


def _references(value: Any) -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        if match := _REFERENCE.fullmatch(str(value.get("$ref", ""))):
            yield match[1], match[2]
        for inner in value.values():
            yield from _references(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _references(inner)


READ = Tool(
    name="read_schema",
    title="Read the OpenAPI document",
    description=(
        "Tells how programs call this service over REST: without arguments every operation with "
        "its id, method, path and summary; with an operation, all of it and the components that it "
        "refers to."
    ),
    run=read_schema,
    arguments=OperationArguments,
    output=ANY,
    examples=[{}],
)
