"""Why somebody may sign in, or may not: each reason a sentence, the one that decides first."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.utils.timesince import timesince, timeuntil
from django.utils.translation import gettext as _

from . import lockout, status
from .models import User
from .status import Status


@dataclass(frozen=True)
class Explanation:
    """Whether a person may sign in at an instant, and everything that has to do with it."""

    may_sign_in: bool
    reasons: list[str]

    @property
    def sentence(self) -> str:
        """The reason that decides."""
        return self.reasons[0]


def explain(person: User, at: datetime, locks: Iterable[Any] | None = None) -> Explanation:
    """Return what keeps a person out at an instant, or that nothing does; then what else matters.

    locks saves asking for what keeps networks from the account.
    """
    against = list(_against(person, at)) or [_("Nothing keeps this person out.")]
    found = lockout.locks_of(person) if locks is None else locks
    locked = [_locked(lock) for lock in found if person.deleted_at is None]
    may = status.may_sign_in(person, at, mfa=person.mfa_enabled)
    return Explanation(may, [*against, *_beside(person, at), *locked])


def _against(person: User, at: datetime) -> Iterator[str]:
    """Yield what keeps the person out, by the rules of the status."""
    if person.deleted_at is not None:
        yield _deleted(person, at)
        return
    if person.status == Status.SUSPENDED:
        yield _suspended(person, at)
    elif person.status == Status.INACTIVE:
        yield _("Inactive: signing in is off until the status is changed.")
    yield from _out_of_schedule(person, at)
    if person.status == Status.ONBOARDING:
        yield from _onboarding(person)
    elif person.status == Status.RISKY and not person.mfa_enabled:
        yield _("Risky: only a second factor would let this person in, and there is none.")


def _deleted(person: User, at: datetime) -> str:
    ago = timesince(person.deleted_at or at, at)
    if person.deleted_with is not None:
        words = _("Deleted %(ago)s ago, together with %(organization)s.")
        return words % {"ago": ago, "organization": person.deleted_with}
    return _("Deleted %(ago)s ago; can be restored.") % {"ago": ago}


def _suspended(person: User, at: datetime) -> str:
    if person.suspended_at is None:
        return _("Suspended.")
    ago = timesince(person.suspended_at, at)
    if person.suspended_with is not None:
        words = _("Suspended %(ago)s ago, together with %(organization)s.")
        return words % {"ago": ago, "organization": person.suspended_with}
    return _("Suspended %(ago)s ago.") % {"ago": ago}


def _out_of_schedule(person: User, at: datetime) -> Iterator[str]:
    starts, ends = person.access_starts_at, person.access_ends_at
    if ends is not None and ends <= at:
        words = _("Access ended %(ago)s ago, on %(at)s.")
        yield words % {"ago": timesince(ends, at), "at": _at(ends)}
    elif starts is not None and starts > at:
        words = _("Access begins in %(wait)s, on %(at)s.")
        yield words % {"wait": timeuntil(starts, at), "at": _at(starts)}


def _onboarding(person: User) -> Iterator[str]:
    if not person.email_verified:
        yield _("Onboarding: the e-mail address is not verified yet.")
    if not person.has_usable_password():
        yield _("Onboarding: no password was chosen yet.")


def _beside(person: User, at: datetime) -> Iterator[str]:
    """Yield what keeps nobody out, and matters."""
    if person.deleted_at is not None:
        return
    if person.password_expires_at is not None and person.password_expires_at <= at:
        words = _("The password expired %(ago)s ago: it is good for choosing another one only.")
        yield words % {"ago": timesince(person.password_expires_at, at)}
    ends = person.access_ends_at
    if ends is not None and ends > at:
        yield _("Access ends in %(wait)s, on %(at)s.") % {
            "wait": timeuntil(ends, at),
            "at": _at(ends),
        }


def _locked(lock: Any) -> str:
    words = _("Wrong passwords have locked %(network)s out until %(at)s.")
    return words % {"network": lock.network, "at": _at(lock.locked_until)}


def _at(instant: datetime) -> str:
    return f"{instant.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
