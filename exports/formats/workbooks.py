"""Workbooks: a sheet as Excel's cells, row by row, in memory that does not grow with them."""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, tzinfo
from itertools import chain
from pathlib import Path
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from xlsxwriter import Workbook
from xlsxwriter.worksheet import Worksheet

from ..cells import guard
from ..columns import Column
from ..kinds import Boolean, Instant, Number, Style, ZonedInstant
from ..rows import Block
from .base import Sheet, TooManyRows

LONGEST_CELL = 32_767  # UTF-16 units
LONGEST_NAME = 31
# Excel keeps 15 digits of a number; more are an identifier, which must not change.
FIRST_INEXACT = 10**15
# Excel knows a 29 February 1900, other programs do not: days before it would move.
FIRST_DAY = datetime(1900, 3, 1)  # noqa: DTZ001 - on any clock
SAMPLE = 200  # rows whose texts make the widths
NARROWEST, WIDEST = 8, 60  # letters
FILTER_BUTTON = 3  # letters

# Excel reads _x000D_ as a control character, and _x005F_ as the underscore of a text that looks so.
_ESCAPE = re.compile("_(?=x[0-9A-Fa-f]{4}_)")
_UNWRITABLE = re.compile("[\0-\x08\x0b-\x1f\ufffe\uffff]")


class Moment(NamedTuple):
    """What a clock shows, to the second, and the name or the offset of its zone."""

    local: datetime
    zone: str


Cell = str | bool | int | float | Moment


class Page(Worksheet):  # type: ignore[misc] # the library has no types
    """A worksheet on which no text is markup."""

    def _xml_rich_inline_string(self, string: str, attributes: Any = ()) -> None:
        # What begins with <r> and ends with </r> would be written as it is.
        self._xml_inline_string(string, True, attributes)

    @staticmethod
    def _escape_control_characters(data: Any) -> Any:
        if not isinstance(data, str):
            return data
        # The library overlooks the second of two escapes that share an underscore.
        escaped = _ESCAPE.sub("_x005F_", data)
        return _UNWRITABLE.sub(lambda match: f"_x{ord(match[0]):04X}_", escaped)


class Formats(dict[str, Any]):
    """The formats of dates in a workbook, by the zone that they name."""

    def __init__(self, book: Workbook) -> None:
        super().__init__()
        self._book = book

    def __missing__(self, zone: str) -> Any:
        self[zone] = self._book.add_format({"num_format": f'yyyy-mm-dd hh:mm:ss "{zone}"'})
        return self[zone]


def write(sheet: Sheet, path: Path, most_rows: int) -> None:
    """Write the sheet to a path, in whose folder intermediate files are kept; or TooManyRows."""
    options = {
        "constant_memory": True,
        "tmpdir": str(path.parent),
        "strings_to_formulas": False,
        "strings_to_urls": False,
    }
    book = Workbook(str(path), options)
    book.use_zip64()
    book.set_properties({"title": sheet.title, "created": sheet.generated_at.astimezone(UTC)})
    page = book.add_worksheet(sheet.title[:LONGEST_NAME], worksheet_class=Page)
    _write_titles(page, sheet, book.add_format({"bold": True}))
    count = _write_rows(page, sheet, Formats(book), most_rows)
    page.freeze_panes(1, 0)
    page.autofilter(0, 0, count, len(sheet.columns) - 1)
    book.close()


def cells(column: Column, raw: Sequence[Any], style: Style) -> list[Cell]:
    """Return the cells of a block's column; "" where there is none."""
    kind, texts = column.kind, column.kind.column(style)
    typed: list[Cell | None]
    if isinstance(kind, Instant):
        typed = [at and moment(at, style.zone) for at in kind.values(raw)]
    elif isinstance(kind, ZonedInstant):
        pairs = zip(kind.values(raw), raw, strict=True)
        typed = [at and moment(at, ZoneInfo(zone)) for at, (_, zone) in pairs]
    elif isinstance(kind, Boolean):
        typed = kind.values(raw)
    elif isinstance(kind, Number):
        typed = [number if is_exact(number) else None for number in kind.values(raw)]
    else:
        return [fitted(guard(text)) for text in texts(raw)]
    if None not in typed:
        return typed  # type: ignore[return-value]
    pairs = zip(typed, texts(raw), strict=True)
    return [fitted(guard(text)) if cell is None else cell for cell, text in pairs]


