"""How wide the columns of a page are."""

import pytest

from exports.columns import Column
from exports.formats.widths import ColumnWidths
from exports.kinds import Instant, Text

INSTANT = "2025-06-21 10:30:00 UTC"


def widths(columns, rows):
    """The widths of columns, given by title and kind, in em of the table."""
    learned = ColumnWidths(Column(title, title, title, kind) for title, kind in columns)
    for row in rows:
        learned.learn([row])
    percentages = learned.percentages()
    assert sum(percentages) == pytest.approx(100, abs=0.01)
    return [1.1 * percentage - 1.3 for percentage in percentages]


def test_they_follow_the_contents():
    texts = [["bob", "b" * 30 + "@example.com", "enabled"]] * 19 + [["bob", "", "suspended"]]
    name, email, status = widths([(title, Text()) for title in ("Name", "Email", "Status")], texts)
    assert email > 2 * name
    # The rare word is short: it gets the room not to be broken.
    assert status > name


def test_no_rows_is_as_wide_as_the_titles():
    short, long = widths([("A", Text()), ("A much longer title", Text())], [])
    assert long > 5 * short


@pytest.mark.parametrize(
    ("columns", "texts", "wrapped"),
    [
        (3, 5, [False, False, False]),
        (3, 7, [True, False, False]),
        (4, 7, [True, True, True, False]),
        (3, 8, [True, True, True]),
    ],
)
def test_instants_wrap_where_the_page_is_too_narrow_the_emptiest_column_first(
    columns, texts, wrapped
):
    titles = [(f"I{number}", Instant()) for number in range(columns)]
    titles += [(f"T{number}", Text()) for number in range(texts)]
    rows = [
        [INSTANT if row % (columns - number) == 0 else "" for number in range(columns)]
        + ["w" * 12] * texts
        for row in range(12)
    ]
    assert [width < 10 for width in widths(titles, rows)[:columns]] == wrapped


def test_instants_of_few_rows_wrap_before_texts_do():
    columns = [("Name", Text()), ("At", Instant()), ("Rarely", Instant())]
    columns += [(f"T{number}", Text()) for number in range(6)]
    rows = [["ada lovelace", INSTANT, INSTANT if number < 2 else ""] for number in range(10)]
    found = widths(columns, [row + ["two words, or perhaps four"] * 6 for row in rows])
    assert found[2] < 10 < found[1]
