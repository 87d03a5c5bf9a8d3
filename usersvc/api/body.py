"""Types of values in a JSON body that serializers of all resources share."""

import json
from datetime import UTC, datetime
from typing import Any

from rest_framework import serializers

from . import instants
from .fields import is_storable
from .words import unknown

LARGEST_OBJECT = 65_536
DEEPEST = 32  # levels of lists and objects
TOO_DEEP = f"nests deeper than {DEEPEST} levels"
MALFORMED_FORM = "is not multipart/form-data"
OBJECT = "is not a JSON object"
MOST = 2**63 - 1
TOO_GREAT = f"holds a number beyond {MOST}, which a program may read as another"
INSTANT = "is not an instant such as 2021-05-06T10:50:35Z"


class DescribedField(serializers.Field):
    """A field that says itself, as JSON Schema, what it takes."""

    def schema(self) -> dict[str, Any]:
        """Return the schema, but for whether null is taken."""
        raise NotImplementedError  # pragma: no cover


class TextField(serializers.CharField):
    """A text; a number is not one."""

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            raise serializers.ValidationError("is not a text")
        return super().to_internal_value(data)


class WordField(serializers.ChoiceField):
    """A word of a closed vocabulary, in any case."""

    def to_internal_value(self, data: Any) -> Any:
        words = {str(word).casefold(): word for word in self.choices}
        if isinstance(data, str) and data.strip().casefold() in words:
            return words[data.strip().casefold()]
        raise serializers.ValidationError(unknown("value", str(data), list(self.choices)))


class FlagField(DescribedField):
    """true or false; neither a text nor a number is one."""

    def schema(self) -> dict[str, Any]:
        return {"type": "boolean"}

    def to_internal_value(self, data: Any) -> bool:
        if not isinstance(data, bool):
            raise serializers.ValidationError("is neither true nor false")
        return data


class JsonObjectField(DescribedField):
    """A JSON object that both databases can hold, of bounded size."""

    def schema(self) -> dict[str, Any]:
        return {"type": "object", "additionalProperties": True}

    def to_internal_value(self, data: Any) -> dict[str, Any]:
        if not isinstance(data, dict):
            raise serializers.ValidationError(OBJECT)
        try:
            size = len(json.dumps(data, allow_nan=False))
        except (ValueError, RecursionError) as error:
            raise serializers.ValidationError(OBJECT) from error
        if size > LARGEST_OBJECT:
            raise serializers.ValidationError(f"is longer than {LARGEST_OBJECT} characters")
        if not is_storable_json(data):
            raise serializers.ValidationError("holds a character that no text can hold")
        if not has_storable_numbers(data):
            raise serializers.ValidationError(TOO_GREAT)
        return data

    def to_representation(self, value: Any) -> Any:
        return value


class InstantField(DescribedField):
    """An instant in any spelling that the filters take; without an offset it is UTC."""

    def schema(self) -> dict[str, Any]:
        return {"type": "string", "format": "date-time"}

    def to_internal_value(self, data: Any) -> datetime:
        if not isinstance(data, str):
            raise serializers.ValidationError(INSTANT)
        try:
            return instants.parse(data, UTC).first
        except ValueError:
            raise serializers.ValidationError(INSTANT) from None

    def to_representation(self, value: Any) -> Any:
        return value


def is_storable_json(data: Any) -> bool:
    """Return whether both databases can hold every text within a JSON value."""
    if isinstance(data, dict):
        return all(is_storable_json(key) and is_storable_json(value) for key, value in data.items())
    if isinstance(data, list):
        return all(is_storable_json(value) for value in data)
    return not isinstance(data, str) or is_storable(data)


def is_shallow(data: Any) -> bool:
    """Return whether a JSON value nests no deeper than it may."""
    level = [data]
    for _ in range(DEEPEST + 1):
        level = [inner for outer in level for inner in _within(outer)]
        if not level:
            return True
    return False


def _within(data: Any) -> Any:
    if isinstance(data, dict):
        return data.values()
    return data if isinstance(data, list) else ()


def has_storable_numbers(data: Any) -> bool:
    """Return whether each number of JSON is one that both databases and all readers give back."""
    if isinstance(data, dict):
        return all(map(has_storable_numbers, data.values()))
    if isinstance(data, list):
        return all(map(has_storable_numbers, data))
    return not isinstance(data, int | float) or abs(data) <= MOST
