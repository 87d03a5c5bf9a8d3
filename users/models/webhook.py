"""Webhooks: where programs of others are told of what happens, and whether they are there."""

import base64
import secrets as random_bytes
from datetime import datetime, timedelta
from typing import Any, Self

from django.apps import apps
from django.conf import settings
from django.db import models
from django.db.models import F, OuterRef, Q, Subquery
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

from usersvc import clock

from .. import secrets
from ..ids import new_uuid
from .memberships import UserRole
from .organization import Organization
from .user import User

PERMISSIONS = ("users.view_user", "users.manage_webhook")
MOST_OF_ONE, MOST_IN_ALL = 20, 200
SECRET_BYTES = 24
# How long receivers may go on with the secret before.
OVERLAP = timedelta(hours=24)
# A receiver that answers nothing well for so long is written to no more.
PATIENCE = timedelta(days=3)
LONGEST_REST = timedelta(minutes=15)


class WebhookState(models.TextChoices):
    """What a webhook is: told of events or not, and by whose will."""

    ACTIVE = "active", _("Active")
    FAILING = "failing", _("Failing")
    PAUSED = "paused", _("Paused")
    DISABLED = "disabled", _("Disabled")


class WebhookQuerySet(models.QuerySet["Webhook"]):
    """Webhooks, in domain words."""

    def visible_to(self, actor: Any) -> Self:
        """Return an actor's own, and those of whom it sees, who see no more than the actor does."""
        if actor.is_superuser:
            return self
        others = Q(owner__in=User.objects.visible_to(actor), owner__is_superuser=False)
        return self.filter(Q(owner=actor) | others)

    def with_last_delivery(self) -> Self:
        """Add how the latest notice to each went, and when it was written."""
        latest = apps.get_model("users.Delivery").objects.filter(webhook=OuterRef("pk"))
        newest = latest.newest_first()
        return self.annotate(
            last_state=Subquery(newest.values("state")[:1]),
            last_at=Subquery(newest.values("created_at")[:1]),
        )

    def of(self, person: Any) -> Self:
        """Return a person's own."""
        return self.filter(owner=person)

    def listening(self) -> Self:
        """Return those that are told of events, with their owners, who may have them."""
        allowed = UserRole.objects.filter(
            role__permissions__codename="manage_webhook",
            role__permissions__content_type__app_label="users",
        )
        may = Q(owner__in=allowed.values("user")) | Q(owner__is_superuser=True)
        living = self.filter(may, is_active=True, owner__deleted_at__isnull=True)
        return living.select_related("owner").order_by("pk")

    def waited_for(self, at: datetime) -> Self:
        """Return those that something is to be sent to now."""
        rested = Q(rests_until__isnull=True) | Q(rests_until__lte=at)
        owed = Q(deliveries__state="waiting", deliveries__next_try_at__lte=at)
        return self.filter(rested, owed, is_active=True).order_by("pk").distinct()

    def with_letter_due(self) -> Self:
        """Return those whose owners are to be told that they were disabled."""
        return self.filter(letter_due=True).select_related("owner")


