"""Which rows go onto which page."""

import pytest

from exports.printing.paper import Paper, Part, paginate

# The first page has room for three rows of one line, further ones for five.
PAPER = Paper((36.0, 60.0), 10.0, 2.0)


def pages(heights, paper=PAPER):
    """The pages of rows of so many lines, as (row, first line, end)."""
    rows = (((number,), height) for number, height in enumerate(heights))
    return [
        [(*part.texts, part.first, part.end) for part in page] for page in paginate(rows, paper)
    ]


def test_nothing_is_one_page():
    assert pages([]) == [[]]


def test_pages_are_filled_to_the_brim():
    assert [len(page) for page in pages([1] * 13)] == [3, 5, 5]
    assert [len(page) for page in pages([1] * 14)] == [3, 5, 5, 1]


def test_a_row_that_does_not_fit_goes_to_the_next_page_whole():
    assert pages([1, 1, 2, 1]) == [[(0, 0, 1), (1, 0, 1)], [(2, 0, 2), (3, 0, 1)]]


def test_a_row_higher_than_a_page_is_divided_between_its_lines():
    assert pages([1, 12, 1]) == [
        [(0, 0, 1)],
        [(1, 0, 5)],
        [(1, 5, 10)],
        [(1, 10, 12), (2, 0, 1)],
    ]


def test_pages_without_room_stay_empty():
    assert pages([1, 1], Paper((0.0, 0.0, 12.0, 24.0), 10.0, 2.0)) == [
        [],
        [],
        [(0, 0, 1)],
        [(1, 0, 1)],
    ]


def test_paper_without_any_room_is_an_error():
    with pytest.raises(ValueError, match="no room"):
        pages([1], Paper((5.0,), 10.0, 2.0))


def test_a_part_says_what_it_shows():
    assert list(paginate([(("a", "b"), 1)], PAPER)) == [[Part(("a", "b"), 0, 1)]]
