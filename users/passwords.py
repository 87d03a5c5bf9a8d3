"""What a policy asks of a password; Django's own validators look at the rest."""

from typing import Any

from django.core.exceptions import ValidationError

from .models import PasswordBefore, Policy
from .models.policy import EffectivePolicy


class PolicyValidator:
    """Refuses what is too short for the person's organization, or was a password before."""

    def validate(self, password: str, user: Any = None) -> None:
        """Raise ValidationError, naming what the policy asks for."""
        policy = _policy_of(user)
        if len(password) < policy.password_min_length:
            raise ValidationError(
                f"This password is too short: it must have {policy.password_min_length} characters "
                "or more.",
                code="password_too_short",
            )
        last = policy.password_history
        if (
            last
            and user is not None
            and user.pk
            and PasswordBefore.objects.has(user, password, last)
        ):
            raise ValidationError(
                f"This password was one of the last {last}: choose another one.",
                code="password_used_before",
            )

    def get_help_text(self) -> str:
        """Return what a form says."""
        least = EffectivePolicy().password_min_length
        return (
            f"Your password must have {least} characters or more; your organization may ask more."
        )


def _policy_of(user: Any) -> EffectivePolicy:
    return Policy.objects.effective(getattr(user, "organization_id", None))
