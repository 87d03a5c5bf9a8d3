"""The only way out: a queryset, columns and a format become bytes, measured as they leave."""

import hashlib
import logging
from collections.abc import Callable, Generator, Iterator
from contextlib import ExitStack
from datetime import datetime
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext_noop

from usersvc import metrics

from . import rows
from .columns import ColumnSet
from .formats import ExportFormat, Sheet, TooManyRows, Unavailable, Whole
from .interrupts import interrupter
from .keys import Note
from .kinds import Style
from .watching import ABORTED, CutOff, Watch

COMPLETE, FAILED = gettext_noop("complete"), gettext_noop("failed")

log = logging.getLogger(__name__)
ends = logging.getLogger("usersvc.request_log")  # of each file, where each request is told


class Export:
    """A file on its way: an iterator of bytes that counts them, and tells how it ended.

    family says in whose words it was asked for. on_rows is called with the number of rows of each
    block. on_end is called once, after the last byte, a failure, or the reader's going away;
    outcome is then "complete", "failed", "aborted" or why the watch cut it off. bytes and sha256
    are those of the file that a reader ends up with, however it was sent.
    """

    def __init__(
        self,
        export_format: ExportFormat,
        on_end: Callable[["Export"], None],
        on_rows: Callable[[int], object] = lambda count: None,
        watch: Watch | None = None,
        family: str = "",
    ) -> None:
        self.format, self.family = export_format, family
        self.watch = watch or Watch()
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

    @property
    def results(self) -> dict[str, Any]:
        """What the audit tells of it: how it ended, and what of it left."""
        return {name: getattr(self, name) for name in ("outcome", "rows", "bytes", "sha256")}

    def start(self, chunks: Iterator[bytes]) -> "Export":
        """Produce the first bytes, so that an error becomes an answer and not half a file."""
        self._chunks = self._measured(chunks)
        self._first = [chunk for chunk in (next(self._chunks, None),) if chunk is not None]
        return self

    def __iter__(self) -> Iterator[bytes]:
        yield from self._first
        yield from self._chunks

    @property
    def length(self) -> int | None:
        """How many bytes the file has; None while that is not known."""
        return len(self._first[0]) if self._first and isinstance(self._first[0], Whole) else None

    def close(self) -> None:
        """Stop, as when the reader goes away."""
        self._chunks.close()  # type: ignore[attr-defined]

    def lose(self, outcome: str) -> None:
        """Tell that the end of a complete file did not reach its reader; on_end is called again."""
        if self.outcome == COMPLETE:
            self.outcome = outcome
            self._tell()
            self._on_end(self)

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
        outcome = ABORTED
        try:
            for chunk in chunks:
                self.watch.check()
                self.bytes += len(chunk)
                self._digest.update(chunk)
                yield chunk
                self.watch.check()
            outcome = COMPLETE
        except Exception as error:
            outcome = FAILED
            self._explain(error)
            raise
        finally:
            self.watch.leave_alone()
            chunks.close()  # type: ignore[attr-defined]
            # Leaves the snapshot before anything is written, even if an error holds the reader.
            self._reading.close()
            self.outcome = self.watch.outcome or outcome
            metrics.note_export(
                self.format.name, self.outcome, self.rows, self.bytes, self.watch.seconds
            )
            if self.outcome not in (COMPLETE, FAILED):
                self._tell()
            self._log_end()
            self._on_end(self)

    def _explain(self, error: Exception) -> None:
        """Log a failure; CutOff where it comes of the watch's interrupting the database."""
        if isinstance(error, CutOff):
            return
        if self.watch.outcome:
            raise CutOff(self.watch.outcome) from error
        if isinstance(error, (TooManyRows, Unavailable)):
            log.warning("export refused: %s", error)
        else:
            log.exception("export failed after %s rows", self.rows)

    def _log_end(self) -> None:
        told = {
            "family": self.family,
            "format": self.format.name,
            "outcome": self.outcome,
            "rows": self.rows,
            "bytes": self.bytes,
            "milliseconds": round(self.watch.seconds * 1000, 1),
        }
        ends.info("export", extra=told)

    def _tell(self) -> None:
        log.warning(
            "export %s: %s, %s rows, %s bytes, %.1f seconds",
            self.outcome,
            self.watch.subject,
            self.rows,
            self.bytes,
            self.watch.seconds,
        )


def render(
    queryset: QuerySet[Any, Any],
    columns: ColumnSet,
    export_format: ExportFormat,
    *,
    title: str,
    generated_at: datetime,
    on_end: Callable[[Export], None],
    on_rows: Callable[[int], object] = lambda count: None,
    on_keys: Note | None = None,
    watch: Watch | None = None,
    family: str = "",
    style: Style = Style(),  # noqa: B008 - frozen
    about: list[tuple[str, str]] | None = None,
    empty: str = "Nothing found.",
) -> Export:
    """Return the started export of a queryset; iterate it for the bytes of the file.

    on_keys is told the keys of the rows as they are read, of the same snapshot as the file.
    """
    export = Export(export_format, on_end, on_rows, watch, family)
    sheet = Sheet(
        title=title,
        columns=columns,
        blocks=export.counted(rows.read(queryset, columns, on_keys)),
        lines=export.counted_lines(rows.written(queryset, columns, style, on_keys)),
        style=style,
        generated_at=generated_at,
        about=about or [],
        empty=empty,
        check=export.watch.check,
    )
    export.watch.guard(interrupter(queryset.db))
    return export.start(export_format.write(sheet))
