"""How texts become cells, and how wide the columns of a page are."""

import pytest

from exports.columns import Column
from exports.formats.sheets import Cell, cell, cells, widths
from exports.kinds import Instant, Number, Text


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
    name, email, status = widths(columns, [cells(columns, row) for row in texts])
    assert name + email + status == pytest.approx(100, abs=0.01)
    assert email > 2 * name
    # The rare word is short: it gets the room not to be broken.
    assert status > name


@pytest.mark.parametrize(
    ("kind", "text", "css"),
    [
        (Text(), "Ada", ""),
        (Text(), "محمد (Ali)", "rtl"),
        (Text(), "12 יעל", "rtl"),
        (Text(), "Ada יעל", ""),
        (Text(), "…", ""),
        (Instant(), "2025-06-21", "instant"),
        (Number(), "7", "number"),
    ],
)
def test_a_cell_is_set_by_its_kind_and_its_script(kind, text, css):
    assert cells([Column("x", "X", "x", kind)], [text]) == [Cell(text, css)]
