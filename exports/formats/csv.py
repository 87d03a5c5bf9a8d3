import re
from collections.abc import Iterable, Iterator

from ..cells import guard
from .base import Sheet

# A lone CR, which Python's csv module leaves bare, ends a line for many readers.
_NEEDS_QUOTES = re.compile('[,"\n\r]')


class CsvFormat:
    """CSV: UTF-8 without BOM, commas, LF, quotes only where needed, always a title row."""

    name = "csv"
    content_type = "text/csv; charset=utf-8"
    extension = "csv"

    def write(self, sheet: Sheet) -> Iterator[bytes]:
        blocks = sheet.texts()
        # The titles wait for the first rows: an error before them must not look like a file.
        first = next(blocks, [])
        yield "".join(map(line, [sheet.columns.headers, *first])).encode()
        for block in blocks:
            yield "".join(map(line, block)).encode()


def line(cells: Iterable[str]) -> str:
    """Return one line of the file, with its end."""
    texts = [quoted(guard(text)) for text in cells]
    # An empty line would be no row to most readers, and \\. alone the end to PostgreSQL's.
    if texts in ([""], ["\\."]):
        return f'"{texts[0]}"\n'
    return ",".join(texts) + "\n"


def quoted(text: str) -> str:
    """Return the text in quotes where it needs them."""
    if _NEEDS_QUOTES.search(text):
        return '"' + text.replace('"', '""') + '"'
    return text