class Webhook(models.Model):
    """An address that is told of events, as far as its owner sees those whom they are about."""

    id = models.UUIDField(primary_key=True, default=new_uuid, editable=False)
    name = models.CharField(_("name"), max_length=60)
    url = models.CharField(_("address"), max_length=500)
    events = models.JSONField(_("events"), default=list)
    organization = models.ForeignKey(
        Organization,
        models.CASCADE,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("organization"),
        help_text=_("Only of its people, and of those below; none for all whom you see."),
    )
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="+", verbose_name=_("owner")
    )
    is_active = models.BooleanField(_("active"), default=True)
    created_at = models.DateTimeField(_("created at"), default=clock.now, editable=False)
    # Encrypted, by "current" and "previous"; users.secrets knows the place.
    secrets = models.JSONField(default=dict, editable=False)
    previous_until = models.DateTimeField(null=True, editable=False)

    misses = models.PositiveIntegerField(default=0, editable=False)
    failing_since = models.DateTimeField(null=True, editable=False)
    rests_until = models.DateTimeField(null=True, editable=False)
    disabled_at = models.DateTimeField(null=True, editable=False)
    disabled_why = models.CharField(max_length=200, blank=True, default="", editable=False)
    letter_due = models.BooleanField(default=False, editable=False)

    objects: Any = WebhookQuerySet.as_manager()

    class Meta:
        default_permissions = ("view", "manage")
        verbose_name, verbose_name_plural = _("webhook"), _("webhooks")
        constraints = [
            models.UniqueConstraint(fields=["owner", "name"], name="webhook_name_unique")
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def state(self) -> WebhookState:
        """The one word for what the webhook is."""
        if self.is_active:
            return WebhookState.FAILING if self.failing_since else WebhookState.ACTIVE
        return WebhookState.DISABLED if self.disabled_at else WebhookState.PAUSED

    # -- the secret

    def renew_secret(self, at: datetime) -> str:
        """Take a new secret, which is returned; the one before is good for a while. Not saved."""
        text = base64.b64encode(random_bytes.token_bytes(SECRET_BYTES)).decode()
        kept = {"current": secrets.encrypt(text)}
        if "current" in self.secrets:
            kept["previous"] = self.secrets["current"]
            self.previous_until = at + OVERLAP
        self.secrets = kept
        return f"whsec_{text}"

    def keys(self, at: datetime) -> list[bytes]:
        """Return what a notice is signed with: the secret, and the one before while it is good."""
        names = ["current"]
        if self.previous_until and at < self.previous_until:
            names.append("previous")
        kept = [self.secrets[name] for name in names if name in self.secrets]
        return [base64.b64decode(secrets.decrypt(text)) for text in kept]

    # -- what becomes of it

    def switch_on(self) -> None:
        """Tell it of events again, at once."""
        self._change(
            is_active=True,
            disabled_at=None,
            disabled_why="",
            letter_due=False,
            failing_since=None,
            rests_until=None,
            misses=0,
        )

    def switch_off(self) -> None:
        """Tell it of nothing until it is switched on again; what waits goes on waiting."""
        self._change(is_active=False)

    def disable(self, why: str, at: datetime) -> None:
        """Switch it off for a reason, which its owner is told by mail."""
        self._change(is_active=False, disabled_at=at, disabled_why=why, letter_due=True)

    def wake(self) -> None:
        """Let what is due be sent now, however often it failed before."""
        self._change(rests_until=None)

    def succeed(self) -> None:
        """Note that its receiver is there."""
        if self.failing_since or self.misses:
            self._change(misses=0, failing_since=None, rests_until=None)

    def stumble(self, rest: timedelta, at: datetime) -> None:
        """Note that its receiver failed, and leave it in peace for a while."""
        self._change(
            misses=F("misses") + 1,
            failing_since=self.failing_since or at,
            rests_until=at + min(rest, LONGEST_REST),
        )

    def is_given_up(self, at: datetime) -> bool:
        """Return whether its receiver has failed for too long."""
        return self.failing_since is not None and self.failing_since < at - PATIENCE

    def take_letter(self) -> bool:
        """Return whether it is for the caller to write to the owner; for nobody else then."""
        due = Webhook.objects.filter(pk=self.pk, letter_due=True)
        return bool(due.update(letter_due=False))

    def leave_letter(self) -> None:
        """Let somebody write to the owner later: the mail could not be sent now."""
        self._change(letter_due=True)

    def _change(self, **values: Any) -> None:
        """Write the values by update(): what the sender learns is no event of the audit."""
        Webhook.objects.filter(pk=self.pk).update(**values)
        for name, value in values.items():
            if not isinstance(value, models.expressions.Combinable):
                setattr(self, name, value)


def refusal(owner: User) -> str:
    """Return why somebody's webhooks are told of nothing, "" if they are."""
    if owner.deleted_at is not None or not owner.is_active:
        return gettext_noop("Its owner may no longer sign in.")
    if not owner.has_perms(PERMISSIONS):
        return gettext_noop("Its owner may no longer have webhooks.")
    return ""
