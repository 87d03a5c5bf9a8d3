"""The only way out: a queryset, columns and a format become bytes, measured as they leave."""

import hashlib
import logging
from collections.abc import Callable, Generator, Iterator
from contextlib import ExitStack
from datetime import datetime
from typing import Any

from django.db.models import QuerySet

from . import rows
from .columns import ColumnSet
from .formats import ExportFormat, Sheet, TooManyRows, Unavailable
from .kinds import Style

log = logging.getLogger(__name__)


class Export:
    """A file on its way: an iterator of bytes that counts them, and tells how it ended.

    on_rows is called with the number of rows of each block. on_end is called exactly once, after
    the last byte, a failure, or the reader's going away; outcome is then "complete", "failed" or
    "aborted".
    """

    def __init__(
        self,
        export_format: ExportFormat,
        on_end: Callable[["Export"], None],
        on_rows: Callable[[int], object] = lambda count: None,
    ) -> None:
        self.format = export_format
        self.rows = 0
        self.bytes = 0
        self.outcome = "started"
        self._digest = hashlib.sha256()
        self._on_end = on_end
        self._on_rows = on_rows
        self._reading = ExitStack()
        self._chunks: Iterator[bytes] = iter(())
        self._first: list[bytes] = []

    @property
    def sha256(self) -> str:
        """The digest of the bytes so far, in hexadecimal."""
        return self._digest.hexdigest()

    def start(self, chunks: Iterator[bytes]) -> "Export":
        """Produce the first bytes, so that an error becomes an answer and not half a file."""
        self._chunks = self._measured(chunks)
        self._first = [chunk for chunk in (next(self._chunks, None),) if chunk is not None]
        return self

    def __iter__(self) -> Iterator[bytes]:
        yield from self._first
        yield from self._chunks

    def close(self) -> None:
        """Stop, as when the reader goes away."""
        self._chunks.close()  # type: ignore[attr-defined]

    def counted(self, blocks: Generator[rows.Block]) -> Iterator[rows.Block]:
        """Yield the blocks, counting their rows."""
        self._reading.callback(blocks.close)
        for block in blocks:
            self._count(len(block[0]))
            yield block

    def counted_lines(self, blocks: Generator[tuple[int, bytes]]) -> Iterator[bytes]:
        """Yield the blocks of lines, counting their rows."""
        self._reading.callback(blocks.close)
        for count, block in blocks:
            self._count(count)
            yield block

    def _count(self, rows: int) -> None:
        self.rows += rows
        self._on_rows(rows)

    def _measured(self, chunks: Iterator[bytes]) -> Iterator[bytes]:
        outcome = "aborted"
        try:
            for chunk in chunks:
                self.bytes += len(chunk)
                self._digest.update(chunk)
                yield chunk
            outcome = "complete"
        except (TooManyRows, Unavailable) as error:
            outcome = "failed"
            log.warning("export refused: %s", error)
            raise
        except Exception:
            outcome = "failed"
            log.exception("export failed after %s rows", self.rows)
            raise
        finally:
            chunks.close()  # type: ignore[attr-defined]
            # Leaves the snapshot before anything is written, even if an error holds the reader.
            self._reading.close()
            self.outcome = outcome
            self._on_end(self)


def render(
    queryset: QuerySet[Any, Any],
    columns: ColumnSet,
    export_format: ExportFormat,
    *,
    title: str,
    generated_at: datetime,
    on_end: Callable[[Export], None],
    on_rows: Callable[[int], object] = lambda count: None,
    style: Style = Style(),  # noqa: B008 - frozen
    about: list[tuple[str, str]] | None = None,
    empty: str = "Nothing found.",
) -> Export:
    """Return the started export of a queryset; iterate it for the bytes of the file."""
    export = Export(export_format, on_end, on_rows)
    sheet = Sheet(
        title=title,
        columns=columns,
        blocks=export.counted(rows.read(queryset, columns)),
        lines=export.counted_lines(rows.written(queryset, columns, style)),
        style=style,
        generated_at=generated_at,
        about=about or [],
        empty=empty,
    )
    return export.start(export_format.write(sheet))
