"""allauth's headless flow, for programs with a sign-in page of their own.

It ends with the tokens of the API, which live as long as the session of the flow is not signed out.
"""

import json
from collections.abc import Callable
from typing import Any

from allauth.core import context
from allauth.headless.account import views as account
from allauth.headless.base import views as base
from allauth.headless.base.views import APIView, AuthenticatedAPIView
from allauth.headless.constants import Client
from allauth.headless.internal.restkit import inputs
from allauth.headless.mfa import views as mfa
from allauth.headless.tokens import views as refreshing
from allauth.headless.tokens.strategies.sessions import SessionTokenStrategy
from allauth.headless.usersessions import views as usersessions
from django.contrib.sessions.backends.base import SessionBase
from django.http import HttpRequest, HttpResponse, JsonResponse, UnreadablePostError
from django.urls import path

from usersvc.api.body import TOO_DEEP, is_shallow
from usersvc.api.errors import MESSAGES, Fault, Problem, Refusal, error_body

from .. import second_factor, tokens
from ..authentication import FAMILY
from .enrolment import must_enrol
from .forms import AddEmailForm, AuthenticateForm
from .sessions import is_over, person_of

PREFIX = "/_allauth/"
ROOT = f"{PREFIX}app/v1/"
STAYS_OPEN = ("auth/session", "auth/reauthenticate", "account/password/change")


class TokenStrategy(SessionTokenStrategy):
    """Gives the API's tokens to who has signed in; sessions end as those of browsers do."""

    def lookup_session(self, session_token: str) -> SessionBase | None:
        session: SessionBase | None = super().lookup_session(session_token)
        person = person_of(session) if session is not None else None
        if session is None or person is None:
            return session
        if is_over(session, person):
            session.flush()
            return None
        return None if person.has_expired_password and not _stays_open() else session

    def create_access_token_payload(self, request: HttpRequest) -> dict[str, Any] | None:
        """Return a pair of tokens; none to who has to choose a password or enrol before."""
        person: Any = request.user
        if person.has_expired_password or must_enrol(person):
            return None
        refresh = tokens.issue(
            person, second_factor.methods(request, person), request.headers.get("User-Agent")
        )
        request.session[FAMILY] = refresh[FAMILY]
        pair = tokens.pair(refresh)
        return {"access_token": pair.pop("access"), "refresh_token": pair.pop("refresh"), **pair}

    def refresh_token(self, refresh_token: str) -> tuple[str, str] | None:
        try:
            pair = tokens.renew(refresh_token)
        except Refusal:
            return None
        return pair["access"], pair["refresh"]


def _stays_open() -> bool:
    """Return whether the address is one that an expired password is still good for."""
    return context.request.path.removeprefix(ROOT) in STAYS_OPEN


class AuthenticateInput(AuthenticateForm, inputs.Input):
    """The code of a second factor; wrong ones count as on the page."""


class AuthenticateView(mfa.AuthenticateView):
    """allauth's, with our input."""

    input_class = AuthenticateInput


class AddEmailInput(AddEmailForm, inputs.Input):
    """Another address."""


class EmailView(AuthenticatedAPIView, account.ManageEmailView):
    """allauth's, for who has signed in: nobody is verified on the way."""

    input_class = account.ManageEmailView.input_class | {"POST": AddEmailInput}


class ShallowBodiesMiddleware:
    """Refuses JSON that nests too deeply, or does not come, before allauth reads it."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path.startswith(PREFIX) and (problem := _problem(request)):
            return JsonResponse(error_body(problem), status=problem.status)
        return self.get_response(request)


def _problem(request: HttpRequest) -> Problem | None:
    try:
        body = request.body
    except UnreadablePostError:
        return Problem(408, MESSAGES[408])
    return None if _is_shallow(body) else Problem(400, MESSAGES[400], (Fault("body", TOO_DEEP),))


def _is_shallow(body: bytes) -> bool:
    try:
        return is_shallow(json.loads(body))
    except RecursionError:
        return False
    except ValueError:  # no JSON: allauth says so, to who may ask at all
        return True


# Not here: signing up, telephones, and codes by mail, which this service does not have.
VIEWS: dict[str, type[APIView]] = {
    "config": base.ConfigView,
    "auth/session": account.SessionView,
    "auth/sessions": usersessions.SessionsView,
    "auth/login": account.LoginView,
    "auth/reauthenticate": account.ReauthenticateView,
    "auth/password/request": account.RequestPasswordResetView,
    "auth/password/reset": account.ResetPasswordView,
    "auth/2fa/authenticate": AuthenticateView,
    "auth/2fa/reauthenticate": mfa.ReauthenticateView,
    "auth/webauthn/authenticate": mfa.AuthenticateWebAuthnView,
    "auth/webauthn/reauthenticate": mfa.ReauthenticateWebAuthnView,
    "auth/webauthn/login": mfa.LoginWebAuthnView,
    "account/password/change": account.ChangePasswordView,
    "account/email": EmailView,
    "account/authenticators": mfa.AuthenticatorsView,
    "account/authenticators/totp": mfa.ManageTOTPView,
    "account/authenticators/recovery-codes": mfa.ManageRecoveryCodesView,
    "account/authenticators/webauthn": mfa.ManageWebAuthnView,
    "tokens/refresh": refreshing.RefreshTokenView,
}
urlpatterns = [
    path(f"app/v1/{address}", view.as_api_view(client=Client.APP), name=f"headless-{address}")
    for address, view in VIEWS.items()
]
