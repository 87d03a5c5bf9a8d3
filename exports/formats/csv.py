from codecs import BOM_UTF8
from collections.abc import Iterator
from dataclasses import dataclass

from ..lines import line
from .base import Sheet


@dataclass(frozen=True)
class CsvFormat:
    """CSV: UTF-8, commas, LF, quotes only where needed, always a title row.

    bom puts a byte order mark at the beginning, by which Excel knows UTF-8; documents have none.
    """

    bom: bool = False

    name = "csv"
    content_type = "text/csv; charset=utf-8"
    extension = "csv"
    most_rows = None

    def write(self, sheet: Sheet) -> Iterator[bytes]:
        # The titles wait for the first rows: an error before them must not look like a file.
        first = next(sheet.lines, b"")
        mark = BOM_UTF8 if self.bom else b""
        yield mark + line(sheet.columns.headers).encode() + first
        yield from sheet.lines
