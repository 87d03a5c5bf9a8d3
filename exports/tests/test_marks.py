"""Blocks of marked rows become lines: as the slow way writes them, cell by cell."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from exports import marks
from exports.lines import line

NASTY = st.text(alphabet="'=+-@\t\r\n,\"＝ 1a.\x1bé", max_size=6)
PLAIN = [False, True, False, True]
TELLERS = {3: lambda text: b"told " + text.upper()}


def marked(rows):
    """Return what SQLite would give for rows of four cells, the last one told or empty."""
    form = marks.form(PLAIN)
    told = [[*row[:3], row[3] and f"{marks.TOLD}3 {row[3]}"] for row in rows]
    return "".join(form % tuple(row) for row in told).encode()


def slowly(rows):
    return "".join(line([*row[:3], row[3] and f"told {row[3].upper()}"]) for row in rows).encode()


row = st.tuples(NASTY, st.sampled_from(["true", ""]), NASTY, st.sampled_from(["", "x y", "z"]))


@given(st.lists(row, min_size=1, max_size=5))
@example([("\r", "", "\r", "")])
@example([("=", "true", "=", "x y"), ("=", "true", "=", "x y")])
@example([("+1 2", "", "-3", ""), ("'", "", "''=", "z")])
@example([("\x1b3 x", "", "\x1b3 y", "")])
def test_a_block_is_written_as_its_cells_one_by_one(rows):
    block = marked(rows)
    assert marks.is_whole(block, len(rows), 4)
    assert marks.lines(block, PLAIN, TELLERS) == slowly(rows)


def test_a_first_cell_may_be_plain():
    form = marks.form([True, False])
    block = (form % ("true", "=1") + form % (f"{marks.TOLD}0 x", "b")).encode()
    assert marks.lines(block, [True, False], {0: lambda text: b"[" + text + b"]"}) == (
        b"true,'=1\n[x],b\n"
    )


@pytest.mark.parametrize("mark", marks.MARKS)
def test_a_mark_in_a_cell_is_noticed(mark):
    rows = [("a", "true", "b", ""), (f"a{mark}b", "true", "c", "")]
    assert not marks.is_whole(marked(rows), 2, 4)


def test_a_row_apart_is_written_the_same():
    assert marks.line(["=a\x1f", "true", None, f"{marks.TOLD}3 x"], TELLERS) == (
        b"'=a\x1f,true,,told X\n"
    )
    assert marks.line([None], {}) == b'""\n'
