"""Rights that are cut while a file is on its way: whoever asked for it gets no more of it."""

from collections.abc import Callable, Collection
from importlib import import_module
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils.translation import gettext_noop
from rest_framework.request import Request

from exports.jobs import JobFailedError
from exports.models import Job

from . import machines
from .authentication import bearer
from .models import User
from .sign_in.sessions import person_of

NO_LONGER_SIGNED_IN = gettext_noop("cut off: its caller may no longer sign in, or was signed out")
NO_LONGER_PERMITTED = gettext_noop("cut off: its caller no longer has the permission")
SEES_OTHERS = gettext_noop("cut off: its caller sees other people now")


def withdrawn(request: HttpRequest | Request, permissions: Collection[str]) -> Callable[[], str]:
    """Return a function that tells why the caller may no longer have what it asked for, "" if not.

    It asks the database anew each time.
    """
    return _reason(caller_of(request), request.user, permissions)


def withdrawn_from(person: User, permissions: Collection[str]) -> Callable[[], str]:
    """Return the same for somebody who waits for a job, with no session or token."""
    return _reason(lambda: _living(person), person, permissions)


def asker_of(job: Job) -> User:
    """Return who asked for a job: its owner, or a service account in the owner's name.

    JobFailedError once that account speaks no more.
    """
    if not job.client:
        person: User = User.all_objects.get(pk=job.owner_id)
        return person
    machine = machines.of_job(job.client, job.owner_id, job.scope)
    if machine is None:
        raise JobFailedError("withdrawn", NO_LONGER_SIGNED_IN)
    return machine


def _living(person: User) -> User | None:
    if person.client_id:
        return machines.of_job(person.client_id, person.pk, person.scope)
    now: User | None = User.objects.filter(pk=person.pk).first()
    return now if now is not None and now.is_active else None


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
        address = request.META.get("REMOTE_ADDR", "")
        return lambda: bearer(token, address)
    key = request.session.session_key
    return lambda: _of_session(key)


def _of_session(key: str | None) -> User | None:
    return person_of(import_module(settings.SESSION_ENGINE).SessionStore(key))


def _sight(user: Any) -> tuple[Any, ...]:
    """Return what decides whom the person sees."""
    return user.sees_everybody, None if user.sees_everybody else user.organization_id
