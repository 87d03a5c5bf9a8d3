"""Paper: what its pages have room for, and which rows go onto which page."""

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

_ROUNDING = 1e-6


class Part(NamedTuple):
    """What a page shows of a row: its texts, and which of their lines, from first to before end."""

    texts: Sequence[str]
    first: int
    end: int


class Paper(NamedTuple):
    """The room for rows on each of the first pages, the last of which every further one is like.

    All in CSS pixels: a row is as high as its lines and its padding.
    """

    rooms: tuple[float, ...]
    line: float
    padding: float

    def lines(self, room: float) -> int:
        """Return how many lines a row may have that is to fit into the room."""
        return max(int((room - self.padding) / self.line + _ROUNDING), 0)

    def height(self, lines: int) -> float:
        """Return how high a row of so many lines is."""
        return lines * self.line + self.padding


def paginate(rows: Iterable[tuple[Sequence[str], int]], paper: Paper) -> Iterator[list[Part]]:
    """Yield the pages of rows, each given as its texts and the number of its lines.

    A row is never divided, except one that is higher than a page. There is at least one page.
    """
    page: list[Part] = []
    number, room = 1, paper.rooms[0]
    for texts, lines in rows:
        first = 0
        while first < lines:
            fitting = min(paper.lines(room), lines - first)
            too_high = not page and number >= len(paper.rooms)
            if first + fitting == lines or (too_high and fitting):
                page.append(Part(texts, first, first + fitting))
                room -= paper.height(fitting)
                first += fitting
                continue
            if too_high:
                raise ValueError("a page has no room for a single line")
            yield page
            page, number = [], number + 1
            room = paper.rooms[min(number, len(paper.rooms)) - 1]
    yield page
