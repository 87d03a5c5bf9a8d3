"""Bodies that are kept and carried out later."""

from collections.abc import Mapping
from typing import Any

from ...bulk_actions import Action
from ...models import User
from .actions import action_of
from .serializers import ScheduleSerializer


def action_from(actor: User, body: Mapping[str, Any]) -> Action:
    """Return the action of a body as JSON; APIException when its argument names nothing."""
    if "schedule" not in body:
        return action_of(actor, body)
    schedule = ScheduleSerializer(data=body["schedule"])
    schedule.is_valid(raise_exception=True)
    return action_of(actor, {**body, "schedule": schedule.validated_data})
