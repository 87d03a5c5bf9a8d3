"""How long a session lasts, and what one with an expired password is good for."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.contrib import auth
from django.contrib.auth.views import redirect_to_login
from django.contrib.sessions.backends.base import SessionBase
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from usersvc import clock

from ..models import Policy, User
from ..models.policy import EffectivePolicy

BEGAN, SEEN = "began_at", "seen_at"  # of the session, in seconds since 1970
LOOKED_AT = 60  # seconds: a session is not written at every click
STAYS_OPEN = ("account_change_password", "account_reauthenticate", "account_logout")


class SessionLengthMiddleware:
    """Ends sessions that idled or are too old; an expired password opens only its own change."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, *_: Any) -> HttpResponse | None:
        """Answer instead of the view where the session may not go on."""
        # Who asks with a token has no session: nobody is looked up for it.
        if settings.SESSION_COOKIE_NAME not in request.COOKIES:
            return None
        person: Any = request.user
        if not person.is_authenticated:
            return None
        if is_over(request.session, person):
            auth.logout(request)
            return redirect_to_login(request.get_full_path())
        if person.has_expired_password and not _stays_open(request):
            return redirect("account_change_password")
        return None


def address() -> str:
    """Return where an expired password is replaced."""
    return settings.BASE_URL + reverse("account_change_password")


def _stays_open(request: HttpRequest) -> bool:
    match = request.resolver_match
    return match is not None and match.url_name in STAYS_OPEN


def person_of(session: SessionBase) -> User | None:
    """Return who has signed in with a session, and still may."""
    request = HttpRequest()
    request.session = session
    person: Any = auth.get_user(request)
    return person if person.is_authenticated else None


def is_over(session: SessionBase, person: User) -> bool:
    """Return whether the session has to end; look at it and at the policy once a minute."""
    now = int(clock.now().timestamp())
    seen = session.get(SEEN)
    if seen is not None and now - seen < LOOKED_AT:
        return False
    began = session.setdefault(BEGAN, now)
    policy = Policy.objects.effective(person.organization_id)
    if seen is not None and (_idled(policy, now - seen) or _is_old(policy, now - began)):
        return True
    session[SEEN] = now
    return False


def _idled(policy: EffectivePolicy, seconds: int) -> bool:
    most = timedelta(minutes=policy.session_idle_minutes).total_seconds()
    return bool(most) and seconds > most


def _is_old(policy: EffectivePolicy, seconds: int) -> bool:
    most = timedelta(hours=policy.session_hours).total_seconds()
    return bool(most) and seconds > most
