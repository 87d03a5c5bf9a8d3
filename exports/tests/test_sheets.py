"""How texts become cells, and how wide the columns of a page are."""

import pytest

from exports.columns import Column
from exports.formats.sheets import cell, widths
from exports.kinds import Text
from exports.printing.geometry import INDENT, WIDTH
from exports.printing.ruler import runs_left


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain", "plain"),
        ("", ""),
        ("nul\0 bell\x07 c1\x9b", "nul bell c1"),
        ("half \ud800 a pair", "half  a pair"),
        ("one\ntwo\r\nthree\tfour\u2028five\x0bsix", "one two three four five six"),
        ("evil\u202egnp.exe", "evilgnp.exe"),
        ("\u2066a\u2069\u200bb\ufeff\u00ad", "ab"),
        ("می\u200cخواهم", "می\u200cخواهم"),
        ("Nguyễn Thị Phương", "Nguyễn Thị Phương"),
        ("👩‍👩‍👧‍👦 🏴󠁧󠁢󠁥󠁮󠁧󠁿", "👩‍👩‍👧‍👦 🏴󠁧󠁢󠁥󠁮󠁧󠁿"),
        ("བསྟན་འཛིན", "བསྟན་འཛིན"),
        ("a" + "\u0301" * 300 + "b", "a" + "\u0301" * 4 + "b"),
        ("x" * 254, "x" * 254),
        ("x" * 255, "x" * 253 + "…"),
        ("ł" * 300, "ł" * 253 + "…"),
    ],
)
def test_a_cell_is_printable_and_short(text, shown):
    assert cell(text) == shown


def test_widths_follow_the_contents_and_fill_the_table():
    columns = [Column(title, title, title, Text()) for title in ("Name", "Email", "Status")]
    texts = [["bob", "b" * 30 + "@example.com", "enabled"]] * 19 + [["bob", "", "suspended"]]
    name, email, status = widths(columns, texts)
    assert 0 <= WIDTH - 2 * INDENT - (name + email + status) <= len(columns)
    assert email > 2 * name
    # The rare word is short: it gets the room not to be broken.
    assert status > name


@pytest.mark.parametrize(
    ("text", "leftwards"),
    [
        ("Ada", False),
        ("محمد (Ali)", True),
        ("12 יעל", True),
        ("Ada יעל", False),
        ("…", False),
    ],
)
def test_a_text_runs_as_its_first_letter_does(text, leftwards):
    assert runs_left(text) == leftwards
