"""PDF: the sheet as a table on A4 landscape, laid out by WeasyPrint."""

import re
from collections.abc import Iterator
from typing import Any

from django.template.loader import render_to_string

from .base import Sheet

LONGEST_CELL = 254
# Fonts have no glyphs for them, and half a surrogate pair cannot be written at all.
_UNPRINTABLE = re.compile("[\0-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ufffe\uffff\ud800-\udfff]")


class PdfFormat:
    """PDF: the same columns as the CSV, for people to read."""

    name = "pdf"
    content_type = "application/pdf"
    extension = "pdf"

    def write(self, sheet: Sheet) -> Iterator[bytes]:
        rows = [[cell(text) for text in row] for block in sheet.texts() for row in block]
        yield render(render_to_string("exports/sheet.html", {"sheet": sheet, "rows": rows}))


def cell(text: str) -> str:
    """Return the text as a cell shows it: printable, and at most 254 characters."""
    text = _UNPRINTABLE.sub("", text)
    return text if len(text) <= LONGEST_CELL else text[: LONGEST_CELL - 1] + "…"


def render(html: str) -> bytes:
    """Return the PDF of a page that may fetch nothing."""
    from weasyprint import HTML  # takes half a second and Pango: only those who print pay
    from weasyprint.urls import URLFetcher

    class NoFetcher(URLFetcher):
        """Names in the directory are not to make us open anything."""

        def fetch(self, url: str, headers: Any = None) -> Any:
            raise ValueError("a sheet fetches nothing")

    return bytes(HTML(string=html, url_fetcher=NoFetcher()).write_pdf())
