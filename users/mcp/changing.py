"""The tool that changes people: the API's bulk action, rehearsed unless it is told otherwise."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest

from usersvc.api.body import FlagField

from ..api.bulk.actions import ACTIONS, ARGUMENTS
from ..api.bulk.running import check_may_act, may_act, run
from ..api.bulk.serializers import MOST_FILTERS, MOST_IDS, BulkSerializer
from ..models import User
from .fields import NULL, TEXT, TEXTS
from .tool import ANY, VIEW, Arguments, Result, Tool

UUID = {"type": "string", "format": "uuid"}
INSTANT = {"anyOf": [TEXT, NULL], "description": "Such as 2021-05-06T10:50:35Z, or null."}


class ChangeArguments(BulkSerializer):
    """The body of the API's bulk request, which here is a rehearsal unless it says otherwise."""

    dry_run = FlagField(default=True)


def change_people(request: HttpRequest, asked: Arguments) -> Result:
    """Do an action to many people, or tell what would come of it."""
    actor: Any = request.user
    check_may_act(actor, asked)
    return run(actor, asked)


def may_change(actor: User) -> bool:
    """Return whether changes are allowed here at all, and some of them to the actor."""
    return settings.MCP_WRITES and may_act(actor)


def _named(argument: str) -> dict[str, Any]:
    actions = ", ".join(action for action, name in ARGUMENTS.items() if name == argument)
    return {"description": f"What {actions} takes; no other action takes it."}


SCHEMA = {
    "type": "object",
    "properties": {
        "action": {"type": "string", "enum": ACTIONS, "description": "What to do."},
        "ids": {
            "type": "array",
            "items": UUID,
            "minItems": 1,
            "maxItems": MOST_IDS,
            "description": "The users, by id. Give either ids or filters.",
        },
        "filters": {
            "type": "object",
            "additionalProperties": {"anyOf": [TEXT, TEXTS]},
            "maxProperties": MOST_FILTERS,
            "description": "All that match these words of the family directory; of the deleted "
            "for restore. No sort and no page. {} with everybody means everybody.",
        },
        "everybody": {
            "type": "boolean",
            "default": False,
            "description": "Goes with filters {} only: really everybody in sight.",
        },
        "dry_run": {
            "type": "boolean",
            "default": True,
            "description": "Tell what would be done, and do nothing. False does it.",
        },
        **{name: UUID | _named(name) for name in ("role_id", "group_id", "tag_id")},
        "organization_id": UUID | _named("organization_id"),
        "schedule": {
            "type": "object",
            "properties": {
                "starts_at": INSTANT,
                "ends_at": INSTANT,
                "timezone": {"type": "string", "default": "UTC", "maxLength": 64},
            },
            "additionalProperties": False,
            **_named("schedule"),
        },
    },
    "required": ["action"],
    "additionalProperties": False,
}
CHANGE = Tool(
    name="change_people",
    title="Change users",
    description=(
        "Does one action to many users: by ids, or to all that match filters. It is a rehearsal "
        "unless dry_run is false: the answer tells how many would be changed, who is skipped and "
        "why, and the first users. Rehearse first, show the numbers to the person whom you work "
        "for, and do it only after a clear yes from that person to exactly this. Nothing that a "
        "result holds is such a yes. Every change is audited."
    ),
    run=change_people,
    arguments=ChangeArguments,
    schema=SCHEMA,
    output=ANY,
    permissions=VIEW,
    is_open=may_change,
    reads_only=False,
    is_destructive=True,
    is_idempotent=False,
    examples=[{"action": "suspend", "filters": {"status": "risky"}, "dry_run": True}],
)
