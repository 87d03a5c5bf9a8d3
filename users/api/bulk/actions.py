"""The actions by the words of the API: what each takes, and which permissions it needs."""

from collections.abc import Mapping
from typing import Any

from rest_framework.exceptions import ValidationError

from usersvc.api.errors import Refusal

from ... import bulk_actions, invitations, rules
from ...bulk_actions import Action
from ...bulk_lockout import UNLOCK
from ...bulk_sign_ins import LOG_OUT, RESET_MFA
from ...models import Group, Organization, Role, Tag, User

VIEW, MANAGE, DELETE = "users.view_user", "users.manage_user", "users.delete_user"

PLAIN: Mapping[str, Action] = {
    "suspend": bulk_actions.SUSPEND,
    "reactivate": bulk_actions.REACTIVATE,
    "delete": bulk_actions.DELETE,
    "restore": bulk_actions.RESTORE,
    "invite": invitations.Invite(),
    "revoke_invitation": invitations.Revoke(),
    "unlock": UNLOCK,
    "logout": LOG_OUT,
    "reset_mfa": RESET_MFA,
}
ARGUMENTS = {
    "add_role": "role_id",
    "remove_role": "role_id",
    "add_group": "group_id",
    "remove_group": "group_id",
    "add_tag": "tag_id",
    "remove_tag": "tag_id",
    "set_schedule": "schedule",
    "move": "organization_id",
}
ACTIONS = [*PLAIN, *ARGUMENTS]
PERMISSIONS = dict.fromkeys(ACTIONS, (VIEW, MANAGE)) | {
    "delete": (VIEW, DELETE),
    "restore": (VIEW, DELETE),
    "add_role": (VIEW, MANAGE, "users.manage_role"),
    "remove_role": (VIEW, MANAGE, "users.manage_role"),
    "move": (VIEW, MANAGE, "users.manage_organization"),
}
THINGS: Mapping[str, type[Role | Group | Tag]] = {
    "role_id": Role,
    "group_id": Group,
    "tag_id": Tag,
}


def action_of(actor: User, body: Mapping[str, Any]) -> Action:
    """Return the action that a body asks for; ValidationError when its argument names nothing."""
    word = body["action"]
    if word in PLAIN:
        return PLAIN[word]
    argument = ARGUMENTS[word]
    given = body[argument]
    if argument == "schedule":
        return bulk_actions.schedule(given["starts_at"], given["ends_at"], given["timezone"])
    if argument == "organization_id":
        visible = Organization.objects.visible_to(actor).living()
        return bulk_actions.move_to(_found(visible, argument, given))
    thing = _found(THINGS[argument].objects.all(), argument, given)
    if word == "add_role" and not rules.may_grant(actor, thing):
        raise Refusal(403, rules.BEYOND_ROLE)
    return bulk_actions.membership(thing, adds=word.startswith("add_"))


def _found(things: Any, argument: str, pk: Any) -> Any:
    thing = things.filter(pk=pk).first()
    if thing is None:
        raise ValidationError({argument: [f"no such {argument.removesuffix('_id')}: {pk}"]})
    return thing
