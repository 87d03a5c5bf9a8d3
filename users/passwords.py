"""What a policy asks of a password, and which words are none; Django's validators do the rest."""

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.auth.password_validation import UserAttributeSimilarityValidator
from django.core.exceptions import ValidationError
from django.utils.translation import gettext

from .models import Organization, PasswordBefore, Policy
from .models.policy import EffectivePolicy
from .text import fold

# Of this product, and what its kind is called everywhere. docs/security.md lists them.
WORDS = (
    *("usersvc", "user", "users", "directory", "account", "admin", "administrator", "super"),
    *("backoffice", "support", "reader", "staff"),
    *("password", "passwort", "passwd", "secret", "login", "welcome", "changeme"),
)
LEAST_WORD = 3  # letters: shorter ones are in too many others
CALLED = ("username", "email", "name", "given_name", "family_name", "nickname", "phone")


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


class ContextValidator:
    """Refuses words of the place, whatever digits and signs stand around them."""

    def validate(self, password: str, user: Any = None) -> None:
        """Raise ValidationError where nothing is left once such words are taken out."""
        letters = rest = "".join(filter(str.isalpha, fold(password)))
        for word in sorted(set(context_words(user)), key=len, reverse=True):
            rest = rest.replace(word, "")
        if letters and not rest:
            raise ValidationError(
                gettext(
                    "This password is made of words that anybody here would try, such as the name "
                    "of the organization or of this service: choose another one."
                ),
                code="password_of_the_place",
            )

    def get_help_text(self) -> str:
        """Return what a form says."""
        return gettext(
            "Your password can’t be made of words such as the name of your organization or of this "
            "service."
        )


class LikenessValidator(UserAttributeSimilarityValidator):
    """Refuses what is too like whatever the person is called."""

    def __init__(self) -> None:
        super().__init__(user_attributes=CALLED)


def context_words(user: Any = None) -> Iterator[str]:
    """Yield the words, folded, that no password of the person may be made of."""
    yield from WORDS
    host = urlsplit(settings.BASE_URL).hostname or ""
    for text in [host, *_organizations_of(user)]:
        words = re.findall(r"[^\W\d_]+", fold(text))
        yield from (word for word in words if len(word) >= LEAST_WORD)


def _organizations_of(user: Any) -> list[str]:
    organization_id = getattr(user, "organization_id", None)
    if organization_id is None:
        return []
    above = Organization.objects.ancestors(organization_id, include_self=True)
    return list(above.values_list("name", flat=True))


def _policy_of(user: Any) -> EffectivePolicy:
    return Policy.objects.effective(getattr(user, "organization_id", None))
