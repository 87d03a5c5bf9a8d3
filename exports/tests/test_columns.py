from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from exports.columns import Column, ColumnSet
from exports.kinds import ISO_OFFSET, Boolean, Instant, Names, Number, Style, Text

NOW = datetime(2025, 6, 21, 10, 30, 0, 999_999, tzinfo=UTC)


@pytest.mark.parametrize(
    ("kind", "value", "text"),
    [
        (Text(), "a", "a"),
        (Text(), None, ""),
        (Text(null="none"), None, "none"),
        (Instant(), NOW, "2025-06-21 10:30:00 UTC"),
        (Instant(null="Never"), None, "Never"),
        (Boolean(), True, "true"),
        (Boolean(), False, "false"),
        (Boolean(), None, ""),
        (Number(), 0, "0"),
        (Names(), ["b", "a"], "b, a"),
        (Names(), [], ""),
    ],
)
def test_a_value_becomes_text(kind, value, text):
    assert kind.text(value, Style()) == text


def test_a_style_says_how_instants_and_names_are_written():
    style = Style(instant=ISO_OFFSET, zone=ZoneInfo("Asia/Kolkata"), joiner=";")
    assert Instant().text(NOW, style) == "2025-06-21T16:00:00+0530"
    assert Names().text(["a", "b"], style) == "a;b"


class Actor:
    def __init__(self, *permissions):
        self.permissions = permissions

    def has_perm(self, permission):
        return permission in self.permissions


COLUMNS = ColumnSet(
    [
        Column("a", "A", "a", Text()),
        Column("b", "B", "b", Text(), permission="app.see_b"),
        Column("c", "C", "c", Text()),
    ]
)


def test_columns_come_in_the_order_asked_for():
    assert COLUMNS.names == ["a", "b", "c"]
    assert COLUMNS.only(["c", "a"]).headers == ["C", "A"]
    assert COLUMNS.only(["c", "a"]).titled(["x", "y"]).headers == ["x", "y"]
    assert len(COLUMNS.only(["c"])) == 1


def test_a_column_may_take_a_permission():
    assert COLUMNS.pick(["b"], Actor("app.see_b")).names == ["b"]
    assert COLUMNS.pick(["a"], Actor()).names == ["a"]
    with pytest.raises(PermissionError):
        COLUMNS.pick(["a", "b"], Actor())


def test_a_column_that_is_not_there_is_an_error():
    with pytest.raises(KeyError):
        COLUMNS.only(["d"])
    with pytest.raises(ValueError, match="zip"):
        COLUMNS.titled(["x"])
