"""CSV and its cells: quotes, guards, empty cells, and readers that get the same text back."""

import csv
import io

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from exports.cells import guard
from exports.lines import line

pytestmark = pytest.mark.once

GUARDED = [
    ("=1+1", "'=1+1"),
    ("@SUM(A1)", "'@SUM(A1)"),
    ("+cmd|' /C calc'!A0", "'+cmd|' /C calc'!A0"),
    ("-2+3+cmd", "'-2+3+cmd"),
    ("\t=1", "'\t=1"),
    ("\r=1", "'\r=1"),
    ("＝1", "'＝1"),
    ("＋1", "'＋1"),
    ("－1", "'－1"),
    ("＠x", "'＠x"),
    ("'=1", "''=1"),
    ("''=1", "'''=1"),
    ("+39 055 123", "+39 055 123"),
    ("-1.5", "-1.5"),
    ("+1 (555) 010-9999/12", "+1 (555) 010-9999/12"),
    ("+", "+"),
    ("+39x", "'+39x"),
    ("+39\n", "'+39\n"),
    ("=39", "'=39"),
    ("'hello", "'hello"),
    ("a=1", "a=1"),
    (" =1", " =1"),
    ("", ""),
]


@pytest.mark.parametrize(("text", "safe"), GUARDED)
def test_what_a_spreadsheet_could_run_is_made_text(text, safe):
    assert guard(text) == safe


def taken_off(cell):
    """Take off exactly one apostrophe, as an import does."""
    return cell[1:] if cell.startswith("'") and guard(cell[1:]) == cell else cell


@given(st.text(alphabet="'=+-@\t\r＝＋－＠ 1a"))
def test_an_import_gets_every_text_back(text):
    assert taken_off(guard(text)) == text


@pytest.mark.parametrize(
    ("cells", "written"),
    [
        (["a", "b"], "a,b\n"),
        (["a,b", 'c"d'], '"a,b","c""d"\n'),
        (["a\nb", "c\rd"], '"a\nb","c\rd"\n'),
        (["a\r\nb"], '"a\r\nb"\n'),
        ([" a "], " a \n"),
        (["", ""], ",\n"),
        ([""], '""\n'),
        (["\\."], '"\\."\n'),
        (["\\.", "x"], "\\.,x\n"),
        (["=1,2"], '"\'=1,2"\n'),
        (["é😀"], "é😀\n"),
        (["\u2028"], "\u2028\n"),
    ],
)
def test_quotes_only_where_needed(cells, written):
    assert line(cells) == written


# No database holds a NUL.
TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"))


@given(st.lists(TEXTS, min_size=1, max_size=5))
@example(["a\rb"])
@example([""])
def test_a_reader_gets_the_cells_back(cells):
    text = line(cells)
    assert text.endswith("\n")
    [read] = csv.reader(io.StringIO(text, newline=""), strict=True)
    assert [taken_off(cell) for cell in read] == cells
