"""What a render process does: fit rows into a frame's columns, and draw them onto its pages."""

import gc
import logging
import os
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from .paper import Paper, Part

# A layout is a great many objects that live to its end: to look through them as often as usual
# takes a third of the time, and finds nothing.
_COLLECT = 50_000, 20, 100
_NICENESS = 10
_WARMING = (
    '<table><tr class="model"><td>x</table><style>@page { @bottom-right { content: "page" } }'
)


class NoPango(RuntimeError):  # noqa: N818 - a state of the machine, not a mistake
    """The system libraries that set text are not installed."""


def warm_up() -> None:
    """Make this process ready, before anybody waits; those who ask for files now go first."""
    os.nice(_NICENESS)
    for name in ("weasyprint", "fontTools"):  # they comment on every unusual letter
        logging.getLogger(name).setLevel(logging.ERROR)
    try:
        paint(_WARMING, 1, 1, [[Part(["x"], 0, 1)]])
    except NoPango:
        return  # the first document tells
    gc.collect()
    gc.freeze()
    gc.set_threshold(*_COLLECT)


def fit(html: str, rows: Sequence[Sequence[str]]) -> tuple[Paper, bytes]:
    """Return what the pages of a frame have room for, and of each row how many lines it takes."""
    frame = _frame(html)
    fitters = [(column.typesetter.height, column.width) for column in frame.columns]
    heights = bytes(
        max(
            height(text, width) if text else 1
            for (height, width), text in zip(fitters, texts, strict=True)
        )
        for texts in rows
    )
    frame.forget()
    return frame.paper, heights


def paint(html: str, first: int, total: int, pages: Sequence[Sequence[Part]]) -> bytes:
    """Return a PDF of some pages of a document of so many, the first of which has that number."""
    frame = _frame(html)
    from .painting import Painted  # after the frame, whose error is the clearer one

    painted = [Painted(frame, number, total, parts) for number, parts in enumerate(pages, first)]
    try:
        return bytes(frame.document.copy(painted).write_pdf())
    finally:
        frame.forget()


@lru_cache(maxsize=4)  # documents take turns
def _frame(html: str) -> Any:
    try:
        from .frames import Frame
    except OSError as error:
        raise NoPango(str(error)) from error
    return Frame(html)
