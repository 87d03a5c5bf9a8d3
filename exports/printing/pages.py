"""Pages: which lines stand on which page, known before anything is painted."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from . import geometry as g


class Line(NamedTuple):
    """A line of a row: its cells with tabs between them, and where those lead, in Pango's units."""

    text: str
    stops: tuple[int, ...]


Row = list[Line]


@dataclass
class Page:
    """What stands on one page: some lines about the sheet, the titles, and rows.

    first is the number of its first row, from 0; a row of several pages counts on each.
    """

    title: bool
    first: int
    about: list[Row] = field(default_factory=list)
    titles: bool = True
    rows: list[Row] = field(default_factory=list)


def paginate(about: Sequence[Row], titles: Row, rows: Sequence[Row]) -> list[Page]:
    """Return the pages of a sheet; there is always one."""
    pages = _about_pages(about, titles)
    room = _room(pages[-1], titles)
    for number, piece in _pieces(rows, titles):
        if room < (height := row_height(piece)):
            pages.append(Page(title=False, first=number))
            room = _room(pages[-1], titles)
        if not pages[-1].rows:
            pages[-1].first = number
        pages[-1].rows.append(piece)
        room -= height
    return pages


def row_height(row: Row) -> int:
    """Return the height of a row."""
    return 2 * g.ROW_PADDING + len(row) * g.LINE


def _about_pages(about: Sequence[Row], titles: Row) -> list[Page]:
    """Return the pages that the words about the sheet fill: as good as always one."""
    pages = [Page(title=True, first=0)]
    # The titles and one row are to stand below the last of them.
    least = _titles_height(titles) + g.ABOUT_GAP + 2 * g.ROW_PADDING + 4 * g.LINE
    room = g.HEIGHT - _top(pages[0]) - least
    for row in about:
        for line in row:
            if room < g.ABOUT_LINE:
                pages[-1].titles = False
                pages.append(Page(title=False, first=0))
                room = g.HEIGHT - _top(pages[-1]) - least
            pages[-1].about.append([line])
            room -= g.ABOUT_LINE
    return pages


def _pieces(rows: Sequence[Row], titles: Row) -> Iterator[tuple[int, Row]]:
    """Yield the rows with their numbers; one that is higher than a page in pieces."""
    free = g.HEIGHT - g.RUNNING_LINE - _titles_height(titles) - 2 * g.ROW_PADDING
    most = max(free // g.LINE, 1)
    for number, row in enumerate(rows):
        for start in range(0, len(row), most):
            yield number, row[start : start + most]


def _room(page: Page, titles: Row) -> int:
    about = len(page.about) * g.ABOUT_LINE + g.ABOUT_GAP if page.about else 0
    return g.HEIGHT - _top(page) - about - _titles_height(titles)


def _top(page: Page) -> int:
    return g.TITLE_LINE + g.TITLE_GAP if page.title else g.RUNNING_LINE


def _titles_height(titles: Row) -> int:
    return len(titles) * g.LINE + g.HEAD_PADDING + g.HEAD_RULE
