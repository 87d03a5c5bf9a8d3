"""Kinds as Python's own values: whatever a database's cursor gives, both mean the same."""

from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from uuid import UUID

import pytest

from exports.kinds import Boolean, Instant, Json, Names, Number, Style, Text, Uuid, ZonedInstant

pytestmark = pytest.mark.once

ID = "0197906e-2a10-7b3c-8d4e-5f6071829304"
AT = datetime(2025, 6, 21, 10, 30, 0, 123_000, tzinfo=UTC)
IN_ROME = AT.astimezone(timezone(timedelta(hours=2)))


@pytest.mark.parametrize(
    ("kind", "raw", "value"),
    [
        (Text(), "a", "a"),
        (Text(), "", ""),
        (Uuid(), ID.replace("-", ""), ID),
        (Uuid(), UUID(ID), ID),
        (Instant(), "2025-06-21 10:30:00.123", AT),
        (Instant(), "2025-06-21 10:30:00", AT.replace(microsecond=0)),
        (Instant(), IN_ROME, AT),
        (ZonedInstant(), ("2025-06-21 10:30:00.123", "Asia/Kolkata"), AT),
        (ZonedInstant(), (IN_ROME, "Asia/Kolkata"), AT),
        (ZonedInstant(), (None, "Asia/Kolkata"), None),
        (Boolean(), 1, True),
        (Boolean(), 0, False),
        (Boolean(), True, True),
        (Number(), 7, 7),
        (Number(), 1.5, 1.5),
        (Number(), Decimal("1.5"), 1.5),
        (Names(), ["b", "a"], ["b", "a"]),
        (Names(), [], []),
        (Json(), '{"a": [1, {"b": null}]}', {"a": [1, {"b": None}]}),
        (Json(), {"a": 1}, {"a": 1}),
        (Json(), '"a"', "a"),
        (Json(), "null", None),
        (Json(), "12345678901234567890123", 12345678901234567890123),
    ],
)
def test_a_value_is_pythons_own(kind, raw, value):
    [found] = kind.values([raw])
    assert found == value
    assert type(found) is type(value)
    if isinstance(found, datetime):
        assert found.tzinfo is UTC


@pytest.mark.parametrize(
    "kind", [Text(), Uuid(), Instant(null="Never"), Boolean(), Number(), Json()]
)
def test_what_is_absent_is_none(kind):
    assert kind.values([None, None]) == [None, None]


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        ('{"a": [1, 2.5, true], "b": "é"}', '{"a":[1,2.5,true],"b":"é"}'),
        ({"a": 1}, '{"a":1}'),
        ('"a text"', "a text"),
        ("true", "true"),
        ("5", "5"),
        ("[]", "[]"),
        ("null", "none"),
        (None, "none"),
        ("[12345678901234567890123]", "[12345678901234567890123]"),
    ],
)
def test_json_is_written_compactly(raw, text):
    assert Json(null="none").text(raw, Style()) == text
