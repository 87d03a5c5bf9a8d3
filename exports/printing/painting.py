"""Painting: the pages of a frame with rows on them."""

from collections.abc import Iterator, Sequence
from typing import Any

from weasyprint.document import Page
from weasyprint.draw.text import draw_emojis

from .frames import Frame
from .paper import Part


class Painted(Page):
    """One page of a document: that of the frame, its rows, and its number."""

    def __init__(self, frame: Frame, number: int, total: int, parts: Sequence[Part]) -> None:
        self.__dict__.update(vars(frame.leaf(number).page))
        self._frame, self._parts = frame, parts
        self._leaf = frame.leaf(number)
        self._words = f"page {number} / {total}"

    def paint(self, stream: Any, scale: float = 1) -> None:
        """Paint the page into the PDF file."""
        super().paint(stream, scale)
        with stream.stacked():
            stream.transform(a=scale, d=scale)
            self._rule(stream)
            stream.begin_text()
            emojis = [emoji for top, part in self._rows() for emoji in self._row(stream, top, part)]
            self._number(stream)
            stream.end_text()
            for images, x, y in emojis:
                draw_emojis(stream, self._frame.columns[0].typesetter.style, x, y, images)

    def _rows(self) -> Iterator[tuple[float, Part]]:
        """Yield the rows and where each begins, from the top of the page."""
        paper, top = self._frame.paper, self._leaf.row.position_y if self._parts else 0
        for part in self._parts:
            yield top, part
            top += paper.height(part.end - part.first)

    def _rule(self, stream: Any) -> None:
        """Draw the line below each row."""
        paper, row = self._frame.paper, self._leaf.row
        for top, part in self._rows():
            cell = row.children[0]
            height = cell.border_bottom_width
            stream.set_color(cell.style["border_bottom_color"])
            bottom = top + paper.height(part.end - part.first)
            stream.rectangle(row.position_x, bottom - height, row.width, height)
        stream.fill()

    def _row(self, stream: Any, top: float, part: Part) -> Iterator[tuple[list[Any], float, float]]:
        """Draw the texts of a row; yield the emojis to be drawn, and where."""
        for column, text in zip(self._frame.columns, part.texts, strict=True):
            if not text:
                continue
            stream.set_color(column.color)
            y = top + self._leaf.baseline
            for line in column.typesetter.lines(stream, text, column.width)[part.first : part.end]:
                x = column.x + (column.width - line.width if column.to_the_right else 0)
                stream.set_text_matrix(1, 0, 0, -1, round(x, 2), round(y, 2))
                stream.stream.extend(line.drawing)
                if line.emojis:
                    yield line.emojis, x, y
                y += self._frame.paper.line

    def _number(self, stream: Any) -> None:
        model = self._leaf.number
        [line] = self._frame.numbers.lines(stream, self._words)
        stream.set_color(model.style["color"])
        x = model.position_x + model.width - line.width
        stream.set_text_matrix(1, 0, 0, -1, x, model.position_y + model.baseline)
        stream.stream.extend(line.drawing)
