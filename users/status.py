"""The status rule: one table of meaning, read by SQL and by Python alike.

Which words a person shows in which vocabulary, and who may sign in. Nothing of it is stored: it is
computed from the row and from one instant, so lists, files and dashboards agree.
"""

from datetime import datetime
from typing import Protocol

from django.db.models import Case, CharField, IntegerField, Q, TextChoices, Value, When
from django.utils.translation import gettext_lazy as _


class Status(TextChoices):
    ACTIVE = "active", _("Active")
    ONBOARDING = "onboarding", _("Onboarding")
    INACTIVE = "inactive", _("Inactive")
    SUSPENDED = "suspended", _("Suspended")
    RISKY = "risky", _("Risky")


class ExportStatus(TextChoices):
    """The words of the export family, in the order in which they sort."""

    ENABLED = "enabled", _("Enabled")
    SUSPENDED = "suspended", _("Suspended")
    DELETED = "deleted", _("Deleted")


class AccountState(TextChoices):
    """The words of the download family; the star says that an access schedule decides."""

    ENABLED = "Enabled", _("Enabled")
    DISABLED = "Disabled", _("Disabled")
    ENABLED_SCHEDULED = "Enabled*", _("Enabled by schedule")
    DISABLED_SCHEDULED = "Disabled*", _("Disabled by schedule")


class HasStatus(Protocol):
    """What the rule reads of a person."""

    status: str
    deleted_at: datetime | None
    access_starts_at: datetime | None
    access_ends_at: datetime | None
    email_verified: bool
    password: str

    def has_usable_password(self) -> bool: ...


# A status that disables a person wins over any schedule.
DISABLING = (Status.SUSPENDED, Status.INACTIVE)

ALIVE = Q(deleted_at__isnull=True)
OPEN = ALIVE & ~Q(status__in=DISABLING)
UNSCHEDULED = Q(access_starts_at__isnull=True, access_ends_at__isnull=True)


# -- export's words


EXPORT_STATUSES: dict[str, Q] = {
    ExportStatus.ENABLED: ALIVE & ~Q(status=Status.SUSPENDED),
    ExportStatus.SUSPENDED: ALIVE & Q(status=Status.SUSPENDED),
    ExportStatus.DELETED: Q(deleted_at__isnull=False),
}


def export_status(person: HasStatus) -> ExportStatus:
    """Return the export family's word for a person."""
    if person.deleted_at is not None:
        return ExportStatus.DELETED
    if person.status == Status.SUSPENDED:
        return ExportStatus.SUSPENDED
    return ExportStatus.ENABLED


def export_status_sql() -> Case:
    """Return the export family's word as an expression."""
    return _words(EXPORT_STATUSES)


def export_status_rank_sql() -> Case:
    """Return the place of the export family's word among its words, from 0, as an expression."""
    return Case(
        *(
            When(condition, then=Value(rank))
            for rank, condition in enumerate(EXPORT_STATUSES.values())
        ),
        output_field=IntegerField(),
    )


# -- download's words


def account_states(at: datetime) -> dict[str, Q]:
    """Return the condition of each account state at an instant; the four are disjoint."""
    started = Q(access_starts_at__isnull=True) | Q(access_starts_at__lte=at)
    not_ended = Q(access_ends_at__isnull=True) | Q(access_ends_at__gt=at)
    return {
        AccountState.ENABLED: OPEN & UNSCHEDULED,
        AccountState.DISABLED: ALIVE & Q(status__in=DISABLING),
        AccountState.ENABLED_SCHEDULED: OPEN & ~UNSCHEDULED & started & not_ended,
        AccountState.DISABLED_SCHEDULED: OPEN
        & (Q(access_starts_at__gt=at) | Q(access_ends_at__lte=at)),
    }


def account_state(person: HasStatus, at: datetime) -> AccountState | None:
    """Return a person's account state at an instant; None for a deleted one, who is not shown."""
    if person.deleted_at is not None:
        return None
    if person.status in DISABLING:
        return AccountState.DISABLED
    if person.access_starts_at is None and person.access_ends_at is None:
        return AccountState.ENABLED
    if within_schedule(person, at):
        return AccountState.ENABLED_SCHEDULED
    return AccountState.DISABLED_SCHEDULED


def account_state_sql(at: datetime) -> Case:
    """Return the account state at an instant as an expression."""
    return _words(account_states(at))


def within_schedule(person: HasStatus, at: datetime) -> bool:
    """Return whether the access schedule is in force; an absent bound does not bind."""
    started = person.access_starts_at is None or person.access_starts_at <= at
    ended = person.access_ends_at is not None and person.access_ends_at <= at
    return started and not ended


# -- words read back

_ABLE = (Status.ACTIVE, Status.ONBOARDING, Status.RISKY)
# What a schedule says is not the status's business: its bounds are told beside it.
MEANT: dict[str, tuple[Status, ...]] = {
    **{status.value: (status,) for status in Status},
    "enabled": _ABLE,
    "enabled*": _ABLE,
    "disabled*": _ABLE,
    "disabled": (Status.INACTIVE, Status.SUSPENDED),
}
MEANT_BY_EXPORT = MEANT | {"enabled": (*_ABLE, Status.INACTIVE)}


# -- sign-in


def may_sign_in(person: HasStatus, at: datetime, mfa: bool) -> bool:
    """Return whether a person may sign in, or go on using a token, at an instant.

    mfa says whether a second factor vouches for the person: a risky one needs it. Onboarding ends
    with a verified e-mail address and a password.
    """
    if person.deleted_at is not None or not within_schedule(person, at):
        return False
    return {
        Status.ACTIVE: True,
        Status.RISKY: mfa,
        Status.ONBOARDING: person.email_verified and person.has_usable_password(),
    }.get(Status(person.status), False)


def _words(conditions: dict[str, Q]) -> Case:
    cases = [When(condition, then=Value(str(word))) for word, condition in conditions.items()]
    return Case(*cases, default=Value(None), output_field=CharField(null=True))
