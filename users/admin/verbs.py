"""What the list of people offers to do with many: in which words, with what, and its undoing."""

from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from ..api.bulk import actions
from .verb_forms import ArgumentForm, ScheduleForm, ThingForm

NO_SCHEDULE = {"starts_at": None, "ends_at": None, "timezone": "UTC"}
Words = str | Promise


@dataclass(frozen=True)
class Verb:
    """One thing to do: word of the API, labels, what it means for people, and what undoes it.

    done completes "12 users …". argument is the field of the API's body that says with what; fixed
    is its value where nobody is asked for it.
    """

    word: str
    label: Words
    done: Words
    means: Words
    argument: str = ""
    undo: str = ""
    tone: str = ""
    group: Words = ""
    fixed: Any = None

    @property
    def permissions(self) -> tuple[str, ...]:
        """What its caller must hold."""
        return actions.PERMISSIONS[self.word]

    @property
    def asks(self) -> bool:
        """Whether somebody has to say with what."""
        return bool(self.argument) and self.fixed is None

    def body(self, argument: Any) -> dict[str, Any]:
        """Return the body that asks the API for it."""
        return {"action": self.word} | ({self.argument: argument} if self.argument else {})

    def form(self, actor: Any, data: Any) -> ArgumentForm:
        """Return the form that asks for its argument; an empty one when it takes none."""
        if not self.asks:
            return ArgumentForm(data)
        if self.argument == "schedule":
            return ScheduleForm(data)
        return ThingForm(self.argument, actor, self.word.startswith("add_"), data)


STATUS, ACCESS = _("Status"), _("Access")
BELONGING, SECURITY, LIFE = _("Belonging"), _("Security"), _("Life")
ENDS = _("They can no longer sign in, and their sessions and tokens end at once.")
VERBS = {
    "suspend": Verb(
        "suspend", _("Suspend"), _("suspended"), ENDS, undo="reactivate", tone="bad", group=STATUS
    ),
    "reactivate": Verb(
        "reactivate",
        _("Reactivate"),
        _("reactivated"),
        _("They get the status back that they had before their suspension."),
        undo="suspend",
        group=STATUS,
    ),
    "set_schedule": Verb(
        "set_schedule",
        _("Set the access schedule …"),
        _("given access"),
        _("Outside of it they cannot sign in. The schedule they had is replaced."),
        "schedule",
        group=ACCESS,
    ),
    "clear_schedule": Verb(
        "set_schedule",
        _("Take the access schedule away"),
        _("rid of their schedule"),
        _("They have access at any time, as their status says."),
        "schedule",
        group=ACCESS,
        fixed=NO_SCHEDULE,
    ),
    "add_role": Verb(
        "add_role",
        _("Give a role …"),
        _("given the role"),
        _("They may what the role allows."),
        "role_id",
        undo="remove_role",
        group=BELONGING,
    ),
    "remove_role": Verb(
        "remove_role",
        _("Take a role away …"),
        _("rid of the role"),
        _("They may no longer what it alone allowed."),
        "role_id",
        undo="add_role",
        group=BELONGING,
    ),
    "add_group": Verb(
        "add_group",
        _("Add to a group …"),
        _("added to the group"),
        _("They become members."),
        "group_id",
        undo="remove_group",
        group=BELONGING,
    ),
    "remove_group": Verb(
        "remove_group",
        _("Take out of a group …"),
        _("taken out of the group"),
        _("They are members no longer."),
        "group_id",
        undo="add_group",
        group=BELONGING,
    ),
    "add_tag": Verb(
        "add_tag",
        _("Tag …"),
        _("tagged"),
        _("They carry the tag."),
        "tag_id",
        undo="remove_tag",
        group=BELONGING,
    ),
    "remove_tag": Verb(
        "remove_tag",
        _("Take a tag away …"),
        _("rid of the tag"),
        _("They lose the tag."),
        "tag_id",
        undo="add_tag",
        group=BELONGING,
    ),
    "move": Verb(
        "move",
        _("Move to an organization …"),
        _("moved"),
        _("Whoever administers their new organization sees them from now on."),
        "organization_id",
        group=BELONGING,
    ),
    "invite": Verb(
        "invite",
        _("Invite (again)"),
        _("invited"),
        _("Each gets a letter with a link to begin with."),
        group=ACCESS,
    ),
    "revoke_invitation": Verb(
        "revoke_invitation",
        _("Revoke invitations"),
        _("no longer invited"),
        _("The links in their letters no longer work."),
        group=ACCESS,
    ),
    "unlock": Verb(
        "unlock",
        _("Unlock (wrong passwords)"),
        _("unlocked"),
        _("Their wrong passwords are forgotten."),
        group=SECURITY,
    ),
    "logout": Verb(
        "logout",
        _("End sessions"),
        _("signed out"),
        _("Every session and token of theirs ends at once; they may sign in again."),
        group=SECURITY,
    ),
    "reset_mfa": Verb(
        "reset_mfa",
        _("Reset second factors"),
        _("rid of their second factors"),
        _(
            "Their authenticators are removed, and their sessions end."
            " Whoever has to have one sets it up anew."
        ),
        tone="bad",
        group=SECURITY,
    ),
    "soft_delete": Verb(
        "delete",
        _("Delete (can be restored)"),
        _("deleted"),
        _("They can no longer sign in, and nobody finds them but with the filter for the deleted."),
        undo="restore",
        tone="bad",
        group=LIFE,
    ),
    "restore": Verb(
        "restore",
        _("Restore"),
        _("restored"),
        _("They are what they were."),
        undo="soft_delete",
        group=LIFE,
    ),
}


def offered(actor: Any) -> dict[str, Verb]:
    """Return what an actor may do to many people."""
    return {name: verb for name, verb in VERBS.items() if actor.has_perms(verb.permissions)}
