"""An export as an HTTP answer: begun in a slot, watched, and compressed where that is wanted."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Protocol

from django.conf import settings
from django.http import HttpRequest, StreamingHttpResponse
from django.utils.cache import patch_vary_headers
from rest_framework import status

from usersvc.api.errors import Busy, Refusal

from . import slots
from .compression import accepts_gzip, gzipped, is_compressible
from .formats import ExportFormat, Unavailable
from .pipeline import COMPLETE, Export
from .readers import Reader
from .watching import ABORTED, STOPPED, CutOff, Limits, Watch


class TooManyExports(Refusal):
    """The caller, or everybody together, has to wait until another export has ended."""

    wait = 10

    def __init__(self, message: str) -> None:
        super().__init__(status.HTTP_429_TOO_MANY_REQUESTS, message)


class TookTooLong(Refusal):
    """The export was over its time before it had its first bytes."""

    def __init__(self) -> None:
        seconds = settings.EXPORT_MAX_SECONDS
        advice = f"the file took longer than the {seconds} seconds allowed: narrow the filters"
        super().__init__(status.HTTP_503_SERVICE_UNAVAILABLE, advice)


class Stopped(Refusal):
    """The service was stopped before the export had its first bytes."""

    wait = 10

    def __init__(self) -> None:
        super().__init__(status.HTTP_503_SERVICE_UNAVAILABLE, "the service is being stopped")


class NotMade(Refusal):
    """The file was begun, and could not be made; asked for again, it may be."""

    def __init__(self, error: Unavailable) -> None:
        self.wait = error.retry_after
        super().__init__(status.HTTP_503_SERVICE_UNAVAILABLE, str(error))


class Download(Protocol):
    """What can be downloaded: somebody's file, in the words of a family."""

    @property
    def family(self) -> str: ...

    @property
    def format(self) -> ExportFormat: ...

    @property
    def filename(self) -> str: ...

    @property
    def caller(self) -> str: ...

    def begin(self, watch: Watch) -> Export: ...


def filename(stem: str, extension: str, at: datetime) -> str:
    """Return the name of a file made at an instant, such as users_export_2025-06-21_103000.csv."""
    return f"{stem}_{at.astimezone(UTC):%Y-%m-%d_%H%M%S}.{extension}"


def answer(
    request: HttpRequest, download: Download, withdrawn: Callable[[], str]
) -> StreamingHttpResponse:
    """Return the streaming answer with a file that no cache may keep.

    withdrawn tells why the caller may no longer have it, "" while it may; it is asked every few
    seconds, from another thread. TooManyExports, Busy, TookTooLong or Stopped when there can be
    none now.
    """
    try:
        slot = slots.take(download.caller)
    except slots.TooMany as error:
        raise TooManyExports(str(error)) from error
    subject = f"{download.family} of {download.caller}"
    watch = watched(request, subject, withdrawn)
    try:
        export = _begun(download, watch)
    except BaseException:
        watch.end()
        slot.release()
        raise
    compress = _compresses(request, download)
    response = _described(request, download, Body(export, slot, compress=compress))
    if export.length is not None and not compress:
        response["Content-Length"] = str(export.length)
    return response


def head(request: HttpRequest, download: Download) -> StreamingHttpResponse:
    """Return the headers of the answer without its bytes, and without running the export."""
    # Of an answer that does not stream, Django would say that it is empty.
    return _described(request, download, ())


def watched(request: HttpRequest, subject: str, withdrawn: Callable[[], str] = lambda: "") -> Watch:
    """Return what ends a file that takes too long, or whose reader is slow or gone."""
    limits = Limits(
        seconds=settings.EXPORT_MAX_SECONDS,
        rate=settings.EXPORT_LEAST_RATE,
        grace=settings.EXPORT_GRACE_SECONDS,
    )
    return Watch(limits, _reader(request), subject, withdrawn)


class Body:
    """The bytes of an answer; closing it ends the export, its watch and its slot."""

    def __init__(self, export: Export, slot: slots.Slot, *, compress: bool) -> None:
        self._export, self._watch, self._slot = export, export.watch, slot
        self._pieces = gzipped(export) if compress else iter(export)
        self._is_sent = False

    def __iter__(self) -> Iterator[bytes]:
        for piece in self._pieces:
            self._watch.hand_over()
            yield piece
            self._watch.handed_over(len(piece))
        self._is_sent = True
        # Who has read the end may ask for the next file at once; the server has yet to write it.
        self._slot.release()
        self._watch.hand_over()

    def close(self) -> None:
        """End everything, wherever it is; again does nothing."""
        try:
            self._export.close()
            if not self._is_sent or self._watch.outcome:
                self._export.lose(self._watch.outcome or ABORTED)
            if self._export.outcome != COMPLETE:
                self._break_off()
        finally:
            self._watch.end()
            self._slot.release()

    def _break_off(self) -> None:
        reader = self._watch.reader
        # Otherwise the server ends the answer without its last chunk, or short of its length.
        if reader and (self._watch.outcome or reader.hears_no_end):
            reader.reset()


def _begun(download: Download, watch: Watch) -> Export:
    try:
        return download.begin(watch)
    except Unavailable as error:
        raise (NotMade(error) if error.is_failure else Busy(error.retry_after)) from error
    except CutOff as error:
        raise (Stopped() if error.outcome == STOPPED else TookTooLong()) from error


def _reader(request: HttpRequest) -> Reader | None:
    """Return who reads the answer; None where the server does not show its socket."""
    socket = request.META.get("gunicorn.socket")
    # Its answers of unknown length end with the connection.
    old = request.META.get("SERVER_PROTOCOL") == "HTTP/1.0"
    return Reader(socket, hears_no_end=old) if socket else None


def _compresses(request: HttpRequest, download: Download) -> bool:
    wanted = accepts_gzip(request.META.get("HTTP_ACCEPT_ENCODING", ""))
    return wanted and is_compressible(download.format.content_type)


def _described(
    request: HttpRequest, download: Download, content: "Body | tuple[()]"
) -> StreamingHttpResponse:
    response = StreamingHttpResponse(content, content_type=download.format.content_type)
    response["Content-Disposition"] = f'attachment; filename="{download.filename}"'
    response["Cache-Control"] = "no-store"
    response["X-Content-Type-Options"] = "nosniff"
    if is_compressible(download.format.content_type):
        patch_vary_headers(response, ["Accept-Encoding"])
    if _compresses(request, download):
        response["Content-Encoding"] = "gzip"
    return response
