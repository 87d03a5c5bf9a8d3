"""What the list of people offers to do with many: in which words, with what, and its undoing."""

from dataclasses import dataclass
from typing import Any

from django import forms

from .. import rules
from ..api.bulk import actions
from ..bulk_actions import Action
from ..bulk_lockout import UNLOCK
from ..models import Group, Organization, Role, Tag


@dataclass(frozen=True)
class Verb:
    """One thing to do: word of the API, labels, what it means for people, and what undoes it.

    done completes "12 users …". argument is the field of the API's body that says with what.
    """

    word: str
    label: str
    done: str
    means: str
    argument: str = ""
    undo: str = ""
    tone: str = ""

    @property
    def permissions(self) -> tuple[str, ...]:
        """What its caller must hold."""
        return actions.PERMISSIONS.get(self.word, (actions.VIEW, actions.MANAGE))

    def action(self, actor: Any, argument: Any) -> Action:
        """Return what is to be done; APIException when the argument names nothing."""
        if self.word == "unlock":
            return UNLOCK
        body = {"action": self.word, self.argument: getattr(argument, "pk", argument)}
        return actions.action_of(actor, body)

    def choices(self, actor: Any) -> Any:
        """Return what may be its argument."""
        if self.argument == "role_id":
            roles = Role.objects.order_by("name_key")
            return roles.with_ids(rules.grantable_roles(actor)) if self.gives else roles
        if self.argument == "organization_id":
            return Organization.objects.visible_to(actor).living().order_by("name_key")
        return {"group_id": Group, "tag_id": Tag}[self.argument].objects.order_by("name_key")

    @property
    def gives(self) -> bool:
        """Whether it gives people something."""
        return self.word.startswith("add_")

    def form(self, actor: Any, data: Any) -> forms.Form:
        """Return the form that asks for its argument; an empty one when it takes none."""
        fields: dict[str, forms.Field] = {}
        if self.argument:
            label = self.argument.removesuffix("_id").capitalize()
            fields["argument"] = forms.ModelChoiceField(self.choices(actor), label=label)
        form: forms.Form = type("ArgumentForm", (forms.Form,), fields)(data)
        return form


ENDS = "They can no longer sign in, and their sessions and tokens end at once."
VERBS = {
    "suspend": Verb("suspend", "Suspend", "suspended", ENDS, undo="reactivate", tone="bad"),
    "reactivate": Verb(
        "reactivate",
        "Reactivate",
        "reactivated",
        "They get the status back that they had before their suspension.",
        undo="suspend",
    ),
    "soft_delete": Verb(
        "delete",
        "Delete (can be restored)",
        "deleted",
        f"{ENDS} Nobody finds them but with the filter for the deleted.",
        undo="restore",
        tone="bad",
    ),
    "restore": Verb(
        "restore", "Restore", "restored", "They are what they were.", undo="soft_delete"
    ),
    "invite": Verb(
        "invite", "Invite (again)", "invited", "Each gets a letter with a link to begin with."
    ),
    "revoke_invitation": Verb(
        "revoke_invitation",
        "Revoke invitations",
        "no longer invited",
        "The links in their letters no longer work.",
    ),
    "unlock": Verb(
        "unlock", "Unlock (wrong passwords)", "unlocked", "Their wrong passwords are forgotten."
    ),
    "add_role": Verb(
        "add_role", "Give a role …", "given the role", "They may what the role allows.",
        "role_id", undo="remove_role",
    ),
    "remove_role": Verb(
        "remove_role", "Take a role away …", "rid of the role",
        "They may no longer what it alone allowed.", "role_id", undo="add_role",
    ),
    "add_group": Verb(
        "add_group", "Add to a group …", "added to the group", "They become members.",
        "group_id", undo="remove_group",
    ),
    "remove_group": Verb(
        "remove_group", "Take out of a group …", "taken out of the group",
        "They are members no longer.", "group_id", undo="add_group",
    ),
    "add_tag": Verb(
        "add_tag", "Tag …", "tagged", "They carry the tag.", "tag_id", undo="remove_tag"
    ),
    "remove_tag": Verb(
        "remove_tag", "Take a tag away …", "rid of the tag", "They lose the tag.", "tag_id",
        undo="add_tag",
    ),
    "move": Verb(
        "move", "Move to an organization …", "moved",
        "Whoever administers their new organization sees them from now on.", "organization_id",
    ),
}  # fmt: skip


def offered(actor: Any) -> dict[str, Verb]:
    """Return what an actor may do to many people."""
    return {name: verb for name, verb in VERBS.items() if actor.has_perms(verb.permissions)}
