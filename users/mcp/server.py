"""The server: django-mcpz's, which knows tools, with resources and prompts beside them.

It reaches for what django-mcpz keeps to itself: the tests of both eras tell whether a newer one
still fits.
"""

from collections.abc import Callable, Mapping
from typing import Any

from django.http import HttpRequest, HttpResponse
from django_mcpz.jsonrpc import (
    INVALID_PARAMS,
    Message,
    MessageError,
    decode_message,
    error_response,
    result_response,
)
from django_mcpz.legacy import LEGACY_PROTOCOL_VERSIONS, is_legacy_request
from django_mcpz.server import _CACHE_FIELDS, MCPServer, _validate_name_header
from msgspec import UnsetType
from rest_framework.exceptions import ValidationError

from usersvc.api.words import unknown

from .prompts import PROMPTS
from .resources import contents, resources
from .tool import told

CAPABILITIES: Mapping[str, Any] = {"tools": {}, "resources": {}, "prompts": {}}
RESOURCE_NOT_FOUND = -32002  # of the eras before 2026-07-28, which has INVALID_PARAMS for it
# What the header Mcp-Name repeats.
NAMED = {"resources/read": "uri", "prompts/get": "name"}

Params = dict[str, Any]


class InvalidParamsError(Exception):
    """Parameters that a method does not take; code is for clients of the eras before."""

    def __init__(self, message: str, code: int = INVALID_PARAMS) -> None:
        self.code = code
        super().__init__(message)


class Server(MCPServer):
    """A server that offers resources and prompts, too, in both eras of the protocol."""

    def __call__(self, request: HttpRequest) -> HttpResponse:
        message = self._for_us(request)
        return super().__call__(request) if message is None else self._answer(request, message)

    def _for_us(self, request: HttpRequest) -> Message | None:
        """Return a request that the base cannot answer; None leaves it, or its refusal, to it."""
        if not self._origin_allowed(request):
            return None
        try:
            message = decode_message(request.body)
        except MessageError:
            return None
        greets = message.method == "initialize" and is_legacy_request(request)
        is_ours = message.method in METHODS or greets
        return message if is_ours and not isinstance(message.id, UnsetType) else None

    def _answer(self, request: HttpRequest, message: Message) -> HttpResponse:
        params = {} if isinstance(message.params, UnsetType) else message.params
        number: Any = message.id
        if message.method == "initialize":
            return self._initialized(request, number, params)
        is_legacy = is_legacy_request(request)
        if not is_legacy and (refusal := self._refusal(request, number, message.method, params)):
            return refusal
        try:
            result = METHODS[message.method](params)
        except InvalidParamsError as error:
            code = error.code if is_legacy else INVALID_PARAMS
            return error_response(number, code, str(error))
        return self._result(request, number, result)

    def _refusal(
        self, request: HttpRequest, number: str | int, method: str, params: Params
    ) -> HttpResponse | None:
        """Return what is wrong with the headers and the metadata of a request, if anything is."""
        if error := self._validate_metadata(request, number, method, params):
            return error
        name = params.get(NAMED.get(method, ""))
        return _validate_name_header(request, number, name) if isinstance(name, str) else None

    def _initialized(self, request: HttpRequest, number: str | int, params: Params) -> HttpResponse:
        asked = params.get("protocolVersion")
        known = asked in LEGACY_PROTOCOL_VERSIONS
        result = {
            "protocolVersion": asked if known else LEGACY_PROTOCOL_VERSIONS[0],
            "capabilities": CAPABILITIES,
            "serverInfo": self.server_info_for(request),
            "instructions": self.instructions,
        }
        return result_response(number, result)

    def _discover(self, request: HttpRequest, request_id: str | int) -> HttpResponse:
        result = {
            "supportedVersions": self.supported_versions,
            "capabilities": CAPABILITIES,
            "instructions": self.instructions,
            **_CACHE_FIELDS,
        }
        return self._result(request, request_id, result)


def _list(key: str, items: Callable[[], list[Any]]) -> Callable[[Params], Params]:
    """Return a method that lists everything on one page."""

    def method(params: Params) -> Params:
        if params.get("cursor") is not None:
            raise InvalidParamsError("Invalid cursor")
        return {key: items(), **_CACHE_FIELDS}

    return method


def _read_resource(params: Params) -> Params:
    found = contents(_text(params, "uri"))
    if found is None:
        raise InvalidParamsError("Resource not found", RESOURCE_NOT_FOUND)
    return {"contents": found, **_CACHE_FIELDS}


def _get_prompt(params: Params) -> Params:
    known = {prompt.name: prompt for prompt in PROMPTS}
    prompt = known.get(_text(params, "name"))
    if prompt is None:
        raise InvalidParamsError(unknown("prompt", params["name"], known))
    try:
        text = prompt.text(params.get("arguments") or {})
    except ValidationError as error:
        raise InvalidParamsError(told(error)) from error
    message = {"role": "user", "content": {"type": "text", "text": text}}
    return {"description": prompt.description, "messages": [message]}


def _text(params: Params, name: str) -> str:
    value = params.get(name)
    if not isinstance(value, str):
        raise InvalidParamsError(f"{name}: required, a text")
    return value


METHODS: Mapping[str, Callable[[Params], Params]] = {
    "resources/list": _list("resources", resources),
    "resources/templates/list": _list("resourceTemplates", list),
    "resources/read": _read_resource,
    "prompts/list": _list("prompts", lambda: [prompt.listed() for prompt in PROMPTS]),
    "prompts/get": _get_prompt,
}
