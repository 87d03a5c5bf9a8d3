"""Rulers: how wide texts are, and how they are broken into the lines of a cell.

They ask WeasyPrint's own Pango layouts, so what fits here fits on the page. A render process has
them; none of this is for threads.
"""

import unicodedata
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from .library import styles, weasyprint
from .pages import Line, Row
from .press import SAMPLE

UNITS = 1024  # of Pango's, a pixel
# WeasyPrint writes the way a tab goes in Pango's units where a PDF has thousandths.
STRETCH = 1.024
JOINER = "\u200d"
ISOLATED = "\u2067{}\u2069"  # from right to left, whatever stands beside it
CACHED = 50_000


class Ruler:
    """Measures texts in one size and weight of the type."""

    def __init__(self, style: Any) -> None:
        self._style = style
        self.width = lru_cache(maxsize=CACHED)(self._width)

    def _width(self, text: str) -> float:
        breaking = weasyprint().text.line_break
        layout = breaking.Layout(self._style)
        layout.set_text(text)
        line, _ = layout.get_first_line()
        return float(breaking.line_size(line, self._style)[0])

    def wrapped(self, text: str, room: float) -> list[str]:
        """Return the text as lines no wider than room, broken between words or else inside one."""
        if not text or self.width(text) <= room:
            return [text]
        lines = [""]
        for word in text.split(" "):
            longer = f"{lines[-1]} {word}" if lines[-1] else word
            if self.width(longer) <= room:
                lines[-1] = longer
                continue
            if lines[-1]:
                lines.append("")
            *whole, lines[-1] = self._broken(word, room)
            lines[-1:-1] = whole
        return lines

    def _broken(self, word: str, room: float) -> list[str]:
        """Return the parts of a word that fit, each as long as can be."""
        parts = []
        while word and self.width(word) > room:
            low, high = 1, len(word)
            while low < high:
                middle = (low + high + 1) // 2
                low, high = (
                    (middle, high) if self.width(word[:middle]) <= room else (low, middle - 1)
                )
            end = _boundary(word, low)
            parts.append(word[:end])
            word = word[end:]
        return [*parts, word]


def _boundary(word: str, end: int) -> int:
    """Return the last place up to end, from 1, at which no letter is parted from its marks."""
    place = end
    while place > 1 and _continues(word, place):
        place -= 1
    while place < len(word) and place <= 1 and _continues(word, place):
        place += 1
    return place


def _continues(word: str, place: int) -> bool:
    if place >= len(word):
        return False
    letter = word[place]
    return (
        unicodedata.category(letter) in ("Mn", "Mc", "Me")
        or JOINER in (letter, word[place - 1])
        or "\U0001f3fb" <= letter <= "\U0001f3ff"
    )


def fit(kind: str, rows: Sequence[Sequence[str]], widths: Sequence[int], gap: int) -> list[Row]:
    """Return rows of texts as lines whose cells fit into columns of these widths."""
    ruler = rulers()[kind]
    return [_fit_row(ruler, row, widths, gap) for row in rows]


def _fit_row(ruler: Ruler, row: Sequence[str], widths: Sequence[int], gap: int) -> Row:
    cells = [
        [_isolated(line) for line in ruler.wrapped(text, width - gap)]
        for text, width in zip(row, widths, strict=True)
    ]
    lines = []
    for place in range(max(map(len, cells))):
        texts = [cell[place] if place < len(cell) else "" for cell in cells]
        lines.append(Line("\t".join(texts), _stops(ruler, texts, widths)))
    return lines


def _stops(ruler: Ruler, texts: Sequence[str], widths: Sequence[int]) -> tuple[int, ...]:
    """Return where tabs must lead for every cell to begin where its column does."""
    stops, at = [], 0.0
    for text, width in zip(texts[:-1], widths[:-1], strict=True):
        taken = ruler.width(text) if text else 0.0
        at += taken + max(width - taken, 1) / STRETCH
        stops.append(round(at * UNITS))
    return tuple(stops)


def _isolated(text: str) -> str:
    return text if text.isascii() or not runs_left(text) else ISOLATED.format(text)


def runs_left(text: str) -> bool:
    """Tell whether the first letter with a direction is written from right to left."""
    for letter in text:
        direction = unicodedata.bidirectional(letter)
        if direction in ("L", "R", "AL"):
            return direction != "L"
    return False


@lru_cache(maxsize=1)
def rulers() -> dict[str, Ruler]:
    return {kind: Ruler(style) for kind, style in styles(SAMPLE, ("row", "head", "about")).items()}
