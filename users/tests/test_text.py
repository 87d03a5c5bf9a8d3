from unicodedata import is_normalized

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from users.text import fold, searchable


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("BEN", "ben"),
        ("Straße", "strasse"),
        ("ÉCOLE", "école"),
        ("E\u0301cole", "école"),
        ("ΣΊΣΥΦΟΣ", "σίσυφοσ"),
        ("I", "i"),
        ("İ", "i̇"),
        ("ﬁn", "fin"),
        ("", ""),
    ],
)
def test_case_is_folded_and_accents_are_kept(text, folded):
    assert fold(text) == folded


@given(st.text())
@example("\u0345\u0300")
@example("ΐ\u0301")
def test_folding_twice_is_folding_once_and_stays_composed(text):
    assert fold(fold(text)) == fold(text)
    assert is_normalized("NFC", fold(text))


@given(st.text(), st.text())
def test_no_term_reaches_over_two_parts(one, other):
    terms = set(fold(one + other).split()) - set(fold(one).split()) - set(fold(other).split())
    parts = searchable(one, other).split("\n")
    assert all("\n" not in term for term in terms)
    assert parts[0] == fold(one).split("\n")[0]
