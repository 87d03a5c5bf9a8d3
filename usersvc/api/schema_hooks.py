"""The OpenAPI document as a whole: each address once, and what is answered without DRF."""

import re
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.urls import Resolver404, resolve

PREFIX = "/api"
VERSION = "X-API-Version"
ROOT, BELOW = {"url": "/"}, {"url": PREFIX}
ANY_ID = str(UUID(int=1))

Endpoint = tuple[str, str, str, Any]


def keep_one_address(endpoints: list[Endpoint], **_: Any) -> list[Endpoint]:
    """Return the endpoints without those below /api that are there without it, too."""
    known = {(path, view_of(callback)) for path, _, _, callback in endpoints}
    return [
        endpoint
        for endpoint in endpoints
        if not endpoint[0].startswith(f"{PREFIX}/")
        or (endpoint[0].removeprefix(PREFIX), view_of(endpoint[3])) not in known
    ]


def tell_both_addresses(result: dict[str, Any], **_: Any) -> dict[str, Any]:
    """Say of each operation that is there below /api, too, that it is."""
    for path, item in result["paths"].items():
        if is_below_api_too(path):
            for operation in item.values():
                operation["servers"] = [ROOT, BELOW]
    return result


def share_refusals(result: dict[str, Any], **_: Any) -> dict[str, Any]:
    """Say each refusal once, among the components, and refer to it from the operations."""
    shared: dict[str, Any] = result["components"].setdefault("responses", {})
    for item in result["paths"].values():
        for operation in item.values():
            responses = operation["responses"]
            for status in [each for each in responses if each >= "400"]:
                name = _name_of(status, responses[status])
                if name and shared.setdefault(name, responses[status]) == responses[status]:
                    responses[status] = {"$ref": f"#/components/responses/{name}"}
    return result


def _name_of(status: str, response: Mapping[str, Any]) -> str:
    """Return what a refusal is called, by its shapes, status and headers; "" without shapes."""
    shapes = re.findall(r"#/components/schemas/(\w+)", str(response.get("content")))
    versioned = "Versioned" if VERSION in response.get("headers", {}) else ""
    return f"{versioned}{''.join(shapes)}{status}" if shapes else ""


def is_below_api_too(path: str) -> bool:
    """Return whether a path has the same view below /api."""
    own, other = (_view_at(start + re.sub(r"\{\w+\}", ANY_ID, path)) for start in ("", PREFIX))
    return own is not None and own is other


def _view_at(path: str) -> Any:
    try:
        return view_of(resolve(path).func)
    except Resolver404:
        return None


def view_of(callback: Any) -> Any:
    """Return the class of a view, or the function that it is."""
    return getattr(callback, "cls", callback)


def plain(name: str, summary: str, responses: Mapping[str, Any], tag: str = "service") -> Any:
    """Return the path item of what anybody may read, and what answers without DRF."""
    operation = {"operationId": name, "summary": summary, "tags": [tag], "security": [{}]}
    return {"get": operation | {"responses": responses}}


def answered(description: str, schema: Mapping[str, Any]) -> dict[str, Any]:
    """Return a response in JSON."""
    content = {"application/json": {"schema": schema}}
    return {"description": description, "content": content}


def an_object(*required: str, **properties: Mapping[str, Any]) -> dict[str, Any]:
    """Return the schema of an object with these properties alone."""
    return {
        "type": "object",
        "properties": properties,
        "required": list(required),
        "additionalProperties": False,
    }
