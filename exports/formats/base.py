from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from ..columns import ColumnSet
from ..kinds import Style
from ..rows import Block


class Unavailable(RuntimeError):  # noqa: N818 - a state of the machine, not a mistake
    """A format cannot be written now; retry_after says in how many seconds it may, if ever.

    is_failure says that it was tried, and that whoever asked may know what became of it.
    """

    retry_after: int | None = None
    is_failure = False


class TooManyRows(ValueError):  # noqa: N818 - the sheet's size, not a mistake
    """There are more rows than a format can hold; nothing of the file was written."""

    def __init__(self, count: int, limit: int) -> None:
        self.count, self.limit = count, limit
        super().__init__(f"{count:,} rows, and a file of this format holds at most {limit:,}")


class Whole(bytes):
    """The whole of a file, as the only piece of it: so its length can be told beforehand."""


@dataclass(frozen=True)
class Sheet:
    """What a format writes: the columns, the rows in blocks, and what to say about them.

    lines are the rows as the lines of a CSV file, for who writes one: read these or the blocks.
    about is for readers of a page: pairs of a label and a text, such as the filters in words.
    check raises once nobody waits for the file any longer: what takes long calls it every second.
    """

    title: str
    columns: ColumnSet
    blocks: Iterator[Block]
    style: Style
    generated_at: datetime
    about: list[tuple[str, str]] = field(default_factory=list)
    empty: str = "Nothing found."
    lines: Iterator[bytes] = field(default_factory=lambda: iter(()))
    check: Callable[[], None] = lambda: None

    def texts(self) -> Iterator[list[list[str]]]:
        """Yield the blocks with every value as its text, column by column."""
        writers = [column.kind.column(self.style) for column in self.columns]
        for block in self.blocks:
            yield [write(values) for write, values in zip(writers, block, strict=True)]


class ExportFormat(Protocol):
    """A way to write a sheet; most_rows is how many rows a file can hold, None for any number."""

    name: str
    content_type: str
    extension: str

    @property
    def most_rows(self) -> int | None: ...

    def write(self, sheet: Sheet) -> Iterator[bytes]:
        """Yield the bytes of the file."""
        ...
