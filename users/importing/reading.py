"""From a file to rows, whatever it is: CSV or JSON, an array or an object a line, plain or gzip."""

from collections.abc import Callable, Iterator
from itertools import chain

from .csv_rows import csv_rows
from .faults import Unreadable
from .json_rows import BLANK, array_rows, line_rows
from .rows import Row
from .texts import texts
from .unpacking import Limits, Source

AUTO = "auto"
PARSERS: dict[str, Callable[[Iterator[str], int], Iterator[Row]]] = {
    "csv": csv_rows,
    "ndjson": line_rows,
    "json": array_rows,
}
FORMATS = (AUTO, *PARSERS)
SIGNS = {"[": "json", "{": "ndjson"}


def rows(source: Source, limits: Limits, file_format: str = AUTO) -> Iterator[Row]:
    """Yield the rows, of CSV the titles first; Unreadable for a file that is none of ours."""
    pieces = texts(source.pieces())
    first = next(pieces, "")
    while not first.strip(BLANK) and (more := next(pieces, "")):
        if len(first) > limits.line:
            raise Unreadable("empty", "the file begins with too many blanks")
        first += more
    if not first.strip(BLANK):
        raise Unreadable("empty", "the file is empty")
    found = SIGNS.get(first.lstrip(BLANK)[0], "csv")
    if file_format not in (AUTO, "csv") and found == "csv":
        raise Unreadable("json", "is not JSON, which begins with [ or {", 1)
    # "json" is what both are called: the file shows which of them it is.
    word = "csv" if file_format == "csv" else found
    yield from PARSERS[word](chain([first], pieces), limits.line)
