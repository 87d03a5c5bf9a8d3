"""The beginning of a file: its columns, and the first values of each; never more of it is read."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, BinaryIO

from usersvc.api.fields import is_storable

from .faults import Unreadable, echo
from .mapping import LONGEST_TITLE
from .reading import AUTO, rows
from .rows import Row
from .unpacking import Limits, Source

MOST_ROWS = 100
MOST_CHARACTERS = 256 * 1024
MOST_COLUMNS = 500
SHOWN = 3
LONGEST_SHOWN = 40


@dataclass(frozen=True)
class Preview:
    """The format of a file, and its titles, or keys, with the first few different values."""

    format: str
    columns: dict[str, list[str]] = field(default_factory=dict)


def preview(file: BinaryIO) -> Preview:
    """Return what a file begins with; Unreadable where that is no table, or too wide a one."""
    source = Source(file, Limits())
    found = _beginning(rows(source, Limits(), AUTO))
    first = next(found, None)
    if first is None or (first.fault and not first.is_text):
        raise _unreadable(first)
    columns: dict[str, list[str]] = {}
    if first.is_text:
        _add_titles(columns, first.values)
    else:
        _add(columns, first)
    for row in found:
        _add(columns, row)
    return Preview("csv" if first.is_text else "json", columns)


def _beginning(found: Iterator[Row]) -> Iterator[Row]:
    size = 0
    for row in islice(found, MOST_ROWS):
        yield row
        size += row.size
        if size > MOST_CHARACTERS:
            return


def _unreadable(row: Row | None) -> Unreadable:
    if row is None or row.fault is None:
        return Unreadable("empty", "the file holds no rows")
    fault = row.fault
    return Unreadable(fault.code, fault.message, fault.line, fault.field)


def _add(columns: dict[str, list[str]], row: Row) -> None:
    _add_titles(columns, row.values)
    for title, raw in row.values.items():
        shown, value = columns[title], _shown(raw)
        if value and value not in shown and len(shown) < SHOWN:
            shown.append(value)


def _add_titles(columns: dict[str, list[str]], values: dict[str, Any]) -> None:
    for title in values:
        if not is_storable(title):
            raise Unreadable("unknown_title", "a title holds a character that no text can hold")
        if len(title) > LONGEST_TITLE:
            message = f"is longer than {LONGEST_TITLE} characters, the most for a title here"
            raise Unreadable("title_too_long", message, field=title[:LONGEST_SHOWN])
        columns.setdefault(title, [])
    if len(columns) > MOST_COLUMNS:
        raise Unreadable("too_many_columns", f"has more than {MOST_COLUMNS} columns")


def _shown(raw: Any) -> str:
    """Return a value as it is shown; nothing of what looks like the hash of a password."""
    text = echo(raw)
    if "$" in text and len(text) > LONGEST_SHOWN:
        return "…"
    return text if len(text) <= LONGEST_SHOWN else text[: LONGEST_SHOWN - 1] + "…"
