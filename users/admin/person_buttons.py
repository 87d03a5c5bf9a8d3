"""What the page of a person offers to do with it, and why it does not."""

from dataclasses import dataclass
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext

from .. import invitations, rules
from ..models import Invitation, User
from ..rules import Stake
from ..status import Status
from .verbs import VERBS


@dataclass(frozen=True)
class Button:
    """Something to do, where that is asked for, and why it cannot be, if so."""

    label: str
    means: str
    address: str
    tone: str = ""
    refusal: str = ""


def buttons(actor: Any, person: User, is_locked: bool) -> list[Button]:
    """Return what the actor may ask for now; what the rules refuse comes with its reason."""
    names = [
        name for name in _fitting(person, is_locked) if actor.has_perms(VERBS[name].permissions)
    ]
    if not names:
        return []
    change = rules.refusal_to_change(actor, person)
    keep_out = rules.refusal_to_suspend(actor, person)
    own = rules.NOT_YOURSELF if actor.pk == person.pk else None
    refusals = {
        Stake.NOTHING: change,
        Stake.STANDING: own or change,
        Stake.RANK: own or change,
        Stake.ENTRY: keep_out,
    }
    return [_button(name, person, refusals[STAKES.get(name, Stake.NOTHING)]) for name in names]


# What each takes from a person; what is not here takes nothing that matters.
STAKES = {
    "suspend": Stake.ENTRY,
    "soft_delete": Stake.ENTRY,
    "set_schedule": Stake.ENTRY,
    "reset_mfa": Stake.STANDING,
    "logout": Stake.STANDING,
}


def _fitting(person: User, is_locked: bool) -> list[str]:
    """Return the verbs that change something about the person as it is."""
    if person.deleted_at is not None:
        return ["restore"]
    scheduled = person.access_starts_at or person.access_ends_at
    is_invited = bool(Invitation.objects.of([person]).ids_of_open())
    fitting = {
        "reactivate": person.status == Status.SUSPENDED,
        "invite": invitations.may_be_invited(person),
        "revoke_invitation": is_invited,
        "unlock": is_locked,
        "logout": True,
        "reset_mfa": person.mfa_enabled,
        "set_schedule": True,
        "clear_schedule": bool(scheduled),
        "suspend": person.status != Status.SUSPENDED,
        "soft_delete": True,
    }
    return [name for name, fits in fitting.items() if fits]


def _button(name: str, person: User, refusal: str | None) -> Button:
    verb = VERBS[name]
    return Button(
        label=str(verb.label),
        means=str(verb.means),
        address=reverse("admin:users_user_do", args=[person.pk, name]),
        tone=verb.tone,
        refusal=gettext(refusal) if refusal else "",
    )
