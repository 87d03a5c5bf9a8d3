"""JSON: a line is an object of real values, whatever the texts are."""

import json
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from exports.columns import Column, ColumnSet
from exports.formats import FORMATS
from exports.kinds import (
    ISO_OFFSET,
    Boolean,
    Instant,
    Json,
    Names,
    Number,
    Style,
    Text,
    Uuid,
    ZonedInstant,
)

from .making import sheet

pytestmark = pytest.mark.once

FORMAT = FORMATS["json"]
COLUMNS = [
    Column("id", "Id", "id", Uuid()),
    Column("name", "Full Name", "name", Text()),
    Column("created_at", "Created At", "created_at", Instant()),
    Column("last_login", "Last Login", "last_login", Instant(null="Never")),
    Column("starts", "Starts", "starts", ZonedInstant(), zone="zone"),
    Column("mfa", "MFA", "mfa", Boolean()),
    Column("logins", "Logins", "logins", Number()),
    Column("roles", "Roles", "roles__name", Names()),
    Column("more", "More", "more", Json()),
]
SQLITE = [
    "0197906e2a107b3c8d4e5f6071829304",
    "Zoë",
    "2025-06-21 10:30:00.123",
    None,
    ("2025-06-21 10:30:00", "Asia/Kolkata"),
    1,
    7,
    ["A", "B"],
    '{"a": {"b": [1, null]}}',
]


def read(*blocks, columns=COLUMNS, **values):
    content = b"".join(FORMAT.write(sheet(columns, *blocks, **values)))
    assert not content or content.endswith(b"\n")
    return [json.loads(line) for line in content.splitlines()]


def test_a_row_is_an_object_of_real_values():
    # Whatever a family's style is for people, programs get the same.
    style = Style(instant=ISO_OFFSET, zone=timezone(timedelta(hours=2)), joiner=";")
    [row] = read([SQLITE], style=style)
    assert row == {
        "id": "0197906e-2a10-7b3c-8d4e-5f6071829304",
        "name": "Zoë",
        "created_at": "2025-06-21T10:30:00.123000Z",
        "last_login": None,
        "starts": "2025-06-21T10:30:00Z",
        "mfa": True,
        "logins": 7,
        "roles": ["A", "B"],
        "more": {"a": {"b": [1, None]}},
    }
    assert list(row) == [column.name for column in COLUMNS]
    assert row["mfa"] is True


def test_a_title_that_was_asked_for_is_the_key():
    titled = ColumnSet(COLUMNS[:2]).titled(["user id", "name"])
    [row] = read([SQLITE[:2]], columns=titled)
    assert list(row) == ["user id", "name"]


def test_what_is_absent_is_null():
    absent = [None, None, None, None, (None, "UTC"), None, None, [], None]
    [row] = read([absent])
    assert set(row) == {column.name for column in COLUMNS}
    assert [row.pop("roles"), *set(row.values())] == [[], None]


def test_blocks_leave_one_by_one_and_the_first_bytes_wait_for_the_first_of_them():
    def blocks():
        seen.append("asked")
        yield [["a", "b"]]
        seen.append("asked again")
        yield [["c"]]

    seen = []
    column = Column("a", "A", "a", Text())
    chunks = FORMAT.write(sheet([column], blocks=blocks()))
    assert next(chunks) == b'{"a":"a"}\n{"a":"b"}\n'
    assert seen == ["asked"]
    assert list(chunks) == [b'{"a":"c"}\n']


def test_no_rows_are_no_lines():
    assert read() == []


def deep(levels):
    value = 1
    for _ in range(levels):
        value = [value]
    return value


@pytest.mark.parametrize("value", [{"a": 10**30}, deep(300)])
def test_what_orjson_cannot_hold_is_written_all_the_same(value):
    columns = [Column("at", "At", "at", Instant()), Column("more", "More", "more", Json())]
    at = datetime(2025, 6, 21, 10, 30, tzinfo=UTC)
    [row] = read([[at, json.dumps(value)]], columns=columns)
    assert row == {"at": "2025-06-21T10:30:00Z", "more": value}


STORABLE = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"))


@given(st.lists(st.tuples(STORABLE, STORABLE), min_size=1, max_size=5))
@example([("a\nb\u2028\r", '"\\')])
def test_texts_come_back(rows):
    columns = [Column("a", "A", "a", Text()), Column("b", "B", "b", Text())]
    assert read(rows, columns=columns) == [{"a": a, "b": b} for a, b in rows]
