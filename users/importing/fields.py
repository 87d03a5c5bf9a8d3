"""The values of a row: read by the fields of the API's bodies, whatever family wrote them."""

import json
import re
from datetime import UTC, datetime
from typing import Any

from rest_framework import serializers

from usersvc.api.body import (
    INSTANT,
    TOO_DEEP,
    FlagField,
    InstantField,
    JsonObjectField,
    TextField,
    is_shallow,
)
from usersvc.api.fields import BOOLEANS

from ..api.bulk.serializers import IdField
from ..api.people.serializers import PersonSerializer

MOST_SIGN_INS = 2**31 - 1
# 2025-06-21 10:30:00 UTC, 2025-06-21T10:30:00+0530 and 2025-06-21T10:30:00.123456Z
_MOMENT = re.compile(
    r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d{1,6})?( UTC|Z|[+-]\d\d:?\d\d(:?\d\d)?)", re.ASCII
)
NEVER = "never"


class MomentField(InstantField):
    """An instant as any family writes it, or as a body may."""

    def to_internal_value(self, data: Any) -> datetime:
        if not isinstance(data, str) or not _MOMENT.fullmatch(data):
            return super().to_internal_value(data)
        try:
            return datetime.fromisoformat(data.replace(" UTC", "Z")).astimezone(UTC)
        except (ValueError, OverflowError):
            raise serializers.ValidationError(INSTANT) from None


class MetadataField(JsonObjectField):
    """A JSON object that nests no deeper than a body may."""

    def to_internal_value(self, data: Any) -> dict[str, Any]:
        if not is_shallow(data):
            raise serializers.ValidationError(TOO_DEEP)
        return super().to_internal_value(data)


def _text(longest: int) -> TextField:
    """Return a field of a text that may be empty, kept to the last blank: it was so before."""
    return TextField(allow_blank=True, max_length=longest, trim_whitespace=False)


class CountField(serializers.IntegerField):
    """A whole number; neither true nor a fraction is one."""

    def to_internal_value(self, data: Any) -> int:
        if isinstance(data, bool | float):
            self.fail("invalid")
        return int(super().to_internal_value(data))


class RowSerializer(PersonSerializer):
    """The values of a row by the attributes of a person; those that are not there are not read."""

    # What the API calls otherwise, or reads in another way than a file.
    identifier = schedule = connection_id = status = None  # type: ignore[assignment]
    id = IdField()
    username = TextField(max_length=150)
    name = _text(255)
    given_name = _text(150)
    family_name = _text(150)
    nickname = _text(150)
    phone = _text(50)
    description = _text(2000)
    email_verified = FlagField()
    password_expires_at = MomentField(allow_null=True)
    access_starts_at = MomentField(allow_null=True)
    access_ends_at = MomentField(allow_null=True)
    access_timezone = TextField(max_length=64)
    created_at = MomentField()
    updated_at = MomentField()
    last_login = MomentField(allow_null=True)
    suspended_at = MomentField(allow_null=True)
    login_count = CountField(min_value=0, max_value=MOST_SIGN_INS)
    user_metadata = MetadataField()
    app_metadata = MetadataField()


ABSENT: Any = object()
# What an empty cell, and null, say of an attribute; of the others they say nothing.
EMPTY = {
    **dict.fromkeys(("name", "given_name", "family_name", "nickname"), ""),
    **dict.fromkeys(("phone", "picture", "description"), ""),
    **dict.fromkeys(("password_expires_at", "access_starts_at", "access_ends_at")),
    **dict.fromkeys(("last_login", "suspended_at", "organization")),
    "access_timezone": "UTC",
}


def value_of(name: str, raw: Any, is_text: bool) -> Any:
    """Return what a cell says of an attribute, for RowSerializer; ABSENT for nothing.

    ValueError, with a sentence, for a text that is not what the attribute holds.
    """
    if raw is None or raw == "":
        return {} if name in ("user_metadata", "app_metadata") else EMPTY.get(name, ABSENT)
    if not isinstance(raw, str):
        return raw
    if name == "last_login" and raw.casefold() == NEVER:
        return None
    return OF_TEXT[name](raw) if is_text and name in OF_TEXT else raw


def _flag(text: str) -> bool:
    try:
        return BOOLEANS[text.strip().casefold()]
    except KeyError:
        raise ValueError("is neither true nor false") from None


def _object(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        raise ValueError("is not a JSON object") from None


OF_TEXT = {"email_verified": _flag, "user_metadata": _object, "app_metadata": _object}
