"""The types of a tool's arguments: each is read strictly, and says in JSON Schema what it takes."""

from collections.abc import Mapping
from typing import Any

from rest_framework import serializers

from usersvc.api.fields import is_storable
from usersvc.api.serializers import StrictSerializer

from ..api.bulk.serializers import MOST_FILTERS, MOST_VALUES, FiltersField
from ..api.jobs import fields

MOST_NAMES = 1_000
TEXT = {"type": "string"}
NULL = {"type": "null"}
TEXTS = {"type": "array", "items": TEXT, "maxItems": MOST_VALUES}


class Argument(fields.Value):
    """An argument and what it is about; absent, null and empty mean its default."""

    kind: Mapping[str, Any] = TEXT

    def __init__(self, about: str, *, otherwise: Any = None, **kwargs: Any) -> None:
        super().__init__(help_text=about, **kwargs)
        self.otherwise = otherwise

    def run_validation(self, data: Any = serializers.empty) -> Any:
        """Take the default for what was not given."""
        if data is serializers.empty and not self.required:
            data = None
        value = super().run_validation(data)
        return self.otherwise if value is None else value

    def schema(self) -> dict[str, Any]:
        """Return what the argument takes, as JSON Schema."""
        default = {} if self.otherwise is None else {"default": self.otherwise}
        return {**self.kind, **default, "description": self.help_text}


class Text(Argument, fields.Text):
    """A text that is not empty."""

    kind = {**TEXT, "minLength": 1, "maxLength": fields.LONGEST_TEXT}


class Word(Argument, fields.Word):
    """A word of a closed vocabulary."""

    def schema(self) -> dict[str, Any]:
        return super().schema() | {"enum": self.allowed}


class Number(Argument):
    """A whole number within bounds."""

    def __init__(self, about: str, *, least: int, most: int, **kwargs: Any) -> None:
        super().__init__(about, **kwargs)
        self.least, self.most = least, most
        self.kind = {"type": "integer", "minimum": least, "maximum": most}

    def to_internal_value(self, data: Any) -> int:
        if type(data) is not int or not self.least <= data <= self.most:
            self.refuse(f"is not a whole number from {self.least} to {self.most}", data)
        return int(data)


class Flag(Argument):
    """Yes or no."""

    kind = {"type": "boolean"}

    def to_internal_value(self, data: Any) -> bool:
        if not isinstance(data, bool):
            self.refuse("is neither true nor false", data)
        return bool(data)


class Names(Argument):
    """A list of names."""

    kind = {"type": "array", "items": TEXT, "maxItems": MOST_NAMES}

    def to_internal_value(self, data: Any) -> list[str]:
        if not isinstance(data, list):
            self.refuse("is not a list of texts", data)
        if len(data) > MOST_NAMES:
            raise serializers.ValidationError(f"has {len(data)} items; at most {MOST_NAMES}")
        for item in data:
            if not isinstance(item, str) or not is_storable(item):
                self.refuse("holds what is no text", item)
        return list(data)


class Parameters(Argument):
    """The words of a family, each with a text or a list of texts."""

    kind = {
        "type": "object",
        "additionalProperties": {"anyOf": [TEXT, TEXTS]},
        "maxProperties": MOST_FILTERS,
    }

    def to_internal_value(self, data: Any) -> dict[str, list[str]]:
        return FiltersField().to_internal_value(data)


def schema_of(arguments: StrictSerializer) -> dict[str, Any]:
    """Return what a tool takes, as JSON Schema."""
    known = arguments.fields
    return {
        "type": "object",
        "properties": {name: field.schema() for name, field in known.items()},  # type: ignore[attr-defined]
        "required": [name for name, field in known.items() if field.required],
        "additionalProperties": False,
    }
