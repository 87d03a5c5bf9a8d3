"""Failed sign-ins by account and network, and how long they keep a network from an account."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any, Self

from django.conf import settings
from django.db import models, transaction
from django.db.models import Sum
from django.utils.translation import gettext_lazy as _

# So many wrong in a row lock for so long, the most first; a policy says which.
Tiers = Iterable[tuple[int, timedelta]]
# A row that nothing was added to for so long counts from the beginning.
FORGOTTEN_AFTER = timedelta(hours=24)
# So many wrong from wherever in so short a time keep networks out that the account does not know.
MOST_FROM_ANYWHERE, WINDOW = 20, timedelta(minutes=15)
KNOWN_FOR = timedelta(days=30)


class SignInTriesQuerySet(models.QuerySet):
    """Tries in domain words."""

    def of(self, account: str) -> Self:
        """Return the tries for an account, from wherever."""
        return self.filter(account=account)

    def of_any(self, accounts: Iterable[str]) -> Self:
        """Return the tries for any of these accounts, from wherever."""
        return self.filter(account__in=list(accounts))

    def counted(self, accounts: Iterable[str]) -> set[str]:
        """Return those of the accounts for which any failure is remembered."""
        there = self.filter(account__in=list(accounts), failures__gt=0)
        return set(there.values_list("account", flat=True))

    def locked(self, at: datetime) -> Self:
        """Return those that keep their network out at an instant."""
        return self.filter(locked_until__gt=at)

    def keeps_out(self, account: str, network: str, at: datetime) -> bool:
        """Return whether a try from a network is refused, whatever it brings."""
        there: Any = self.of(account).filter(network=network).first()
        if there and there.locked_until and there.locked_until > at:
            return True
        if there and there.succeeded_at and there.succeeded_at > at - KNOWN_FOR:
            return False
        recent = self.of(account).filter(failed_at__gt=at - WINDOW)
        return (recent.aggregate(all=Sum("failures"))["all"] or 0) >= MOST_FROM_ANYWHERE

    @transaction.atomic
    def failed(
        self, account: str, network: str, at: datetime, tiers: Tiers, person: Any = None
    ) -> "SignInTries":
        """Count a failure and return what there is now; of two at once each counts."""
        self.filter(failed_at__lt=at - KNOWN_FOR, succeeded_at__isnull=True).delete()
        self.get_or_create(account=account, network=network, defaults={"failed_at": at})
        tries: Any = self.select_for_update().get(account=account, network=network)
        tries.fail(at, tiers)
        tries.person = person
        tries.save()
        return tries  # type: ignore[no-any-return]

    def succeeded(self, account: str, network: str, at: datetime) -> None:
        """Forget the failures of a network, which the account knows from now on."""
        fresh = {"failures": 0, "locked_until": None, "succeeded_at": at, "failed_at": at}
        self.update_or_create(account=account, network=network, defaults=fresh)

    def forget(self) -> int:
        """Unlock: let these count from the beginning; return how many were locked or counted."""
        return self.filter(failures__gt=0).update(failures=0, locked_until=None)


class SignInTries(models.Model):
    """What became of the tries of one network for one account, which may be nobody's."""

    # Keyed hashes: names that strangers try may be other people's, or passwords.
    account = models.CharField(max_length=64)
    network = models.CharField(max_length=50)
    # Whose account it is, where it is somebody's: found again by that.
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, null=True, related_name="+", db_index=False
    )
    failures = models.PositiveIntegerField(default=0)
    failed_at = models.DateTimeField(db_index=True)
    locked_until = models.DateTimeField(null=True)
    succeeded_at = models.DateTimeField(null=True)

    is_new_lock = False  # whether the last failure locked

    objects = SignInTriesQuerySet.as_manager()

    class Meta:
        default_permissions = ()
        verbose_name_plural = _("sign-in tries")
        constraints = [
            models.UniqueConstraint(fields=["account", "network"], name="sign_in_tries_unique")
        ]
        indexes = [
            models.Index(fields=["locked_until", "person"], name="sign_in_tries_locked"),
            models.Index(fields=["person"], name="sign_in_tries_person"),
        ]

    def __str__(self) -> str:
        return f"{self.failures} failures from {self.network}"

    def fail(self, at: datetime, tiers: Tiers) -> None:
        """Count one failure more, and lock when there are enough."""
        if self.failed_at < at - FORGOTTEN_AFTER:
            self.failures = 0
        self.failures, self.failed_at = self.failures + 1, at
        for least, duration in tiers:
            if self.failures >= least:
                self.is_new_lock = self.failures == least
                self.locked_until = at + duration
                return
