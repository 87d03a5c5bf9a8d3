"""What a client sends, and how it is refused, in the words of RFC 6749 and RFC 7009."""

import base64
import binascii
from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote_plus

from django.http import QueryDict
from rest_framework import serializers
from rest_framework.request import Request

from usersvc.api.errors import Refusal
from usersvc.api.shapes import Shape

from ...oauth import Credentials

GRANT = "client_credentials"
LONGEST = 4096  # characters of any value
BASIC = "basic"


class OAuthError(Refusal):
    """A refusal with its word of RFC 6749."""

    def __init__(self, word: str, description: str, status: int = 400) -> None:
        super().__init__(status, description)
        self.error_code = word


class InvalidClientError(OAuthError):
    """The one answer to whoever is not a client, in whatever way."""

    auth_header = 'Basic realm="usersvc", charset="UTF-8"'

    def __init__(self) -> None:
        super().__init__("invalid_client", "the client id or the secret is not right", 401)


class AccessTokenShape(Shape):
    """An access token."""

    access_token = serializers.CharField(help_text="Goes into `Authorization: Bearer …`.")
    token_type = serializers.ChoiceField(["Bearer"])
    expires_in = serializers.IntegerField(help_text="Seconds that it is good for.")
    scope = serializers.CharField(allow_blank=True, help_text="The permissions that it has.")


class OAuthErrorShape(Shape):
    """An error, as RFC 6749 writes it."""

    error = serializers.CharField()
    error_description = serializers.CharField()


Schema = Mapping[str, Any]
TEXT = {"type": "string", "maxLength": LONGEST}
CLIENT = {"client_id": TEXT, "client_secret": TEXT}
KNOWN: Schema = {
    "grant_type": {"const": GRANT},
    **CLIENT,
    "scope": TEXT | {"description": "Permissions, separated by blanks; all by default."},
    "audience": TEXT | {"description": "Taken, and not looked at."},
}
BODY = {
    "type": "object",
    "properties": KNOWN,
    "required": ["grant_type"],
    "examples": [
        {
            "grant_type": GRANT,
            "client_id": "cli_0000000000000001",
            "client_secret": "…",  # nosec B105 # it opens nothing
        }
    ],
}
REVOCATION: Schema = {
    "token": TEXT | {"description": "An access token of the service account."},
    "token_type_hint": TEXT | {"description": "Taken, and not looked at."},
    **CLIENT,
}
REVOCATION_BODY = {"type": "object", "properties": REVOCATION, "required": ["token"]}


def read(request: Request, known: Schema) -> dict[str, str]:
    """Return what is known of what a client sends; OAuthError for what is twice, or no text.

    What is not known is left out, as RFC 6749 demands.
    """
    data: Any = request.data
    if isinstance(data, QueryDict):
        twice = next((name for name, values in data.lists() if len(values) > 1), None)
        if twice is not None:
            raise OAuthError("invalid_request", f"{twice[:60]} is given more than once")
        data = data.dict()
    if not isinstance(data, Mapping):
        raise OAuthError("invalid_request", "the body is no form and no JSON object")
    return {name: _text(name, data[name]) for name in known if data.get(name)}


def credentials(request: Request, asked: Mapping[str, str]) -> Credentials:
    """Return how the client signs in: by HTTP Basic, or else in the body."""
    kind, _, encoded = request.headers.get("Authorization", "").partition(" ")
    if kind.lower() != BASIC:
        return Credentials(asked.get("client_id", ""), asked.get("client_secret", ""))
    given = _decoded(encoded.strip())
    if "client_secret" in asked or asked.get("client_id", given.client_id) != given.client_id:
        raise OAuthError("invalid_request", "the client signs in in two ways: give one")
    return given


def _text(name: str, value: Any) -> str:
    if not isinstance(value, str):
        raise OAuthError("invalid_request", f"{name} is no text")
    if len(value) > LONGEST:
        raise OAuthError("invalid_request", f"{name} is longer than {LONGEST} characters")
    return value


def _decoded(encoded: str) -> Credentials:
    try:
        text = base64.b64decode(encoded, validate=True).decode()
    except (binascii.Error, UnicodeDecodeError) as error:
        raise InvalidClientError from error
    client_id, _, secret = text.partition(":")
    # RFC 6749, 2.3.1: each is written as in a form first.
    return Credentials(unquote_plus(client_id), unquote_plus(secret))
