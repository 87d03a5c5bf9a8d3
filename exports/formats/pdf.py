"""PDF: the sheet as a table on A4 landscape, made by render processes."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC
from functools import cache
from itertools import chain, islice, repeat
from typing import IO, Any

from django.conf import settings
from django.template.loader import render_to_string

from usersvc import metrics

from ..kinds import UTC_WORDS, Instant, Kind, Number
from ..printing import merging, pages
from ..printing.paper import Paper, paginate
from ..printing.pool import Failed, Full, Pool
from .base import Sheet, Unavailable, Whole
from .sheets import cell
from .spool import Spool
from .widths import ColumnWidths

CHUNK = 500  # rows
PAGES = 25
IDLE = 60.0  # seconds
PACKAGES = "libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0"
CSS: dict[type[Kind], str] = {Instant: "instant", Number: "number"}


class PdfUnavailable(Unavailable):
    """The system libraries that set text are not installed."""


class PdfBusy(Unavailable):
    """As many other documents are being made as may be at a time."""

    retry_after = 30


class PdfFailed(Unavailable):
    """A render process ended, or took too long, in the middle of the document."""

    retry_after = 5
    is_failure = True


class PdfFormat:
    """PDF: the same columns as the CSV, for people to read."""

    name = "pdf"
    content_type = "application/pdf"
    extension = "pdf"
    most_rows = None

    def write(self, sheet: Sheet) -> Iterator[bytes]:
        with _refusals(), pool().document(), metrics.PDF_DOCUMENTS.track_inprogress():
            document = _document(sheet)
        with document:
            yield Whole(document.read())


@cache
def pool() -> Pool:
    """Return this process's pool."""
    return Pool(
        processes=settings.PDF_PROCESSES,
        documents=settings.PDF_DOCUMENTS,
        seconds=settings.PDF_SECONDS,
        idle=IDLE,
    )


def results(
    work: Callable[..., Any], tasks: Iterable[tuple[Any, ...]], check: Callable[[], None]
) -> Iterator[Any]:
    """Yield what the pool's results() does, counting the tasks that were given and are not done."""
    given = done = 0

    def counted() -> Iterator[tuple[Any, ...]]:
        nonlocal given
        for task in tasks:
            given += 1
            metrics.PDF_PARTS.inc()
            yield task

    try:
        for result in pool().results(work, counted(), check):
            done += 1
            metrics.PDF_PARTS.dec()
            yield result
    finally:
        metrics.PDF_PARTS.dec(given - done)


def frame(sheet: Sheet, widths: list[float], total: int) -> str:
    """Return the HTML of the pages around the rows; see printing/frames.py."""
    at = sheet.generated_at.astimezone(UTC)
    context = {
        "title": cell(sheet.title),
        "created": at.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "generated": at.strftime(UTC_WORDS),
        "about": [(cell(label), cell(text)) for label, text in sheet.about],
        "total": f"{total:,}",
        "columns": [
            {"header": cell(column.header), "css": CSS.get(type(column.kind), ""), "width": width}
            for column, width in zip(sheet.columns, widths, strict=True)
        ],
        "empty": "" if total else cell(sheet.empty),
    }
    return render_to_string("exports/sheet.html", context)


def _document(sheet: Sheet) -> IO[bytes]:
    """Return the file of a sheet, whose rows are read to their end before the first is printed."""
    with closing(Spool(CHUNK)) as spool:
        widths = ColumnWidths(sheet.columns)
        for rows in spool.add(_rows(sheet)):
            widths.learn(rows)
            sheet.check()
        html = frame(sheet, widths.percentages(), len(spool))
        chunks = spool.chunks() if len(spool) else iter([[]])
        fitted = results(pages.fit, ((html, rows) for rows in chunks), sheet.check)
        papers, heights = zip(*fitted, strict=True)
        tasks = _tasks(html, spool, b"".join(heights), papers[0])
        return merging.merge(results(pages.paint, tasks, sheet.check))


def _tasks(html: str, spool: Spool, heights: bytes, paper: Paper) -> Iterator[tuple[Any, ...]]:
    """Yield the pages to paint, some at a time; heights are the lines that each row takes."""
    total = sum(1 for _ in paginate(zip(repeat(()), heights), paper))
    left = paginate(zip(chain.from_iterable(spool.chunks()), heights, strict=True), paper)
    for first in range(1, total + 1, PAGES):
        yield html, first, total, list(islice(left, PAGES))


def _rows(sheet: Sheet) -> Iterator[tuple[str, ...]]:
    """Yield the rows as texts that print."""
    for block in sheet.texts():
        yield from zip(*([cell(text) for text in texts] for texts in block), strict=True)


@contextmanager
def _refusals() -> Iterator[None]:
    """Say in this format's words why a document cannot be made."""
    try:
        yield
    except Full as error:
        raise PdfBusy(str(error)) from error
    except Failed as error:
        raise PdfFailed(str(error)) from error
    except pages.NoPango as error:
        raise PdfUnavailable(f"PDF needs Pango; on Debian: apt install {PACKAGES}") from error
