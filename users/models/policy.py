"""Policies: what an organization asks of the sign-ins of its people, and of those below it."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass, fields
from datetime import timedelta
from typing import Any

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from .organization import Organization


class MfaRule(models.TextChoices):
    """Whether people need a second factor."""

    REQUIRED = "required", _("Required")
    OPTIONAL = "optional", _("Optional")
    OFF = "off", _("Off: nobody sets one up; those there are go on being asked for")


@dataclass(frozen=True)
class EffectivePolicy:
    """What holds for somebody, with what the product ships where no organization says anything.

    0 days or minutes: never, without limit.
    """

    mfa: str = MfaRule.OPTIONAL
    password_min_length: int = 8
    password_history: int = 0
    password_expiry_days: int = 0
    password_notice_days: int = 7
    lockout_failures: int = 3
    lockout_minutes: int = 30
    long_lockout_failures: int = 5
    long_lockout_minutes: int = 24 * 60
    session_idle_minutes: int = 8 * 60
    session_hours: int = 24
    dormant_after_days: int = 0

    @property
    def password_lifetime(self) -> timedelta | None:
        """How long a new password is good; None for ever."""
        return timedelta(days=self.password_expiry_days) if self.password_expiry_days else None

    @property
    def lockouts(self) -> tuple[tuple[int, timedelta], ...]:
        """So many wrong sign-ins lock a network out for so long; the most first."""
        tiers = (
            (self.long_lockout_failures, timedelta(minutes=self.long_lockout_minutes)),
            (self.lockout_failures, timedelta(minutes=self.lockout_minutes)),
        )
        return tuple(sorted(tiers, reverse=True))


SHIPPED = EffectivePolicy()
NAMES = tuple(field.name for field in fields(EffectivePolicy))
MOST_DAYS = 3650
MOST_FAILURES, MOST_LOCK = 20, 30 * 24 * 60


def _number(least: int, most: int, words: Any) -> Any:
    return models.PositiveIntegerField(
        null=True,
        blank=True,
        validators=[MinValueValidator(least), MaxValueValidator(most)],
        help_text=format_lazy("{} {}", words, _("Empty: as the organization above has it.")),
    )


class PolicyManager(models.Manager["Policy"]):
    """Policies as they hold."""

    def effective(self, organization_id: Any) -> EffectivePolicy:
        """Return what holds in an organization; for None, and without policies, what is shipped."""
        if organization_id is None or not self.exists():
            return SHIPPED
        return merged(policy for _, policy in self.along(organization_id))

    def of_whoever(self, organization_id: Any) -> EffectivePolicy:
        """Return what holds in an organization; what is shipped, after the same work, for None."""
        if organization_id is not None:
            return self.effective(organization_id)
        if some := self.values_list("organization_id", flat=True).first():
            self.along(some)
        return SHIPPED

    def along(self, organization_id: Any) -> list[tuple[Any, "Policy | None"]]:
        """Return the organization and those above it, the nearest first, with their policies."""
        ancestors = Organization.objects.ancestors(organization_id, include_self=True)
        ids = list(ancestors.values_list("pk", flat=True))
        found = {policy.organization_id: policy for policy in self.filter(organization__in=ids)}
        return [(pk, found.get(pk)) for pk in reversed(ids)]

    def by_organization(self) -> dict[Any, EffectivePolicy]:
        """Return what holds in every organization, in two queries; for people of none, None's."""
        own = {policy.organization_id: policy for policy in self.all()}
        parents = dict(Organization.objects.values_list("pk", "parent_id"))

        def upwards(pk: Any) -> Iterable[Policy | None]:
            while pk is not None:
                yield own.get(pk)
                pk = parents[pk]

        return {None: SHIPPED} | {pk: merged(upwards(pk)) for pk in parents}

    def organizations_by(self, name: str) -> dict[int, list[Any]]:
        """Return the ids of the organizations by one of the numbers; those where it is 0 are left.

        None stands for belonging to none.
        """
        grouped: dict[int, list[Any]] = {}
        for pk, policy in self.by_organization().items():
            if number := getattr(policy, name):
                grouped.setdefault(number, []).append(pk)
        return grouped


class Policy(models.Model):
    """What one organization says; null where it says nothing, and the one above does."""

    organization = models.OneToOneField(
        Organization, models.CASCADE, related_name="policy", primary_key=True
    )
    mfa = models.CharField(
        max_length=10,
        choices=MfaRule,
        null=True,
        blank=True,
        help_text=_("Whether people need a second factor."),
    )
    password_min_length = _number(8, 128, _("The least characters of a password."))
    password_history = _number(0, 10, _("So many passwords before are not taken again."))
    password_expiry_days = _number(0, MOST_DAYS, _("Days until a password expires; 0 for never."))
    password_notice_days = _number(
        0, 90, _("Days before a password expires, at which a letter tells of it; 0 for none.")
    )
    lockout_failures = _number(
        1, MOST_FAILURES, _("Wrong sign-ins that lock their network out of the account.")
    )
    lockout_minutes = _number(1, MOST_LOCK, _("Minutes of that lock."))
    long_lockout_failures = _number(
        1, MOST_FAILURES, _("Wrong sign-ins that lock it out for longer.")
    )
    long_lockout_minutes = _number(1, MOST_LOCK, _("Minutes of that longer lock."))
    session_idle_minutes = _number(
        0, 43_200, _("Minutes without a click that end a session; 0: none.")
    )
    session_hours = _number(0, 8_760, _("Hours after which a session ends in any case; 0: none."))
    dormant_after_days = _number(
        0, MOST_DAYS, _("Days without a sign-in after which people become inactive; 0 for never.")
    )

    objects = PolicyManager()

    class Meta:
        default_permissions = ()
        verbose_name_plural = _("policies")

    def __str__(self) -> str:
        return f"policy of {self.organization}"


@dataclass(frozen=True)
class Decided:
    """What holds of one name, and the organization that says so; None for what is shipped."""

    value: Any
    organization_id: Any = None


def decided(along: Iterable[tuple[Any, Policy | None]]) -> dict[str, Decided]:
    """Return what holds, name by name, and who decides: the nearest that says something."""
    held: dict[str, Decided] = {}
    for organization_id, policy in along:
        for name in NAMES if policy is not None else ():
            if (value := getattr(policy, name)) is not None:
                held.setdefault(name, Decided(value, organization_id))
    return {name: held.get(name, Decided(value)) for name, value in asdict(SHIPPED).items()}


def merged(policies: Iterable[Policy | None]) -> EffectivePolicy:
    """Return what holds where the nearest that says something decides, name by name."""
    held = decided((None, policy) for policy in policies)
    return EffectivePolicy(**{name: each.value for name, each in held.items()})
