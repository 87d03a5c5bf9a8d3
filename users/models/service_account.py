"""Service accounts: programs that sign in by themselves, with no more rights than their owner."""

import hmac
import secrets
from collections.abc import Collection
from datetime import datetime
from hashlib import sha256
from ipaddress import IPv6Address, ip_address, ip_network
from typing import Any, Self

from django.contrib.auth.models import Permission
from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from usersvc import clock
from usersvc.ids import SHORT_ID_PATTERN, short_id

from .organization import Organization
from .used import Used, UsedQuerySet
from .user import User

CLIENT_ID_PATTERN = SHORT_ID_PATTERN.format(prefix="cli")
SECRET_PREFIX = "usvs_"  # noqa: S105  # nosec B105 # no secret: what scanners find secrets by
MOST_OF_ONE_OWNER = 100
MOST_NETWORKS = 50
# How keys (api_key.py) begin, and how many characters after that are kept in clear.
KEY_PREFIX, SHOWN = "usvk_", 8


def new_client_id() -> str:
    """Return an id of a service account."""
    return short_id("cli")


def new_secret() -> str:
    """Return a secret of 256 random bits."""
    return SECRET_PREFIX + secrets.token_urlsafe(32)


def digest(secret: str) -> str:
    """Return what is kept of a secret."""
    # A slow hash is for what people think of: nobody tries 2^256 secrets, however fast.
    return sha256(secret.encode()).hexdigest()


class AccountState(models.TextChoices):
    """What a service account is good for; only an active one speaks."""

    ACTIVE = "active", _("Active")
    REVOKED = "revoked", _("Revoked")
    EXPIRED = "expired", _("Expired")
    OWNERLESS = "ownerless", _("Its owner is gone")
    OWNER_KEPT_OUT = "owner_kept_out", _("Its owner may not sign in")
    OUT_OF_SIGHT = "out_of_sight", _("Its owner no longer sees its organization")


class ServiceAccountQuerySet(UsedQuerySet):
    """Service accounts in domain words."""

    def owned_by(self, people: Collection[User]) -> Self:
        """Return those of these people."""
        return self.filter(owner__in=people)

    def visible_to(self, actor: Any) -> Self:
        """Return those that a person may look after: its own, or all for who sees everybody."""
        return self if actor.sees_everybody else self.filter(owner=actor.pk)

    def known_as(self, client_id: Any) -> Self:
        """Return the account of this id, with all that decides whether it speaks."""
        whole = self.select_related("owner", "organization")
        return whole.filter(pk=client_id) if isinstance(client_id, str) else whole.none()

    def search(self, text: str) -> Self:
        """Return those with every word in the name, or as their id or the beginning of a key."""
        accounts = self
        for word in text.split():
            beginning = word.removeprefix(KEY_PREFIX)[:SHOWN]
            keyed = self.model._base_manager.filter(keys__prefix=beginning).values("pk")
            either = Q(name__icontains=word) | Q(pk=word) | Q(pk__in=keyed)
            accounts = accounts.filter(either)
        return accounts

    def newest_first(self) -> Self:
        """Return accounts in the order of every list."""
        return self.order_by("-created_at", "-pk")

    def counting_permissions(self) -> Self:
        """Return them with permission_count, for lists."""
        return self.annotate(permission_count=models.Count("permissions"))


