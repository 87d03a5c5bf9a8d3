from collections.abc import Iterator

from ..lines import line
from .base import Sheet


class CsvFormat:
    """CSV: UTF-8 without BOM, commas, LF, quotes only where needed, always a title row."""

    name = "csv"
    content_type = "text/csv; charset=utf-8"
    extension = "csv"
    most_rows = None

    def write(self, sheet: Sheet) -> Iterator[bytes]:
        # The titles wait for the first rows: an error before them must not look like a file.
        first = next(sheet.lines, b"")
        yield line(sheet.columns.headers).encode() + first
        yield from sheet.lines
