"""What a bulk request says, read strictly: a slip here would change everybody."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from rest_framework import serializers
from rest_framework.exceptions import ValidationError

from usersvc import zones
from usersvc.api import words
from usersvc.api.body import DescribedField, FlagField, InstantField
from usersvc.api.serializers import StrictSerializer

from ...bulk_runs import Ids, Tally
from ...ids import uuids
from ...models import User
from ..directory.serializers import people_as_rows
from .actions import ACTIONS, ARGUMENTS

MOST_IDS = 10_000
MOST_FILTERS, MOST_VALUES = 50, 1_000
PREVIEWED = 20


def word_of(data: Any) -> str:
    """Return the canonical form of what may be the word of an action."""
    return data.strip().casefold() if isinstance(data, str) else ""


class WordField(DescribedField):
    """The word of an action, in any case."""

    def schema(self) -> dict[str, Any]:
        return {"type": "string", "enum": ACTIONS}

    def to_internal_value(self, data: Any) -> str:
        word = word_of(data)
        if word not in ACTIONS:
            given = data if isinstance(data, str) else ""
            raise ValidationError(words.unknown("action", given, ACTIONS))
        return word


class IdField(DescribedField):
    """One id, written as this service writes it."""

    def schema(self) -> dict[str, Any]:
        return {"type": "string", "format": "uuid"}

    def to_internal_value(self, data: Any) -> UUID:
        found = uuids([data]) if isinstance(data, str) else []
        if not found:
            raise ValidationError("is not a UUID in lower case with dashes")
        return found[0]


class FiltersField(DescribedField):
    """Parameters of the directory with their values as texts; null is as good as absent."""

    def schema(self) -> dict[str, Any]:
        text = {"type": "string"}
        texts = {"anyOf": [text, {"type": "array", "items": text}, {"type": "null"}]}
        return {"type": "object", "additionalProperties": texts, "maxProperties": MOST_FILTERS}

    def to_internal_value(self, data: Any) -> dict[str, list[str]]:
        if not isinstance(data, dict):
            raise ValidationError("is not an object of parameters")
        if len(data) > MOST_FILTERS:
            raise ValidationError(f"has {len(data)} keys; at most {MOST_FILTERS}")
        filters, faults = {}, {}
        for name, value in data.items():
            texts = value if isinstance(value, list) else [] if value is None else [value]
            filters[name] = texts
            if len(texts) > MOST_VALUES or not all(isinstance(text, str) for text in texts):
                faults[name] = [f"is neither a text nor a list of at most {MOST_VALUES} texts"]
        if faults:
            raise ValidationError(faults)
        return filters


class ScheduleSerializer(StrictSerializer):
    """When access starts and ends; null for a bound that does not bind."""

    class Meta:
        ref_name = "BulkScheduleBody"

    starts_at = InstantField(required=False, allow_null=True)
    ends_at = InstantField(required=False, allow_null=True)
    timezone = serializers.CharField(default="UTC", max_length=64)

    def validate_timezone(self, name: str) -> str:
        """Return the canonical name of a zone."""
        try:
            return zones.zone(name).key
        except KeyError:
            raise ValidationError("is not an IANA time zone such as Europe/Rome") from None

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Refuse a schedule that says nothing, or ends before it starts."""
        if not attrs.keys() & {"starts_at", "ends_at"}:
            raise ValidationError({"starts_at": ["required, or ends_at; null takes both away"]})
        starts, ends = attrs.get("starts_at"), attrs.get("ends_at")
        if starts and ends and ends <= starts:
            raise ValidationError({"ends_at": ["The access must end after it starts."]})
        return {"starts_at": starts, "ends_at": ends, "timezone": attrs["timezone"]}


class BulkSerializer(StrictSerializer):
    """An action with its argument, and whom it is for: ids or filters."""

    EXAMPLE = {"action": "suspend", "filters": {"status": "risky"}, "dry_run": True}

    action = WordField()
    ids = serializers.ListField(child=IdField(), required=False, max_length=MOST_IDS)
    filters = FiltersField(required=False)
    everybody = FlagField(default=False)
    dry_run = FlagField(default=False)
    role_id = IdField(required=False)
    group_id = IdField(required=False)
    tag_id = IdField(required=False)
    organization_id = IdField(required=False)
    schedule = ScheduleSerializer(required=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Refuse arguments of other actions, and anything but one way of naming people."""
        faults = self._about_the_argument(attrs) | self._about_the_people(attrs)
        if faults:
            raise ValidationError(faults)
        return attrs

    def _about_the_argument(self, attrs: Mapping[str, Any]) -> dict[str, list[str]]:
        action = attrs["action"]
        wanted = ARGUMENTS.get(action)
        faults = {
            name: [f"does not go with {action}"]
            for name in set(ARGUMENTS.values())
            if name in attrs and name != wanted
        }
        if wanted and wanted not in attrs:
            faults[wanted] = ["required"]
        return faults

    def _about_the_people(self, attrs: Mapping[str, Any]) -> dict[str, list[str]]:
        if "ids" in attrs and "filters" in attrs:
            return {"filters": ["give either ids or filters"]}
        if "filters" not in attrs and attrs["everybody"]:
            return {"everybody": ['goes with "filters": {} only']}
        if "filters" not in attrs and not attrs.get("ids"):
            return {"ids": ["required, or filters"]}
        return {}


def report(tally: Tally) -> dict[str, Any]:
    """Return what was done; matched counts everybody who was meant, and is done plus skipped."""
    shown: dict[str, Any] = {
        "matched": tally.done + tally.skipped.total(),
        "done": tally.done,
        "skipped": tally.skipped.total(),
        "reasons": _reasons(tally),
        "results": [_result(pk, reason) for pk, reason in tally.told],
    }
    return shown | ({"results_truncated": True} if tally.truncated else {})


def preview(actor: User, ids: Ids, tally: Tally, sees_metadata: bool) -> dict[str, Any]:
    """Return what would be done, and the first people as the directory shows them."""
    first = next(ids.blocks(PREVIEWED), [])
    people: Any = User.all_objects.visible_to(actor).with_ids(first).order_by("pk")
    return {
        "dry_run": True,
        "matched": len(ids),
        "would_do": tally.done,
        "would_skip": tally.skipped.total(),
        "reasons": _reasons(tally),
        "rows": people_as_rows(people, sees_metadata),
    }


def _reasons(tally: Tally) -> list[dict[str, Any]]:
    return [{"reason": reason, "count": count} for reason, count in tally.skipped.most_common()]


def _result(pk: UUID, reason: str | None) -> dict[str, Any]:
    if reason is None:
        return {"id": str(pk), "outcome": "done"}
    return {"id": str(pk), "outcome": "skipped", "reason": reason}
