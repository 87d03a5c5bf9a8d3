"""Rights that are cut while a file is on its way: whoever asked for it gets no more of it."""

from collections.abc import Callable, Collection
from importlib import import_module
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from rest_framework.request import Request

from .authentication import bearer
from .models import User
from .sign_in.sessions import person_of

NO_LONGER_SIGNED_IN = "cut off: its caller may no longer sign in, or was signed out"
NO_LONGER_PERMITTED = "cut off: its caller no longer has the permission"
SEES_OTHERS = "cut off: its caller sees other people now"


def withdrawn(request: HttpRequest | Request, permissions: Collection[str]) -> Callable[[], str]:
    """Return a function that tells why the caller may no longer have what it asked for, "" if not.

    It asks the database anew each time.
    """
    return _reason(caller_of(request), request.user, permissions)


def withdrawn_from(person: User, permissions: Collection[str]) -> Callable[[], str]:
    """Return the same for somebody who waits for a job, with no session or token."""

    def living() -> User | None:
        now: User | None = User.objects.filter(pk=person.pk).first()
        return now if now is not None and now.is_active else None

    return _reason(living, person, permissions)


def _reason(
    caller: Callable[[], User | None], before: Any, permissions: Collection[str]
) -> Callable[[], str]:
    sight = _sight(before)

    def reason() -> str:
        user = caller()
        if user is None:
            return NO_LONGER_SIGNED_IN
        if not user.has_perms(permissions):
            return NO_LONGER_PERMITTED
        return SEES_OTHERS if _sight(user) != sight else ""

    return reason


def caller_of(request: HttpRequest | Request) -> Callable[[], User | None]:
    """Return a function that admits the caller again: by the same token, or in the same session."""
    token = getattr(request, "auth", None)
    if token is not None:
        return lambda: bearer(token)
    key = request.session.session_key
    return lambda: _of_session(key)


def _of_session(key: str | None) -> User | None:
    return person_of(import_module(settings.SESSION_ENGINE).SessionStore(key))


def _sight(user: Any) -> tuple[Any, ...]:
    """Return what decides whom the person sees."""
    return user.is_superuser, None if user.is_superuser else user.organization_id
