"""What a parser makes of a file: rows, or what is wrong with them."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from .faults import Fault, Unreadable


@dataclass(frozen=True, slots=True)
class Row:
    """A row: its line, and what it says by its titles; or why it says nothing.

    is_text says that all values are texts, as CSV has no others.
    """

    line: int
    values: dict[str, Any] = field(default_factory=dict)
    fault: Fault | None = None
    is_text: bool = False


def refused(line: int, code: str, message: str, title: str = "") -> Row:
    """Return a row that cannot be read."""
    return Row(line, fault=Fault(line, title, "", code, message))


def in_blocks(rows: Iterable[Row], size: int) -> Iterator[list[Row]]:
    """Yield the rows in runs of at most size; what stops the reading comes after what was read."""
    block: list[Row] = []
    stopped: Unreadable | None = None
    try:
        for row in rows:
            block.append(row)
            if len(block) == size:
                yield block
                block = []
    except Unreadable as error:
        stopped = error
    if block:
        yield block
    if stopped:
        raise stopped
