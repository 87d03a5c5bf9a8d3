"""Where somebody who is signed in proves it again; the session gets another key thereby."""

from typing import Any

from allauth.account.views import ReauthenticateView
from allauth.mfa.base.views import ReauthenticateView as CodeView
from allauth.mfa.webauthn.views import ReauthenticateWebAuthnView
from allauth.usersessions.models import UserSession
from django.contrib.sessions.backends.base import SessionBase
from django.http import HttpRequest, HttpResponse


def renew(session: SessionBase) -> None:
    """Give a session another key; who knows the one before holds nothing."""
    before = session.session_key
    session.cycle_key()
    UserSession.objects.filter(session_key=before).update(session_key=session.session_key)


class Renewing:
    """A view whose form, once it is right, renews the session."""

    request: HttpRequest

    def form_valid(self, form: Any) -> HttpResponse:
        """Renew the session and go on."""
        renew(self.request.session)
        answer: HttpResponse = super().form_valid(form)  # type: ignore[misc]
        return answer


class PasswordAgain(Renewing, ReauthenticateView):
    """By the password."""


class CodeAgain(Renewing, CodeView):
    """By a code."""


class PasskeyAgain(Renewing, ReauthenticateWebAuthnView):
    """By a passkey."""
