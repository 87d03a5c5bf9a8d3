"""Of whom a webhook is told: of those whom its owner sees, when it happens and when it is sent."""

import json
from typing import Any

from ..models import Delivery, Organization, User, Webhook


class Sights:
    """Whom the owners of webhooks see, each organization's tree asked for once."""

    def __init__(self) -> None:
        self._below: dict[Any, frozenset[Any]] = {}

    def sees(self, webhook: Webhook, person_id: str, home: Any) -> bool:
        """Return whether a webhook is told of a person, who belongs to an organization or none."""
        if webhook.organization_id and home not in self._ids(webhook.organization_id):
            return False
        owner = webhook.owner
        if owner.is_superuser:
            return True
        if owner.organization_id is None:
            return str(owner.pk) == person_id
        return home in self._ids(owner.organization_id)

    def _ids(self, organization_id: Any) -> frozenset[Any]:
        if organization_id not in self._below:
            ids = Organization.objects.ids_below(organization_id)
            self._below[organization_id] = frozenset(ids)
        return self._below[organization_id]


def still_seen(webhook: Webhook, delivery: Delivery) -> str | None:
    """Return the body of a notice with those alone whom its owner sees now; None for none of them.

    Whoever is destroyed was seen when it happened, and no row could say otherwise now.
    """
    told = json.loads(delivery.body)
    data = told["data"]
    if "job" in data:
        owns = webhook.owner.is_superuser or data["by"] == str(webhook.owner_id)
        return delivery.body if owns else None
    if "users" not in data:
        return delivery.body
    hidden = _hidden(webhook, [each["id"] for each in data["users"]])
    if not hidden:
        return delivery.body
    data["users"] = [each for each in data["users"] if each["id"] not in hidden]
    return json.dumps(told, separators=(",", ":")) if data["users"] else None


def _hidden(webhook: Webhook, ids: list[str]) -> set[str]:
    people = User.all_objects.with_ids(ids)
    seen = people.visible_to(webhook.owner)
    if webhook.organization_id:
        seen = seen.in_subtree(webhook.organization_id)
    hidden = people.exclude(pk__in=seen.values("pk"))
    return {str(pk) for pk in hidden.values_list("pk", flat=True)}
