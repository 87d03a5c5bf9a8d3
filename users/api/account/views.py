from typing import Any, cast
from uuid import UUID

from django.contrib.auth import authenticate
from rest_framework.exceptions import NotFound
from rest_framework.parsers import FormParser
from rest_framework.permissions import AllowAny, IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response

from usersvc import clock
from usersvc.api.description import BEARER
from usersvc.api.errors import Refusal
from usersvc.api.operations import Answer, Operation, gone
from usersvc.api.parsers import JSONParser
from usersvc.api.serializers import StrictSerializer
from usersvc.api.throttles import FailureThrottle
from usersvc.api.views import ApiView

from ... import lockout, second_factor, tokens, witnessing
from ...authentication import may_use_tokens
from ...models import SignInStep, TokenFamily, User
from ...models.sign_in_step import LIFETIME as STEP_LIFETIME
from ...models.token_family import TokenFamilyQuerySet
from .serializers import (
    MeShape,
    RefreshSerializer,
    SecondStepSerializer,
    SessionShape,
    SignInSerializer,
    TokensShape,
    family_in_full,
    profile,
)

NO_STORE = {"Cache-Control": "no-store"}
PAIR = {200: Answer("A pair of tokens.", TokensShape)}
WRONG = frozenset({401})  # whoever asks without a token can be refused all the same


class PublicView(ApiView):
    """An endpoint for callers who have no token yet."""

    authentication_classes = ()
    permission_classes = (AllowAny,)
    parser_classes = (JSONParser, FormParser)
    serializer: type[StrictSerializer]
    tag = "tokens"

    def read(self, request: Request) -> dict[str, Any]:
        """Return the body, checked."""
        serializer = self.serializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        return dict(serializer.validated_data)


class SignInView(PublicView):
    """The base of the steps of a sign-in: failures are counted, successes are not."""

    throttle_classes = (*PublicView.throttle_classes, FailureThrottle)

    def mint(self, request: Request, person: User, methods: list[str]) -> Response:
        """Return a pair of tokens for somebody who has signed in."""
        lockout.record_success(request, person)
        witnessing.signed_in(person, methods)
        pair = tokens.mint(person, methods, request.headers.get("User-Agent", ""))
        return Response(pair, headers=NO_STORE)

    def failure(self, request: Request) -> Refusal:
        """Count a failure, and return the one answer to all of them."""
        FailureThrottle().record(request)
        return Refusal(401, "invalid credentials")

    def has_second_factor(self, request: Request, person: User, code: str) -> bool:
        """Return whether the code is right and its network not kept out; a wrong one counts."""
        if lockout.keeps_out(request, person.username):
            return False
        if second_factor.holds(person, code):
            return True
        lockout.record_failure(request, person.username)
        return False


class TokenView(SignInView):
    """A pair of tokens for a username (or e-mail address) and a password.

    Who has a second factor gives it here, as otp, or at the second step, to which step_token leads.
    """

    serializer = SignInSerializer
    operations = {
        "POST": Operation(
            "create_token",
            "Sign in for a pair of tokens",
            PAIR,
            "403 `mfa_required` brings the step_token of the second step.",
            body=SignInSerializer,
            refusals=WRONG | {403},
        )
    }

    def post(self, request: Request) -> Response:
        body = self.read(request)
        user = authenticate(request, username=body["username"], password=body["password"])
        if user is None:
            raise self.failure(request)
        tokens.require_standing(user)
        if not user.mfa_enabled:
            return self.mint(request, user, [second_factor.PASSWORD])
        if "otp" not in body:
            raise Refusal(403, "mfa_required", _next_step(user))
        if not self.has_second_factor(request, user, body["otp"]):
            raise self.failure(request)
        return self.mint(request, user, [second_factor.PASSWORD, second_factor.METHOD])


class SecondStepView(SignInView):
    """A pair of tokens for the token of the first step, which works once, and a code."""

    serializer = SecondStepSerializer
    operations = {
        "POST": Operation(
            "create_token_with_code",
            "Sign in with a second factor",
            PAIR,
            body=SecondStepSerializer,
            refusals=WRONG | {403},
        )
    }

    def post(self, request: Request) -> Response:
        body = self.read(request)
        step = SignInStep.objects.attempt(body["step_token"])
        if step is None or not may_use_tokens(step.person):
            raise self.failure(request)
        if not self.has_second_factor(request, step.person, body["code"]) or not step.use_up():
            raise self.failure(request)
        return self.mint(request, step.person, [second_factor.PASSWORD, second_factor.METHOD])


def _next_step(person: User) -> dict[str, Any]:
    seconds = int(STEP_LIFETIME.total_seconds())
    return {"step_token": SignInStep.objects.begin(person), "expires_in": seconds}


class TokenRefreshView(PublicView):
    """A new pair of tokens for a refresh token, which works once."""

    serializer = RefreshSerializer
    operations = {
        "POST": Operation(
            "refresh_token",
            "Renew a pair of tokens",
            PAIR,
            body=RefreshSerializer,
            refusals=WRONG | {403},
        )
    }

    def post(self, request: Request) -> Response:
        pair = tokens.renew(self.read(request)["refresh"])
        return Response(pair, headers=NO_STORE)


class TokenRevokeView(PublicView):
    """The end of a refresh token."""

    serializer = RefreshSerializer
    operations = {
        "POST": Operation(
            "revoke_token",
            "End a refresh token",
            gone("It is good no more, if it ever was."),
            body=RefreshSerializer,
        )
    }

    def post(self, request: Request) -> Response:
        tokens.revoke(self.read(request)["refresh"])
        return Response(status=204)


class IsPerson(IsAuthenticated):
    """Admits people: what is a person's own is none of its machines' business."""

    def has_permission(self, request: Request, view: Any) -> bool:
        return super().has_permission(request, view) and not cast(User, request.user).client_id


class MeView(ApiView):
    """Who the caller is, what it may do and whom it sees."""

    tag = "tokens"
    operations = {
        "GET": Operation(
            "get_me", "Get who you are and what you may do", {200: Answer("You.", MeShape)}
        )
    }
    permission_classes = (IsPerson,)
    security = (BEARER,)

    def get(self, request: Request) -> Response:
        return Response(profile(cast(User, request.user)))


class TokensView(ApiView):
    """The caller's own families of tokens that are good, the one used last first."""

    tag = "tokens"
    operations = {
        "GET": Operation(
            "list_sessions",
            "List your own tokens",
            {200: Answer("Yours, the one used last first.", [SessionShape])},
        )
    }
    permission_classes = (IsPerson,)
    security = (BEARER,)

    def get(self, request: Request) -> Response:
        return Response([family_in_full(family, request) for family in _own_families(request)])


class TokenFamilyView(ApiView):
    """One of them, to be ended."""

    tag = "tokens"
    operations = {
        "DELETE": Operation("end_session", "End tokens of yours", gone("They are good no more."))
    }
    permission_classes = (IsPerson,)
    security = (BEARER,)

    def delete(self, request: Request, pk: UUID) -> Response:
        if not tokens.end(_own_families(request).filter(pk=pk)):
            raise NotFound(f"no such tokens of yours: {pk}")
        return Response(status=204)


def _own_families(request: Request) -> TokenFamilyQuerySet:
    families: TokenFamilyQuerySet = TokenFamily.objects.of(cast(User, request.user))
    return families.living(clock.now())
