"""Frames: the pages around the rows, which WeasyPrint lays out from HTML.

A frame has a page or more with what comes before the rows, and a last one that every further page
is like. Where rows go, it has a row of class model; where "page x / y" goes, at the bottom right, a
model of that. The models are hidden: their boxes say where texts begin, how wide columns are, and
how they are set.
"""

from functools import cache
from typing import Any

import weasyprint
from weasyprint.document import Page
from weasyprint.formatting_structure.boxes import LineBox, MarginBox, TextBox
from weasyprint.text.fonts import FontConfiguration

from .paper import Paper
from .typesetter import Typesetter


class NoFetcher(weasyprint.URLFetcher):
    """Names in the directory are not to make us open anything."""

    def fetch(self, url: str, headers: Any = None) -> Any:
        """Refuse."""
        raise ValueError("a sheet fetches nothing")


@cache
def fonts() -> FontConfiguration:
    """Return the fonts of this machine."""
    return FontConfiguration()


class Column:
    """A column of a frame: where it is, and who sets its texts."""

    def __init__(self, cell: Any, typesetter: Typesetter) -> None:
        self.x, self.width = cell.content_box_x(), cell.width
        self.color = cell.style["color"]
        self.to_the_right = cell.style["text_align_all"] == "right"
        self.typesetter = typesetter


class Leaf:
    """A page of a frame: where its rows begin, what room they have, and where its number goes."""

    def __init__(self, page: Page) -> None:
        self.page = page
        body = page._page_box
        boxes = list(body.descendants())
        corner = next(box for box in boxes if _is_page_number(box))
        self.number = next(box for box in corner.descendants() if isinstance(box, TextBox))
        self.row: Any = next((box for box in boxes if _is_model(box)), None)
        self.room = 0.0
        if self.row is not None:
            self.room = body.content_box_y() + body.height - self.row.position_y
            self.line = next(box for box in self.row.descendants() if isinstance(box, LineBox))
            self.baseline = self.line.position_y + self.line.baseline - self.row.position_y


class Frame:
    """The pages around the rows of one document."""

    def __init__(self, html: str) -> None:
        source = weasyprint.HTML(string=html, url_fetcher=NoFetcher())
        self.document = source.render(font_config=fonts())
        self.leaves = [Leaf(page) for page in self.document.pages]
        last = self.leaves[-1]
        self.columns = [Column(cell, Typesetter(cell.style)) for cell in last.row.children]
        self.numbers = Typesetter(last.number.style)
        self.paper = Paper(
            tuple(leaf.room for leaf in self.leaves),
            last.line.height,
            last.row.height - last.line.height,
        )

    def leaf(self, number: int) -> Leaf:
        """Return what a page of the document is like, the first being 1."""
        return self.leaves[min(number, len(self.leaves)) - 1]

    def forget(self) -> None:
        """Forget all texts: what was set is good for one PDF only, and takes memory."""
        for typesetter in (self.numbers, *(column.typesetter for column in self.columns)):
            typesetter.forget()


def _is_model(box: Any) -> bool:
    return bool(box.element_tag == "tr" and box.element.get("class") == "model")


def _is_page_number(box: Any) -> bool:
    return isinstance(box, MarginBox) and box.at_keyword == "@bottom-right"