class ServiceAccount(Used):
    """A program that acts in its owner's name: where both may, and within both's sight."""

    id = models.CharField(
        primary_key=True,
        max_length=20,
        default=new_client_id,
        editable=False,
        validators=[RegexValidator(CLIENT_ID_PATTERN)],
        verbose_name=_("client id"),
    )
    name = models.CharField(_("name"), max_length=100)
    description = models.CharField(_("description"), max_length=500, blank=True, default="")
    # Without an owner it is dead: nobody's rights are left that it could have.
    owner = models.ForeignKey(
        User, models.SET_NULL, null=True, editable=False, related_name="service_accounts"
    )
    permissions = models.ManyToManyField(
        Permission, blank=True, related_name="+", verbose_name=_("permissions")
    )
    # PROTECT: with none in its place the account would see more than before.
    organization = models.ForeignKey(
        Organization,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("organization"),
        help_text=_("It sees this organization and those below; empty: whatever its owner sees."),
    )
    networks = models.JSONField(_("networks"), default=list, blank=True)
    secret_hash = models.CharField(max_length=64, editable=False)
    secret_made_at = models.DateTimeField(default=clock.now, editable=False)
    expires_at = models.DateTimeField(_("expires"), null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, editable=False)
    version = models.PositiveIntegerField(default=0, editable=False)
    created_at = models.DateTimeField(default=clock.now, editable=False)
    updated_at = models.DateTimeField(default=clock.now, editable=False)

    objects: Any = ServiceAccountQuerySet.as_manager()

    class Meta:
        default_permissions = ()
        verbose_name = _("service account")
        verbose_name_plural = _("service accounts")
        constraints = [
            models.UniqueConstraint(
                models.functions.Lower("name"),
                name="service_account_name_unique",
                violation_error_message=_("Another service account has this name."),
            ),
            models.CheckConstraint(condition=~Q(name=""), name="service_account_name_given"),
        ]
        indexes = [models.Index(fields=["created_at", "id"], name="service_account_created")]

    def __str__(self) -> str:
        return self.name

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not self._state.adding:
            self.updated_at = clock.now()
            if kwargs.get("update_fields") is not None:
                kwargs["update_fields"] = {*kwargs["update_fields"], "updated_at"}
        super().save(*args, **kwargs)

    def clean(self) -> None:
        super().clean()
        self.name = " ".join(self.name.split())
        try:
            self.networks = read_networks(self.networks)
        except ValidationError as error:
            raise ValidationError({"networks": error}) from error

    def renew_secret(self) -> str:
        """Return a new secret; nothing is left of the one before, nor of its tokens.

        The account is not yet saved.
        """
        secret = new_secret()
        self.secret_hash, self.secret_made_at = digest(secret), clock.now()
        self.version += 1
        return secret

    def revoke(self) -> None:
        """End the account for good, with its keys and tokens."""
        self.revoked_at = self.revoked_at or clock.now()
        self.version += 1
        self.save()

    def holds(self, secret: str) -> bool:
        """Return whether the secret is the account's; how long that takes tells nothing."""
        return hmac.compare_digest(self.secret_hash, digest(secret))

    def admits(self, address: str | None) -> bool:
        """Return whether the account may be used from an address; None: not from anywhere."""
        if not self.networks:
            return True
        try:
            found = ip_address(address or "")
        except ValueError:
            return False
        if isinstance(found, IPv6Address) and found.ipv4_mapped:
            found = found.ipv4_mapped
        return any(found in ip_network(network) for network in self.networks)

    def state(self, at: datetime, in_sight: bool | None = None) -> AccountState:
        """Return what the account is good for at an instant; in_sight saves asking for each."""
        if self.revoked_at is not None:
            return AccountState.REVOKED
        if self.expires_at is not None and self.expires_at <= at:
            return AccountState.EXPIRED
        if self.owner is None:
            return AccountState.OWNERLESS
        if not self.owner.is_active:
            return AccountState.OWNER_KEPT_OUT
        if in_sight is None:
            in_sight = sees_below(self.owner, self.organization_id)
        return AccountState.ACTIVE if in_sight else AccountState.OUT_OF_SIGHT

    def speaks(self, at: datetime) -> bool:
        """Return whether the account may act at an instant."""
        return self.state(at) == AccountState.ACTIVE

    def permission_names(self) -> set[str]:
        """Return the permissions that were given to the account, such as users.view_user."""
        given = self.permissions.filter(content_type__app_label="users")
        return {f"users.{codename}" for codename in given.values_list("codename", flat=True)}


def sees_below(owner: Any, organization_id: Any) -> bool:
    """Return whether all below an organization is in the owner's sight; None is its own sight."""
    if organization_id is None or owner.sees_everybody:
        return True
    if owner.organization_id is None:
        return False
    return organization_id in Organization.objects.ids_below(owner.organization_id)


def states(accounts: Collection[ServiceAccount], at: datetime) -> dict[str, AccountState]:
    """Return what accounts are good for, by their ids; one question for each place of an owner."""
    narrowed = [account for account in accounts if account.organization_id and account.owner]
    own = {account.owner.organization_id for account in narrowed} - {None}  # type: ignore[union-attr]
    below = {pk: set(Organization.objects.ids_below(pk)) for pk in own}
    return {account.pk: account.state(at, _is_in_sight(account, below)) for account in accounts}


def _is_in_sight(account: ServiceAccount, below: dict[Any, set[Any]]) -> bool:
    owner: Any = account.owner
    if account.organization_id is None or owner is None or owner.sees_everybody:
        return True
    return account.organization_id in below.get(owner.organization_id, ())


def read_networks(lines: Any) -> list[str]:
    """Return addresses and networks, written shortest; ValidationError names bad lines."""
    if not isinstance(lines, list) or not all(isinstance(line, str) for line in lines):
        raise ValidationError(gettext("Give addresses and networks, one a line."))
    if len(lines) > MOST_NETWORKS:
        most = gettext("Give at most %(most)s addresses and networks.")
        raise ValidationError(most % {"most": MOST_NETWORKS})
    found, faults = [], []
    for number, given in enumerate(lines, start=1):
        line = given.strip()
        if not line:
            continue
        try:
            network = ip_network(line)
        except ValueError:
            faults.append(ValidationError(_fault(number, line)))
            continue
        whole = network.num_addresses == 1
        found.append(str(network.network_address if whole else network))
    if faults:
        raise ValidationError(faults)
    return list(dict.fromkeys(found))


def _fault(number: int, line: str) -> str:
    words = {"number": number, "line": line[:60]}
    try:
        words["network"] = str(ip_network(line, strict=False))
    except ValueError:
        return (
            gettext(
                "Line %(number)s: “%(line)s” is no address or network, such as 192.0.2.7 or "
                "2001:db8::/32."
            )
            % words
        )
    return (
        gettext("Line %(number)s: “%(line)s” is an address within %(network)s: write either.")
        % words
    )
