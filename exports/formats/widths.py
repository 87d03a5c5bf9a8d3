"""How wide the columns of a page should be."""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from functools import lru_cache
from math import ceil
from operator import attrgetter
from typing import NamedTuple

from ..columns import Column
from ..kinds import Instant

# Everything in em of the table's type; sheet.css says how large that is and where the gap goes.
TABLE_WIDTH = 110.0
GAP = 1.3
WIDEST_TEXT = 21.0
SHORT_WORD = 8.0  # never broken
MOST = 0.95  # the share of a column's texts that its width is made for
FEW = 0.3  # the share of rows up to which a column is for few of them
BOLD = 1.1  # how much wider titles are

_NUMBER = re.compile(r"[0-9 +()./-]+")
_INSTANT = re.compile("0{4}-00-00 ")  # with every digit 0
_DIGITS = str.maketrans("123456789", "000000000")
_WIDTHS = {
    letter: width
    for letters, width in (
        (" .,:;'!|()[]ijlI-", 0.27),
        ("frtJ/", 0.37),
        ("0123456789+", 0.575),
        ("cksvxyz_", 0.5),
        ("CDGHNOQUw&ωю", 0.75),
        ("mMW@%…жшщЖШЩЮ", 0.92),
    )
    for letter in letters
}


class ColumnWidths:
    """How wide the columns of a page should be, learned from all its rows."""

    def __init__(self, columns: Iterable[Column]) -> None:
        self._columns = [_Seen(column) for column in columns]
        self._rows = 0

    def learn(self, rows: Sequence[Sequence[str]]) -> None:
        """Look at the texts of some rows."""
        self._rows += len(rows)
        for column, texts in zip(self._columns, zip(*rows, strict=True), strict=True):
            column.look_at(texts)

    def percentages(self) -> list[float]:
        """Return the width of each column as a percentage of the table.

        A column is as wide as most of its texts. Where the page is too narrow for that, instants
        that few rows have wrap before the time, and the columns whose texts can wrap between words
        give way; where that is not enough, all instants wrap, those of the fewest rows first.
        """
        room = TABLE_WIDTH - GAP * len(self._columns)
        instants = sorted((column for column in self._columns if column.instants), key=_filled)
        for column in instants:
            few = column.filled <= FEW * self._rows
            if sum((it.need.most if few else it.need.least) for it in self._columns) > room:
                column.wrapped = True
        shares = [width + GAP for width in _fit([column.need for column in self._columns], room)]
        return [round(100 * share / sum(shares), 3) for share in shares]


class _Need(NamedTuple):
    """The widths at which most texts of a column wrap between words only, and not at all."""

    least: float
    most: float


class _Seen:
    """What was seen of a column: how wide its texts are, and the longest words in them."""

    def __init__(self, column: Column) -> None:
        self.header = _Need(*(BOLD * width for width in _measured(column.header)))
        self.instants = isinstance(column.kind, Instant)
        self.wrapped = False
        self._words: Counter[float] = Counter()
        self._texts: Counter[float] = Counter()

    def look_at(self, texts: Iterable[str]) -> None:
        if self.instants:  # they differ in their digits, which are equally wide
            texts = [text.translate(_DIGITS) for text in texts]
        measured = [_measured(text) for text in texts if text]
        self._words.update([least for least, _ in measured])
        self._texts.update([most for _, most in measured])

    @property
    def filled(self) -> int:
        return self._texts.total()

    @property
    def need(self) -> _Need:
        if self.instants:
            text = max(self._texts, default=0.0)
            least = max(self._words, default=0.0) if self.wrapped else text
            return _Need(max(self.header.least, least), max(*self.header, least))
        short = (width for width in self._words if width <= SHORT_WORD)
        least = max(self.header.least, *short, min(_common(self._words), WIDEST_TEXT))
        return _Need(least, max(*self.header, least, min(_common(self._texts), WIDEST_TEXT)))


_filled = attrgetter("filled")


def _fit(needs: Sequence[_Need], room: float) -> list[float]:
    """Give each its least, and what room is left in proportion to what they would like more."""
    least = sum(need.least for need in needs)
    slack = sum(need.most for need in needs) - least
    part = min(max(room - least, 0) / slack, 1) if slack else 0
    return [need.least + (need.most - need.least) * part for need in needs]


def _common(widths: Counter[float]) -> float:
    """The width that most widths do not exceed."""
    wanted, seen = ceil(widths.total() * MOST), 0
    for width in sorted(widths):
        seen += widths[width]
        if seen >= wanted:
            return width
    return 0.0


@lru_cache(maxsize=20_000)
def _measured(text: str) -> _Need:
    """Return how wide the longest part that should not be broken is, and the whole, to 0.1 em.

    An instant breaks before its time only, which is "10:30:00 UTC"; a phone number does not.
    """
    if _NUMBER.fullmatch(text):
        words = [text]
    elif _INSTANT.match(text):
        words = text.split(" ", 1)
    else:
        words = text.split()
    return _Need(round(max(map(_em, words), default=0.0), 1), round(_em(text), 1))


def _em(text: str) -> float:
    """Estimate the width of a text: only render processes know the fonts."""
    known = _WIDTHS.get
    return sum([known(letter) or _usual(letter) for letter in text])


def _usual(letter: str) -> float:
    """The width of most letters that are written like this one."""
    if letter.isascii():
        return 0.6
    if unicodedata.combining(letter):
        return 0.0
    return 1.0 if unicodedata.east_asian_width(letter) in "WF" else 0.6