def moment(at: datetime, zone: tzinfo) -> Moment | None:
    """Return what the zone's clock shows at an instant; None for what Excel has no date for."""
    try:
        local = at.astimezone(zone)
    except OverflowError:
        return None
    shown = local.replace(tzinfo=None, microsecond=0)
    if zone is UTC:
        return Moment(shown, "UTC") if shown >= FIRST_DAY else None
    offset = local.strftime("%z")
    # Offsets of whole minutes are few, and so are the formats that a workbook can have.
    return Moment(shown, offset) if shown >= FIRST_DAY and len(offset) == 5 else None


def is_exact(number: float | None) -> bool:
    """Tell whether Excel keeps the number as it is; it has no infinity."""
    return number is not None and abs(number) < FIRST_INEXACT


def fitted(text: str) -> str:
    """Return the text as long as a cell can be: what is cut ends in an ellipsis."""
    if len(text) <= LONGEST_CELL // 2:
        return text
    units = text.encode("utf-16-le")
    if len(units) <= 2 * LONGEST_CELL:
        return text
    return units[: 2 * (LONGEST_CELL - 1)].decode("utf-16-le", "ignore") + "…"


def width(texts: Sequence[str]) -> int:
    """Return how many letters wide a column of these texts is."""
    longest = max((_letters(text) for text in texts), default=0)
    return min(max(longest + 1, NARROWEST), WIDEST)


def _letters(text: str) -> int:
    if text.isascii():
        return len(text)
    return sum(2 if unicodedata.east_asian_width(letter) in "FW" else 1 for letter in text[:WIDEST])


def _write_titles(page: Page, sheet: Sheet, bold: Any) -> None:
    for place, title in enumerate(sheet.columns.headers):
        page.write_string(0, place, fitted(guard(title)), bold)


def _write_rows(page: Page, sheet: Sheet, formats: Formats, most: int) -> int:
    """Write the rows below the titles, set the columns' widths by the first, return how many."""
    columns, count = list(sheet.columns), 0
    first = next(sheet.blocks, None)
    _set_widths(page, columns, sheet.style, first)
    for block in chain([] if first is None else [first], sheet.blocks):
        sheet.check()
        if count + len(block[0]) > most:
            raise TooManyRows(count + _rows(chain([block], sheet.blocks)), most)
        written = [
            cells(column, raw, sheet.style) for column, raw in zip(columns, block, strict=True)
        ]
        for row in zip(*written, strict=True):
            count += 1
            for place, cell in enumerate(row):
                _put(page, count, place, cell, formats)
    return count


def _rows(blocks: Iterator[Block]) -> int:
    return sum(len(block[0]) for block in blocks)


def _set_widths(page: Page, columns: Sequence[Column], style: Style, block: Block | None) -> None:
    for place, column in enumerate(columns):
        texts = [] if block is None else column.kind.column(style)(block[place][:SAMPLE])
        page.set_column(place, place, width([column.header + " " * FILTER_BUTTON, *texts]))


def _put(page: Page, row: int, place: int, cell: Cell, formats: Formats) -> None:
    if isinstance(cell, str):
        if cell:
            page.write_string(row, place, cell)
    elif isinstance(cell, Moment):
        page.write_datetime(row, place, cell.local, formats[cell.zone])
    elif isinstance(cell, bool):
        page.write_boolean(row, place, cell)
    else:
        page.write_number(row, place, cell)
