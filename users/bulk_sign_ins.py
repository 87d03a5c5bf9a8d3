"""Ending the sign-ins of many people at once, and taking their second factors away."""

from collections.abc import Sequence
from typing import Any

from allauth.mfa.models import Authenticator
from django.db.models import F
from django.utils.translation import gettext_noop

from . import bulk
from .bulk_actions import NOT_LIVING, READS, Action
from .models import User
from .rules import Stake

NO_FACTOR = gettext_noop("They have no second factor, or are deleted.")
ENDED = {"sign_ins": ["open", "ended"]}


class LogOut(Action):
    """Ends every session and token; not one's own, or what is left could not be done."""

    stake = Stake.STANDING

    def unsuited(self, people: Sequence[User]) -> dict[Any, str]:
        return {person.pk: NOT_LIVING for person in people if person.deleted_at is not None}

    def write(self, people: Sequence[User]) -> None:
        bulk.change(people, {"sign_in_version": F("sign_in_version") + 1})
        bulk.record(people, {person.pk: ENDED for person in people})


class ResetMfa(Action):
    """Takes the authenticators away; nobody does this to himself, as a stolen session could."""

    stake = Stake.STANDING
    reads = (*READS, "mfa_enabled")

    def unsuited(self, people: Sequence[User]) -> dict[Any, str]:
        return {
            person.pk: NO_FACTOR
            for person in people
            if person.deleted_at is not None or not person.mfa_enabled
        }

    def write(self, people: Sequence[User]) -> None:
        rows = Authenticator.objects.filter(user__in=[person.pk for person in people])
        # Not delete(), whose signals would write each person by itself.
        rows._raw_delete(rows.db)
        bulk.change(people, {"mfa_enabled": False, "sign_in_version": F("sign_in_version") + 1})
        bulk.record(people, {person.pk: ENDED for person in people})


LOG_OUT, RESET_MFA = LogOut(), ResetMfa()
