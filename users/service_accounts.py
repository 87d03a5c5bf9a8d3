"""What people do with service accounts: made, changed, given other secrets and keys, and ended.

Nobody gives an account what he does not hold, or a sight that he does not have. Each refusal_…
returns the reason as a sentence, or None when there is none.
"""

from collections.abc import Collection
from typing import Any

from django.contrib.auth.models import Permission
from django.db import transaction
from django.utils.translation import gettext_noop

from . import rules
from .models import ApiKey, ServiceAccount, User
from .models.api_key import MOST_OF_ONE_ACCOUNT
from .models.service_account import MOST_OF_ONE_OWNER, sees_below
from .permissions import all_permissions

PERMISSION = "users.act_as_service_account"
BEYOND = gettext_noop("This gives permissions that you do not hold.")
HOLDS_BEYOND = gettext_noop("It has permissions that you do not hold.")
OUT_OF_SIGHT = gettext_noop("You do not see all of this organization.")
TOO_MANY = gettext_noop("You have as many service accounts as one person may have.")
TOO_MANY_KEYS = gettext_noop("It has as many keys as one service account may have: revoke some.")
OVER = gettext_noop("It is revoked.")


def may_manage(actor: Any) -> bool:
    """Return whether somebody looks after service accounts at all; no machine does."""
    return not actor.client_id and bool(actor.has_perm(PERMISSION))


def refusal_to_make(actor: User) -> str | None:
    """Return why the actor may have no further account."""
    return TOO_MANY if _living(actor).count() >= MOST_OF_ONE_OWNER else None


def refusal_to_give(
    actor: User, account: ServiceAccount, permissions: Collection[Permission]
) -> str | None:
    """Return why the actor may not let the account have exactly these permissions."""
    before = set() if account._state.adding else _ids(account.permissions.all())
    added = _ids(permissions) - before
    return BEYOND if added - _ids(rules.grantable_permissions(actor)) else None


def offered_permissions(actor: User, account: ServiceAccount | None) -> Any:
    """Return what the actor may let an account have, and what it has already."""
    ids = _ids(rules.grantable_permissions(actor))
    ids |= _ids(account.permissions.all()) if account is not None else set()
    return all_permissions().filter(pk__in=ids).order_by("name")


def refusal_to_place(actor: User, organization_id: Any) -> str | None:
    """Return why the actor may not bound an account's sight by this organization."""
    return None if sees_below(actor, organization_id) else OUT_OF_SIGHT


def refusal_to_take_over(actor: User, account: ServiceAccount) -> str | None:
    """Return why the actor may not become the account's owner."""
    if account.revoked_at is not None:
        return OVER
    if _ids(account.permissions.all()) - _ids(rules.grantable_permissions(actor)):
        return HOLDS_BEYOND
    return refusal_to_place(actor, account.organization_id) or refusal_to_make(actor)


def refusal_to_make_key(account: ServiceAccount) -> str | None:
    """Return why the account may have no further key."""
    if account.revoked_at is not None:
        return OVER
    living = account.keys.filter(revoked_at=None).count()
    return TOO_MANY_KEYS if living >= MOST_OF_ONE_ACCOUNT else None


def rotate(account: ServiceAccount) -> str:
    """Return the account's new secret; the one before and its tokens are good no more at once.

    Its keys stay: each is a secret of its own.
    """
    secret = account.renew_secret()
    account.save()
    return secret


@transaction.atomic
def take_over(actor: User, account: ServiceAccount) -> str:
    """Let the actor own the account, and return its new secret.

    Whoever knew a secret or a key of it would otherwise act in the new owner's name.
    """
    for key in account.keys.filter(revoked_at=None):
        key.revoke()
    account.owner = actor
    return rotate(account)


@transaction.atomic
def revoke(account: ServiceAccount) -> None:
    """End the account and its keys for good."""
    for key in account.keys.filter(revoked_at=None):
        key.revoke()
    account.revoke()


def _living(actor: User) -> Any:
    return ServiceAccount.objects.filter(owner=actor, revoked_at=None)


def _ids(permissions: Any) -> set[Any]:
    return {permission.pk for permission in permissions}


def make_key(account: ServiceAccount, **values: Any) -> tuple[ApiKey, str]:
    """Return a new key of the account, and what it is in clear, which nobody can have again."""
    key = ApiKey(account=account, **values)
    text = key.make()
    key.save()
    return key, text
