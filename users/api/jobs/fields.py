"""How a value of a JSON body is read: by its type, exactly, and what refuses it."""

import json
import re
from collections.abc import Iterable
from typing import Any

from rest_framework import serializers

from usersvc.api import words
from usersvc.api.body import DescribedField
from usersvc.api.fields import is_storable

from ...models.connection import CONNECTION_ID_PATTERN
from . import profile

LONGEST_TEXT = 300
LONGEST_ECHO = 60
# What both databases and every JSON reader of ours can hold.
LARGEST = 2**63 - 1


class Value(DescribedField):
    """A key of a body; one that is absent, null or empty was not given."""

    def __init__(self, *, required: bool = False, **kwargs: Any) -> None:
        super().__init__(required=required, allow_null=not required, **kwargs)
        self.error_messages["null"] = "required"

    def run_validation(self, data: Any = serializers.empty) -> Any:
        """Take a text that is empty as one that was not given."""
        blank = isinstance(data, str) and not data.strip() and not self.required
        return super().run_validation(None if blank else data)

    def refuse(self, message: str, data: Any) -> None:
        """Refuse the value with a sentence that repeats it."""
        raise serializers.ValidationError(f"{message} (given: {echo(data)})")


class Text(Value):
    """A text that is not empty, and that a cell can hold."""

    def schema(self) -> dict[str, Any]:
        return {"type": "string", "maxLength": LONGEST_TEXT}

    def to_internal_value(self, data: Any) -> Any:
        if not isinstance(data, str):
            self.refuse("is not a text", data)
        if not data.strip():
            self.refuse("is empty", data)
        if len(data) > LONGEST_TEXT:
            self.refuse(f"is longer than {LONGEST_TEXT} characters", data)
        if not is_storable(data):
            self.refuse("holds a character that no text can hold", data)
        return data


class ConnectionId(Text):
    """An id of a connection, which need not exist."""

    def schema(self) -> dict[str, Any]:
        return {"type": "string", "pattern": CONNECTION_ID_PATTERN}

    def to_internal_value(self, data: Any) -> str:
        text: str = super().to_internal_value(data)
        if not re.fullmatch(CONNECTION_ID_PATTERN, text):
            self.refuse(f"does not match {CONNECTION_ID_PATTERN}", data)
        return text


class Path(Text):
    """A path into the job user profile."""

    def schema(self) -> dict[str, Any]:
        return {**super().schema(), "examples": ["email", "user_metadata.country", "roles[0]"]}

    def to_internal_value(self, data: Any) -> str:
        text: str = super().to_internal_value(data)
        if not profile.is_path(text):
            self.refuse("is not a path such as email, user_metadata.country or roles[0]", data)
        return profile.canonical(text)


class Word(Value):
    """A word of a closed vocabulary, in any case."""

    def __init__(self, *, allowed: Iterable[str], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.allowed = list(allowed)

    def schema(self) -> dict[str, Any]:
        return {"type": "string", "enum": self.allowed}

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str) or data.casefold() not in self.allowed:
            word = data if isinstance(data, str) else ""
            self.refuse(words.unknown("value", word, self.allowed), data)
        return str(data.casefold())


class WholeNumber(Value):
    """A whole number; neither a text, a fraction nor true is one."""

    def __init__(self, *, least: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.least = least

    def schema(self) -> dict[str, Any]:
        return {"type": "integer", "minimum": self.least, "maximum": LARGEST}

    def to_internal_value(self, data: Any) -> Any:
        if type(data) is not int or not self.least <= data <= LARGEST:
            self.refuse(f"is not a whole number from {self.least} to {LARGEST}", data)
        return data


class Objects(serializers.ListField):
    """A list of objects; an empty one was not given."""

    def __init__(self, *, child: serializers.Serializer, most: int, help_text: str = "") -> None:
        super().__init__(child=child, required=False, allow_null=True, help_text=help_text)
        self.most = most

    def to_internal_value(self, data: Any) -> Any:
        if not isinstance(data, list):
            raise serializers.ValidationError(f"is not a list (given: {echo(data)})")
        if len(data) > self.most:
            raise serializers.ValidationError(f"has {len(data)} items; at most {self.most}")
        return super().to_internal_value(data) or None


def echo(data: Any) -> str:
    """Return a value as JSON that is short enough to be repeated."""
    if isinstance(data, list | dict):
        return "a list" if isinstance(data, list) else "an object"
    text = json.dumps(data, ensure_ascii=False)
    return text if len(text) <= LONGEST_ECHO else text[: LONGEST_ECHO - 1] + "…"
