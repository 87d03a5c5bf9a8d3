"""PDF: the sheet as a table on A4 landscape, laid out by WeasyPrint."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC
from threading import BoundedSemaphore
from typing import Any

from django.template.loader import render_to_string

from ..kinds import UTC_WORDS
from .base import Sheet, Unavailable, Whole
from .sheets import Cell, cell, cells, widths

LONGEST_WAIT = 60.0  # seconds
# A page costs memory and all of a processor: a process lays out one document at a time.
_turn = BoundedSemaphore(1)


class PdfUnavailable(Unavailable):
    """The system libraries that lay out pages are not installed."""


class PdfBusy(Unavailable):
    """Other documents are being laid out."""

    retry_after = 30


class PdfFormat:
    """PDF: the same columns as the CSV, for people to read."""

    name = "pdf"
    content_type = "application/pdf"
    extension = "pdf"

    def write(self, sheet: Sheet) -> Iterator[bytes]:
        weasyprint()
        columns = list(sheet.columns)
        rows = [
            cells(columns, texts) for block in sheet.texts() for texts in zip(*block, strict=True)
        ]
        with _one_at_a_time():
            document = render(page(sheet, rows))
        yield Whole(document)


def page(sheet: Sheet, rows: list[list[Cell]]) -> str:
    """Return the sheet as an HTML page."""
    columns, at = list(sheet.columns), sheet.generated_at.astimezone(UTC)
    context = {
        "title": cell(sheet.title),
        "created": at.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "generated": at.strftime(UTC_WORDS),
        "about": [(cell(label), cell(text)) for label, text in sheet.about],
        "total": f"{len(rows):,}",
        "headers": cells(columns, sheet.columns.headers),
        "widths": widths(columns, rows),
        "rows": rows,
        "empty": cell(sheet.empty),
    }
    return render_to_string("exports/sheet.html", context)


def render(html: str) -> bytes:
    """Return the PDF of a page that may fetch nothing."""
    library = weasyprint()

    class NoFetcher(library.URLFetcher):  # type: ignore[name-defined, misc]
        """Names in the directory are not to make us open anything."""

        def fetch(self, url: str, headers: Any = None) -> Any:
            raise ValueError("a sheet fetches nothing")

    return bytes(library.HTML(string=html, url_fetcher=NoFetcher()).write_pdf())


def weasyprint() -> Any:
    """Return the library; PdfUnavailable, with the packages to install, when it cannot be loaded.

    It takes half a second and Pango: only those who print pay.
    """
    try:
        import weasyprint as library
    except OSError as error:
        raise PdfUnavailable(
            "PDF needs Pango; on Debian: apt install"
            " libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0"
        ) from error
    return library


@contextmanager
def _one_at_a_time() -> Iterator[None]:
    if not _turn.acquire(timeout=LONGEST_WAIT):
        raise PdfBusy("other PDF documents are being made")
    usual = gc.get_threshold()
    # A layout is millions of objects that live to its end: looking through them as often as usual
    # takes a third of the time, and finds nothing.
    gc.set_threshold(50_000, 20, 100)
    try:
        yield
    finally:
        gc.set_threshold(*usual)
        _turn.release()
