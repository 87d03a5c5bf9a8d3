"""A bulk request that was read: who may make it, and what comes of it."""

from collections.abc import Mapping
from typing import Any

from django.core.exceptions import PermissionDenied

from ...bulk_runs import carry_out, rehearse
from ...columns import METADATA
from ...models import User
from .actions import PERMISSIONS, action_of
from .filters import ids_meant
from .serializers import preview, report, word_of


def may_act(actor: User) -> bool:
    """Return whether there is an action at all that the actor may do."""
    return any(actor.has_perms(permissions) for permissions in PERMISSIONS.values())


def check_may_act(actor: User, body: Any) -> None:
    """Raise PermissionDenied unless the actor may do what a body asks for, read or not."""
    word = word_of(body.get("action") if isinstance(body, dict) else None)
    if not may_act(actor) or not actor.has_perms(PERMISSIONS.get(word, ())):
        raise PermissionDenied


def run(actor: User, body: Mapping[str, Any]) -> dict[str, Any]:
    """Do what a body asks for, or tell what would come of it; return what is shown of that."""
    action = action_of(actor, body)
    ids = ids_meant(actor, body)
    if body["dry_run"]:
        return preview(actor, ids, rehearse(actor, action, ids), actor.has_perm(METADATA))
    return report(carry_out(actor, action, ids))
