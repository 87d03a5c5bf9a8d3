"""Policies: what an organization asks of the sign-ins of its people, and of those below it."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass, fields
from datetime import timedelta
from typing import Any

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models

from .organization import Organization


class MfaRule(models.TextChoices):
    """Whether people need a second factor."""

    REQUIRED = "required", "Required"
    OPTIONAL = "optional", "Optional"


@dataclass(frozen=True)
class EffectivePolicy:
    """What holds for somebody, with what the product ships where no organization says anything.

    0 days or minutes: never, without limit.
    """

    mfa: str = MfaRule.OPTIONAL
    password_min_length: int = 8
    password_history: int = 0
    password_expiry_days: int = 0
    session_idle_minutes: int = 8 * 60
    session_hours: int = 24
    dormant_after_days: int = 0

    @property
    def password_lifetime(self) -> timedelta | None:
        """How long a new password is good; None for ever."""
        return timedelta(days=self.password_expiry_days) if self.password_expiry_days else None


SHIPPED = EffectivePolicy()
NAMES = tuple(field.name for field in fields(EffectivePolicy))
MOST_DAYS = 3650


def _number(least: int, most: int, words: str) -> Any:
    return models.PositiveIntegerField(
        null=True,
        blank=True,
        validators=[MinValueValidator(least), MaxValueValidator(most)],
        help_text=f"{words} Empty: as the organization above has it.",
    )


class PolicyManager(models.Manager["Policy"]):
    """Policies as they hold."""

    def effective(self, organization_id: Any) -> EffectivePolicy:
        """Return what holds in an organization; for None, and without policies, what is shipped."""
        if organization_id is None or not self.exists():
            return SHIPPED
        return merged(policy for _, policy in self.along(organization_id))

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
        help_text="Whether people need a second factor.",
    )
    password_min_length = _number(8, 128, "The least characters of a password.")
    password_history = _number(0, 10, "So many passwords before are not taken again.")
    password_expiry_days = _number(0, MOST_DAYS, "Days until a password expires; 0 for never.")
    session_idle_minutes = _number(
        0, 43_200, "Minutes without a click that end a session; 0: none."
    )
    session_hours = _number(0, 8_760, "Hours after which a session ends in any case; 0: none.")
    dormant_after_days = _number(
        0, MOST_DAYS, "Days without a sign-in after which people become inactive; 0 for never."
    )

    objects = PolicyManager()

    class Meta:
        default_permissions = ()
        verbose_name_plural = "policies"

    def __str__(self) -> str:
        return f"policy of {self.organization}"


def merged(policies: Iterable[Policy | None]) -> EffectivePolicy:
    """Return what holds where the nearest that says something decides, name by name."""
    values: dict[str, Any] = {}
    for policy in policies:
        if policy is not None:
            said = {name: getattr(policy, name) for name in NAMES}
            values = {name: value for name, value in said.items() if value is not None} | values
    return EffectivePolicy(**{**asdict(SHIPPED), **values})
