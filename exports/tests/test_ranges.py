"""Ranges: which part of a file a header asks for."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exports.ranges import Range, Unsatisfiable, parse

pytestmark = pytest.mark.once


@pytest.mark.parametrize(
    ("header", "part"),
    [
        ("bytes=0-0", (0, 0)),
        ("bytes=0-9", (0, 9)),
        ("bytes=5-", (5, 9)),
        ("bytes=-3", (7, 9)),
        ("bytes=-100", (0, 9)),
        ("bytes=3-99999999", (3, 9)),
        (" Bytes = 2 - 4 ", (2, 4)),
    ],
)
def test_a_part(header, part):
    assert parse(header, 10) == Range(*part)


@pytest.mark.parametrize(
    "header",
    [
        "",
        "bytes",
        "bytes=",
        "bytes=-",
        "bytes=4-2",
        "bytes=0-1,3-4",
        "lines=0-1",
        "bytes=a-b",
        "bytes=0x1-2",
        "bytes=--1",
        f"bytes={'9' * 30}-",
        "bytes=٣-٤",
    ],
)
def test_what_is_not_understood_is_ignored(header):
    assert parse(header, 10) is None


@pytest.mark.parametrize("header", ["bytes=10-", "bytes=10-20", "bytes=-0"])
def test_what_lies_behind_the_end_cannot_be_given(header):
    with pytest.raises(Unsatisfiable):
        parse(header, 10)


@given(st.integers(0, 20), st.integers(0, 30), st.one_of(st.none(), st.integers(0, 30)))
def test_as_a_slice_would_have_it(size, first, last):
    header = f"bytes={first}-{'' if last is None else last}"
    whole = list(range(size))
    expected = whole[first : None if last is None else last + 1]
    try:
        part = parse(header, size)
    except Unsatisfiable:
        assert expected == []
        return
    if part is None:
        assert last is not None
        assert last < first
    else:
        assert whole[part.first : part.last + 1] == expected
        assert part.length == len(expected)
