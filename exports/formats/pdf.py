"""PDF: the sheet on A4 landscape pages, for people to read.

Which line stands on which page is known before anything is painted: render processes first fit the
texts into their columns, then paint some pages each, and the parts are joined.
"""

from collections.abc import Iterator, Sequence
from datetime import UTC
from functools import cache, partial
from typing import Any

from django.conf import settings

from ..kinds import UTC_WORDS
from ..printing import geometry as g
from ..printing.libraries import HINT, missing
from .base import Sheet, Unavailable, Whole
from .sheets import GAP, cell, widths

# So many rows are fitted at once, and so many pages painted.
ROWS, PAGES = 500, 20


class PdfUnavailable(Unavailable):
    """The system libraries that lay out pages are not installed."""


class PdfBusy(Unavailable):
    """Other documents are being laid out."""

    retry_after = 30


class PdfFailed(Unavailable):
    """A render process ended before the document was whole."""

    retry_after = 5
    is_failure = True


class PdfFormat:
    """PDF: the same columns as the CSV, for people to read."""

    name = "pdf"
    content_type = "application/pdf"
    extension = "pdf"
    most_rows = None

    def write(self, sheet: Sheet) -> Iterator[bytes]:
        if lacking := missing():
            raise PdfUnavailable(f"PDF needs {', '.join(lacking)}; {HINT}")
        from ..printing.pool import PoolFull, RenderFailed

        try:
            with pool().sheet():
                document = _document(sheet)
        except PoolFull as error:
            raise PdfBusy("other PDF documents are being made") from error
        except RenderFailed as error:
            raise PdfFailed(f"the PDF was not made: {error}") from error
        yield Whole(document)


def _document(sheet: Sheet) -> bytes:
    from ..printing.merging import merged
    from ..printing.pages import paginate
    from ..printing.press import Imprint, press
    from ..printing.ruler import fit

    columns = list(sheet.columns)
    rows = [
        tuple(map(cell, texts)) for block in sheet.texts() for texts in zip(*block, strict=True)
    ]
    room = widths(columns, rows)
    run = partial(pool().run, check=sheet.check)
    chunks = [rows[start : start + ROWS] for start in range(0, len(rows), ROWS)]
    about, titles, *fitted = run(
        fit,
        [
            ("about", _about(sheet, len(rows)), (g.ABOUT_LABEL, g.WIDTH - g.ABOUT_LABEL), 0),
            ("head", [tuple(map(cell, sheet.columns.headers))], room, GAP),
            *(("row", chunk, room, GAP) for chunk in chunks),
        ],
    )
    pages = paginate(about, titles[0], [row for chunk in fitted for row in chunk])
    at = sheet.generated_at.astimezone(UTC)
    imprint = Imprint(
        title=cell(sheet.title),
        created=at.strftime("%Y-%m-%dT%H:%M:%SZ"),
        generated=at.strftime(UTC_WORDS),
        pages=len(pages),
        titles=titles[0],
        empty="" if rows else cell(sheet.empty),
    )
    starts = range(0, len(pages), PAGES)
    parts = run(press, [(imprint, start + 1, pages[start : start + PAGES]) for start in starts])
    return merged(parts, _bookmarks(rows, pages))


def _about(sheet: Sheet, total: int) -> list[tuple[str, str]]:
    """Return what the first page says about the sheet, as pairs of a label and a text."""
    generated = sheet.generated_at.astimezone(UTC).strftime(UTC_WORDS)
    pairs = [("Generated at", generated), *sheet.about, ("Total", f"{total:,}")]
    return [(cell(label), cell(text)) for label, text in pairs]


def _bookmarks(rows: Sequence[Sequence[str]], pages: Sequence[Any]) -> list[tuple[str, int]]:
    """Return a bookmark a page, after its first row; none for a single page."""
    if len(pages) == 1:
        return []
    return [(rows[page.first][0] or "–", place) for place, page in enumerate(pages) if page.rows]


@cache
def pool() -> Any:
    """Return this process's pool of render processes."""
    from ..printing.pool import RenderPool

    return RenderPool(settings.PDF_PROCESSES, settings.PDF_DOCUMENTS, settings.PDF_SECONDS)
