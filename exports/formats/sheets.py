"""What a page shows of a sheet: texts that print, and how wide columns are."""

import re
import unicodedata
from collections.abc import Sequence
from math import ceil
from typing import NamedTuple

from ..columns import Column
from ..kinds import Instant
from ..printing.geometry import INDENT, TYPE, WIDTH

LONGEST_CELL = 254
# Between two columns, in pixels.
GAP = 12
# How wide columns would like to be is reckoned in em, from so many rows.
TABLE_WIDTH = (WIDTH - 2 * INDENT) / TYPE
SAMPLE = 2000
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


def cell(text: str) -> str:
    """Return the text as a cell shows it: printable, on one line, at most 254 characters."""
    if not (text.isascii() and text.isprintable()):
        text = _UNPRINTABLE.sub("", _LINE_BREAKS.sub(" ", text))
        text = text if text.isascii() else _thinned(text)
    return text if len(text) <= LONGEST_CELL else text[: LONGEST_CELL - 1] + "…"


def widths(columns: Sequence[Column], rows: Sequence[Sequence[str]]) -> list[int]:
    """Return the width of each column in pixels, with the gap after it.

    A column is as wide as most of its texts. Where the page is too narrow for that, instants wrap
    before the time, and the columns whose texts can wrap between words give way.
    """
    gap = GAP / TYPE
    room = TABLE_WIDTH - gap * len(columns)
    pairs = [
        (column, [row[index] for row in rows[:SAMPLE] if row[index]])
        for index, column in enumerate(columns)
    ]
    needs = [_need(column, texts, wrap_instants=False) for column, texts in pairs]
    if sum(need.least for need in needs) > room:
        needs = [_need(column, texts, wrap_instants=True) for column, texts in pairs]
    shares = [width + gap for width in _fit(needs, room)]
    return [int(TABLE_WIDTH * TYPE * share / sum(shares)) for share in shares]


def _thinned(text: str) -> str:
    """Drop the marks that one letter has too many of: they would cover the rows around it."""
    kept, marks = [], 0
    for letter in text:
        marks = marks + 1 if unicodedata.combining(letter) else 0
        if marks <= MOST_MARKS:
            kept.append(letter)
    return "".join(kept)


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
