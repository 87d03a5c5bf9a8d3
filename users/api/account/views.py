from typing import Any, cast

from django.contrib.auth import authenticate
from rest_framework.parsers import FormParser
from rest_framework.permissions import AllowAny, IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response

from usersvc.api.errors import Refusal
from usersvc.api.parsers import JSONParser
from usersvc.api.serializers import StrictSerializer
from usersvc.api.throttles import FailureThrottle
from usersvc.api.views import ApiView

from ... import tokens
from ...authentication import SECOND_FACTOR, second_factor_holds
from ...models import User
from .serializers import RefreshSerializer, SignInSerializer, profile


class PublicView(ApiView):
    """An endpoint for callers who have no token yet."""

    authentication_classes = ()
    permission_classes = (AllowAny,)
    parser_classes = (JSONParser, FormParser)
    serializer: type[StrictSerializer]

    def read(self, request: Request) -> dict[str, Any]:
        """Return the body, checked."""
        serializer = self.serializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        return dict(serializer.validated_data)


class TokenView(PublicView):
    """A pair of tokens for a username (or e-mail address) and a password."""

    serializer = SignInSerializer
    throttle_classes = (*PublicView.throttle_classes, FailureThrottle)

    def post(self, request: Request) -> Response:
        body = self.read(request)
        user = authenticate(request, username=body["username"], password=body["password"])
        if user is None:
            raise self._failure(request)
        methods = ["pwd"]
        if user.mfa_enabled:
            if "otp" not in body:
                raise Refusal(403, "mfa_required")
            if not second_factor_holds(user, body["otp"]):
                raise self._failure(request)
            methods.append(SECOND_FACTOR)
        return Response(tokens.mint(user, methods), headers={"Cache-Control": "no-store"})

    def _failure(self, request: Request) -> Refusal:
        FailureThrottle().record(request)
        return Refusal(401, "invalid credentials")


class TokenRefreshView(PublicView):
    """A new pair of tokens for a refresh token, which works once."""

    serializer = RefreshSerializer

    def post(self, request: Request) -> Response:
        pair = tokens.renew(self.read(request)["refresh"])
        return Response(pair, headers={"Cache-Control": "no-store"})


class TokenRevokeView(PublicView):
    """The end of a refresh token."""

    serializer = RefreshSerializer

    def post(self, request: Request) -> Response:
        tokens.revoke(self.read(request)["refresh"])
        return Response(status=204)


class MeView(ApiView):
    """Who the caller is, what it may do and whom it sees."""

    permission_classes = (IsAuthenticated,)

    def get(self, request: Request) -> Response:
        return Response(profile(cast(User, request.user)))
