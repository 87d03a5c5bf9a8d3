"""What a parser makes of a file: rows, or what is wrong with them."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from .faults import Fault, Unreadable

# Characters: a thousand of the longest rows that may be would fill the memory.
LONGEST_BLOCK = 8 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Row:
    """A row: its line, and what it says by its titles; or why it says nothing.

    is_text says that all values are texts, as CSV has no others. size is how long it was.
    """

    line: int
    values: dict[str, Any] = field(default_factory=dict)
    fault: Fault | None = None
    is_text: bool = False
    size: int = 0  # characters


def refused(line: int, code: str, message: str, title: str = "") -> Row:
    """Return a row that cannot be read."""
    return Row(line, fault=Fault(line, title, "", code, message))


def in_blocks(rows: Iterable[Row], most: int) -> Iterator[list[Row]]:
    """Yield the rows in runs of at most so many, and of bounded length.

    What stops the reading comes after what was read.
    """
    block: list[Row] = []
    size = 0
    stopped: Unreadable | None = None
    try:
        for row in rows:
            block.append(row)
            size += row.size
            if len(block) == most or size >= LONGEST_BLOCK:
                yield block
                block, size = [], 0
    except Unreadable as error:
        stopped = error
    if block:
        yield block
    if stopped:
        raise stopped
