from typing import Any

from rest_framework.parsers import FormParser
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from usersvc import clock
from usersvc.api.errors import Problem
from usersvc.api.operations import JSON, Answer, Operation
from usersvc.api.parsers import JSONParser
from usersvc.api.throttles import FailureThrottle
from usersvc.api.views import ApiView

from ... import machines, oauth, witnessing
from ...actor import current_address
from ...models import Machine
from ...models.service_account import KEY_PREFIX
from .serializers import (
    BODY,
    GRANT,
    KNOWN,
    REVOCATION,
    REVOCATION_BODY,
    AccessTokenShape,
    InvalidClientError,
    OAuthError,
    OAuthErrorShape,
    credentials,
    read,
)

# RFC 6749, 5.1: nothing between here and the client keeps a token.
NO_STORE = {"Cache-Control": "no-store", "Pragma": "no-cache"}
FORM = "application/x-www-form-urlencoded"
BUSY = "temporarily_unavailable"
WORDS = {405: "invalid_request", 429: BUSY, 500: "server_error", 503: BUSY}


class ClientView(ApiView):
    """Where service accounts come with their id and secret, and errors are as OAuth has them."""

    authentication_classes = ()
    permission_classes = (AllowAny,)
    parser_classes = (JSONParser, FormParser)
    throttle_classes = (*ApiView.throttle_classes, FailureThrottle)
    tag = "tokens"

    @staticmethod
    def error_shape(status: int) -> Any:
        return OAuthErrorShape

    def error_body(self, problem: Problem) -> Any:
        word = problem.code if problem.status in (400, 401) else WORDS.get(problem.status, "")
        faults = "; ".join(f"{fault.key}: {fault.message}" for fault in problem.faults)
        known = word if word not in ("", "invalid_body") else "invalid_request"
        return {"error": known, "error_description": faults or problem.message}

    def sign_in(self, request: Request, asked: dict[str, str]) -> Machine:
        """Return who asks; InvalidClientError, which is counted, for whoever is no client."""
        machine = oauth.sign_in(credentials(request, asked), request.META.get("REMOTE_ADDR", ""))
        if machine is None:
            FailureThrottle().record(request)
            raise InvalidClientError
        return machine


class TokenView(ClientView):
    """An access token for a service account's id and secret (RFC 6749, client credentials)."""

    operations = {
        "POST": Operation(
            "create_client_token",
            "Sign in as a service account",
            {200: Answer("An access token.", AccessTokenShape)},
            "OAuth 2.0 client credentials, as a form or as JSON; HTTP Basic is taken as well.",
            body={JSON: BODY, FORM: BODY},
            refusals=frozenset({401}),
        )
    }

    def post(self, request: Request) -> Response:
        asked = read(request, KNOWN)
        if "grant_type" not in asked:
            raise OAuthError("invalid_request", "grant_type is missing")
        if asked["grant_type"] != GRANT:
            raise OAuthError("unsupported_grant_type", f"grant_type is not {GRANT}")
        machine = self.sign_in(request, asked)
        try:
            token = oauth.mint(machine, " ".join(asked.get("scope", "").split()))
        except oauth.InvalidScopeError as error:
            message = "scope names a permission that the client does not have"
            raise OAuthError("invalid_scope", message) from error
        machines.note_use(machine, clock.now(), current_address())
        witnessing.client_signed_in(machine.account)
        return Response(token, headers=NO_STORE)


class RevocationView(ClientView):
    """The end of an access token of a service account, which asks for it itself (RFC 7009)."""

    operations = {
        "POST": Operation(
            "revoke_client_token",
            "Revoke an access token of a service account",
            {200: Answer("It speaks no more, or never did.")},
            "OAuth 2.0 token revocation, as a form or as JSON. The service account signs in as it "
            "does for a token. API keys are revoked in the admin.",
            body={JSON: REVOCATION_BODY, FORM: REVOCATION_BODY},
            refusals=frozenset({401}),
        )
    }

    def post(self, request: Request) -> Response:
        asked = read(request, REVOCATION)
        if "token" not in asked:
            raise OAuthError("invalid_request", "token is missing")
        machine = self.sign_in(request, asked)
        if asked["token"].startswith(KEY_PREFIX):
            raise OAuthError("unsupported_token_type", "API keys are revoked in the admin")
        oauth.revoke(machine, asked["token"])
        return Response(headers=NO_STORE)
