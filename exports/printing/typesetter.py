"""The typesetter: fits texts into columns and sets them line by line, with WeasyPrint's Pango.

A table cell that WeasyPrint lays out takes several times as long, most of it for its boxes. Only
render processes import this: loading WeasyPrint takes half a second and 50 MB.
"""

from typing import Any, NamedTuple

from weasyprint.draw.text import draw_first_line
from weasyprint.matrix import Matrix
from weasyprint.text.ffi import TO_UNITS, ffi, pango, unicode_to_char_p
from weasyprint.text.line_break import Layout, line_size

# Letters that stand side by side, so that their widths add up to a text's: Latin, Greek, Cyrillic.
_PLAIN = frozenset(map(chr, [*range(0x20, 0x7F), *range(0xA1, 0x250), *range(0x370, 0x500)]))
_KERNING = 1.01  # the most that it makes a text wider than its letters
_NO_LIMIT = -1.0


class Line(NamedTuple):
    """A line that is set: what draws it at a place that the text matrix says, and its width."""

    drawing: list[bytes]
    width: float
    emojis: list[Any]


class Typesetter:
    """Sets texts in one style; it remembers what it has set, until it is told to forget."""

    def __init__(self, style: Any) -> None:
        self.style = style
        self._keeper = Layout(style)
        self.layout = self._keeper.layout
        pango.pango_layout_set_auto_dir(self.layout, True)
        pango.pango_layout_set_wrap(self.layout, pango.PANGO_WRAP_WORD_CHAR)
        attributes = ffi.gc(pango.pango_attr_list_new(), pango.pango_attr_list_unref)
        pango.pango_attr_list_insert(attributes, pango.pango_attr_insert_hyphens_new(False))
        pango.pango_layout_set_attributes(self.layout, attributes)
        self.text, self._number = "", 0
        self._letters: dict[str, float] = {}
        self._heights: dict[tuple[str, float], int] = {}
        self._lines: dict[tuple[str, float], list[Line]] = {}

    def height(self, text: str, width: float) -> int:
        """Return how many lines a text takes in a column."""
        key = text, width
        lines = self._heights.get(key)
        if lines is None:
            lines = 1 if self._fits_plainly(text, width) else self._lay_out(text, width)
            self._heights[key] = lines
        return lines

    def lines(self, stream: Any, text: str, width: float = _NO_LIMIT) -> list[Line]:
        """Return the lines of a text in a column; all streams until forget() are of one PDF."""
        key = text, width
        lines = self._lines.get(key)
        if lines is None:
            fits = width == _NO_LIMIT or self.height(text, width) == 1
            number = self._lay_out(text, _NO_LIMIT if fits else width)
            lines = self._lines[key] = [self._set(stream, line) for line in range(number)]
        return lines

    def forget(self) -> None:
        """Forget the texts, but not how wide letters are."""
        self._heights.clear()
        self._lines.clear()

    def _fits_plainly(self, text: str, width: float) -> bool:
        """Tell whether a text surely fits on one line; to lay it out takes ten times as long."""
        if not _PLAIN.issuperset(text):
            return False
        for letter in set(text).difference(self._letters):
            self._lay_out(letter, _NO_LIMIT)
            self._letters[letter] = self._width()
        return sum([self._letters[letter] for letter in text]) * _KERNING <= width

    def _lay_out(self, text: str, width: float) -> int:
        """Break a text into lines, and return how many they are."""
        self.text, self._number = text, 0
        letters, encoded = unicode_to_char_p(text)
        pango.pango_layout_set_width(self.layout, -1 if width < 0 else int(width * TO_UNITS))
        pango.pango_layout_set_text(self.layout, letters, len(encoded))
        number = 0
        while pango.pango_layout_get_line_readonly(self.layout, number) != ffi.NULL:
            number += 1
        return number

    def _set(self, stream: Any, number: int) -> Line:
        """Return what WeasyPrint would draw for a line, taken off its stream again."""
        self._number = number
        before = len(stream.stream)
        stream._current_font = None  # so that the drawing says its font, wherever it is used
        emojis = draw_first_line(stream, self, "clip", "none", Matrix(d=-1))
        drawing = stream.stream[before + 1 :]  # the first is the place
        del stream.stream[before:]
        stream._current_font = None
        return Line(drawing, self._width(), emojis)

    def _width(self) -> float:
        width: float = line_size(self.get_first_line()[0], self.style)[0]
        return width

    # What draw_first_line asks of a text box and of its layout

    max_width = None
    baseline = 0.0

    @property
    def pango_layout(self) -> "Typesetter":
        """Itself."""
        return self

    def get_first_line(self) -> tuple[Any, None]:
        """Return the line to be drawn."""
        return pango.pango_layout_get_line_readonly(self.layout, self._number), None
