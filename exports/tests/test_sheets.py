"""How texts become cells."""

import pytest

from exports.formats.sheets import cell


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
