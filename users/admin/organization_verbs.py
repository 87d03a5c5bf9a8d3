"""The verbs of an organization: what each does, to whom, what refuses it, and how it is told."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from .. import cascades, rules
from ..models import Organization, User
from ..models.organization import OrganizationState
from ..querysets import UserQuerySet


@dataclass(frozen=True)
class Verb:
    """One verb: where it applies, whom it takes along, and the words around it."""

    name: str
    title: Any
    icon: str
    done: str
    means: Any
    from_states: tuple[OrganizationState, ...]
    needs: str
    do: Callable[[Organization], int]
    people: Callable[[Organization], UserQuerySet]
    refusal: Callable[[User, Organization], str | None]
    is_grave: bool = False


SUSPEND = Verb(
    "suspend",
    _("Suspend"),
    "pause",
    "suspended",
    _("They are signed out and cannot sign in until the organization is reactivated."),
    (OrganizationState.ACTIVE,),
    "users.manage_user",
    cascades.suspend_organization,
    cascades.people_to_suspend,
    rules.refusal_to_suspend_organization,
    is_grave=True,
)
REACTIVATE = Verb(
    "reactivate",
    _("Reactivate"),
    "play",
    "reactivated",
    _("Those whom the suspension took along come back; who was suspended singly stays so."),
    (OrganizationState.SUSPENDED,),
    "users.manage_user",
    cascades.reactivate_organization,
    cascades.people_to_reactivate,
    rules.refusal_to_reactivate_organization,
)
DELETE = Verb(
    "delete",
    _("Delete"),
    "trash-2",
    "deleted",
    _("They are signed out and leave every list. All of it can be restored."),
    (OrganizationState.ACTIVE, OrganizationState.SUSPENDED),
    "users.delete_user",
    cascades.delete_organization,
    cascades.people_to_delete,
    rules.refusal_to_delete_organization,
    is_grave=True,
)
RESTORE = Verb(
    "restore",
    _("Restore"),
    "undo-2",
    "restored",
    _("Those whom the deletion took along come back as they were."),
    (OrganizationState.DELETED,),
    "users.delete_user",
    cascades.restore_organization,
    cascades.people_to_restore,
    rules.refusal_to_restore_organization,
)
VERBS = {verb.name: verb for verb in (SUSPEND, REACTIVATE, DELETE, RESTORE)}


def permissions(actor: Any) -> dict[str, bool]:
    """Return what the actor may do to organizations at all."""
    manages = bool(actor.has_perm("users.manage_organization"))
    needed = {verb.name: verb.needs for verb in VERBS.values()}
    may = {name: manages and bool(actor.has_perm(need)) for name, need in needed.items()}
    return may | {"manage": manages}


def of(organization: Organization, may: Mapping[str, bool]) -> list[Verb]:
    """Return the verbs that apply to an organization as it is, of those that one may do."""
    state = organization.state
    return [verb for verb in VERBS.values() if state in verb.from_states and may[verb.name]]


@transaction.atomic
def apply(verb: Verb, actor: User, organization: Organization) -> tuple[int, str | None]:
    """Do it, unless the rules refuse; return how many people it took along, and the reason."""
    cascades.lock(organization)
    reason = verb.refusal(actor, organization)
    return (0, reason) if reason else (verb.do(organization), None)
