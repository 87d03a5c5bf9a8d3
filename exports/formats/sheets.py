"""What a page shows of a sheet: texts that print, how cells are set, and how wide columns are."""

import re
import unicodedata
from collections.abc import Sequence
from math import ceil
from typing import NamedTuple

from ..columns import Column
from ..kinds import Instant, Number

LONGEST_CELL = 254
# Everything in em of the table's type; sheet.css says how large that is and where the gap goes.
TABLE_WIDTH = 110.0
GAP = 1.3
WIDEST_TEXT = 21.0
SHORT_WORD = 8.0  # never broken
MOST = 0.9  # the share of a column's texts that its width is made for

_LINE_BREAKS = re.compile("[\t-\r\x85\u2028\u2029]+")
# Controls, which fonts have no glyphs for; half a surrogate pair, which cannot be written at all;
# and what would show a name in another order, or hide in it: bidi overrides, embeddings and
# isolates, soft hyphens and zero-width spaces. Joiners stay: Persian, Hindi and emoji need them.
_UNPRINTABLE = re.compile(
    "[\0-\x1f\x7f-\x9f\xad\u200b\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\ufffe\uffff\ud800-\udfff]"
)
MOST_MARKS = 4  # on one letter: the most that Hebrew or Vietnamese needs
_NUMBER = re.compile(r"[0-9 +()./-]+")
_NARROW = re.compile(r"[ .,:;'!|()\[\]/\-ijltfrI]")
_WIDE = re.compile("[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\uff01-\uff60\U0001f000-]")


class Cell(NamedTuple):
    """A text and the classes that sheet.css sets it by."""

    text: str
    css: str


def cell(text: str) -> str:
    """Return the text as a cell shows it: printable, on one line, at most 254 characters."""
    if not (text.isascii() and text.isprintable()):
        text = _UNPRINTABLE.sub("", _LINE_BREAKS.sub(" ", text))
        text = text if text.isascii() else _thinned(text)
    return text if len(text) <= LONGEST_CELL else text[: LONGEST_CELL - 1] + "…"


def cells(columns: Sequence[Column], texts: Sequence[str]) -> list[Cell]:
    """Return a row of texts as cells."""
    return [
        Cell(text, _css(column, text))
        for column, text in zip(columns, map(cell, texts), strict=True)
    ]


def widths(columns: Sequence[Column], rows: Sequence[Sequence[Cell]]) -> list[float]:
    """Return the width of each column as a percentage of the table.

    A column is as wide as most of its texts. Where the page is too narrow for that, instants wrap
    before the time, and the columns whose texts can wrap between words give way.
    """
    room = TABLE_WIDTH - GAP * len(columns)
    pairs = [
        (column, [row[index].text for row in rows if row[index].text])
        for index, column in enumerate(columns)
    ]
    needs = [_need(column, texts, wrap_instants=False) for column, texts in pairs]
    if sum(need.least for need in needs) > room:
        needs = [_need(column, texts, wrap_instants=True) for column, texts in pairs]
    shares = [width + GAP for width in _fit(needs, room)]
    return [round(100 * share / sum(shares), 3) for share in shares]


def _thinned(text: str) -> str:
    """Drop the marks that one letter has too many of: they would cover the rows around it."""
    kept, marks = [], 0
    for letter in text:
        marks = marks + 1 if unicodedata.combining(letter) else 0
        if marks <= MOST_MARKS:
            kept.append(letter)
    return "".join(kept)


def _css(column: Column, text: str) -> str:
    if isinstance(column.kind, Instant):
        return "instant"
    if isinstance(column.kind, Number):
        return "number"
    return "" if text.isascii() or not _runs_left(text) else "rtl"


def _runs_left(text: str) -> bool:
    """Tell whether the first letter with a direction is written from right to left."""
    for letter in text:
        direction = unicodedata.bidirectional(letter)
        if direction in ("L", "R", "AL"):
            return direction != "L"
    return False


class _Need(NamedTuple):
    """The widths at which most texts of a column wrap between words only, and not at all."""

    least: float
    most: float


def _need(column: Column, texts: Sequence[str], *, wrap_instants: bool) -> _Need:
    least = _longest_word(column.header)
    if isinstance(column.kind, Instant):
        parts = [text.partition(" ")[::2] if wrap_instants else (text,) for text in texts]
        width = max([least, *(_em(part) for pair in parts for part in pair)])
        return _Need(width, max(width, _em(column.header)))
    words = [_longest_word(text) for text in texts]
    short = (width for width in words if width <= SHORT_WORD)
    least = max(least, *short, min(_common(words), WIDEST_TEXT))
    most = min(_common([_em(text) for text in texts]), WIDEST_TEXT)
    return _Need(least, max(least, most, _em(column.header)))


def _fit(needs: Sequence[_Need], room: float) -> list[float]:
    """Give each its least, and what room is left in proportion to what they would like more."""
    least = sum(need.least for need in needs)
    slack = sum(need.most for need in needs) - least
    part = min(max(room - least, 0) / slack, 1) if slack else 0
    return [need.least + (need.most - need.least) * part for need in needs]


def _longest_word(text: str) -> float:
    """The width of the longest part that should not be broken; a phone number is one."""
    return max(map(_em, [text] if _NUMBER.fullmatch(text) else text.split()), default=0.0)


def _common(values: list[float]) -> float:
    """The value that most values do not exceed."""
    return sorted(values)[ceil((len(values) - 1) * MOST)] if values else 0.0


def _em(text: str) -> float:
    """Estimate the width of a text; measuring it exactly would take as long as setting it."""
    width = 0.58 * len(text) - 0.28 * len(_NARROW.findall(text))
    return width if text.isascii() else width + 0.42 * len(_WIDE.findall(text))
