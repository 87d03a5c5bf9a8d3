"""The address of a job's file: whole or in part, for whoever holds its link."""

import logging
from collections.abc import Iterator
from typing import BinaryIO

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.utils.http import parse_etags
from django.utils.module_loading import import_string
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_safe

from usersvc import clock

from . import downloads, files
from .models import Job
from .ranges import Range, Unsatisfiable, parse
from .watching import Watch

BLOCK = 1 << 18

log = logging.getLogger(__name__)


@csrf_exempt  # what is not safe is not offered: 405, not 403
@require_safe
def file_view(request: HttpRequest, signed: str) -> HttpResponseBase:
    """Answer with the file, or the part of it that is asked for; 404 for a link that is over."""
    job = files.linked(signed, clock.now())
    if job is None:
        raise Http404
    etag, size = f'"{job.sha256}"', job.bytes or 0
    if _matches(request.headers.get("If-None-Match", ""), etag):
        return _described(HttpResponse(status=304), job, etag)
    try:
        part = _part(request, etag, size)
    except Unsatisfiable:
        answer = HttpResponse(status=416)
        answer["Content-Range"] = f"bytes */{size}"
        return _described(answer, job, etag)
    return _described(_content(request, job, part, size), job, etag)


def _content(
    request: HttpRequest, job: Job, part: Range | None, size: int
) -> HttpResponse | StreamingHttpResponse:
    if settings.ACCEL and request.method == "GET" and "If-Range" not in request.headers:
        return _by_proxy(job, part, size)
    wanted = part or Range(0, size - 1)
    status, content_type = 206 if part else 200, files.content_type_of(job)
    answer: HttpResponse | StreamingHttpResponse
    if request.method == "HEAD":
        answer = HttpResponse(status=status, content_type=content_type)
    else:
        try:
            file = files.open_file(job.file_key)
        except FileNotFoundError as error:
            raise Http404 from error
        _tell(job, part, size)
        watch = downloads.watched(request, f"file of {job.pk}")
        answer = StreamingHttpResponse(
            _Part(file, wanted, watch), status=status, content_type=content_type
        )
    answer["Content-Length"] = str(wanted.length)
    if part:
        answer["Content-Range"] = f"bytes {part.first}-{part.last}/{size}"
    return answer


def _by_proxy(job: Job, part: Range | None, size: int) -> HttpResponse:
    """Return the answer that lets the proxy in front send the file, or the part of it."""
    if not files.exists(job.file_key):
        raise Http404
    _tell(job, part, size)
    answer = HttpResponse(content_type=files.content_type_of(job))
    answer["X-Accel-Redirect"] = settings.ACCEL + job.file_key
    return answer


def _tell(job: Job, part: Range | None, size: int) -> None:
    told = f"{part.first}-{part.last}/{size}" if part else "all"
    import_string(settings.JOB_FILE_TAKEN)(job, told)


class _Part:
    """The bytes of a part of a file, for a reader who takes them; closing it closes the file."""

    def __init__(self, file: BinaryIO, part: Range, watch: Watch) -> None:
        self._file, self._part, self._watch = file, part, watch

    def __iter__(self) -> Iterator[bytes]:
        self._file.seek(self._part.first)
        left = self._part.length
        while left and (block := self._file.read(min(BLOCK, left))):
            left -= len(block)
            self._watch.check()
            self._watch.hand_over()
            yield block
            self._watch.handed_over(len(block))

    def close(self) -> None:
        if self._watch.outcome:
            log.warning("%s: %s", self._watch.outcome, self._watch.subject)
        self._watch.end()
        self._file.close()


def _described(answer: HttpResponseBase, job: Job, etag: str) -> HttpResponseBase:
    answer["ETag"] = etag
    answer["Accept-Ranges"] = "bytes"
    answer["Cache-Control"] = "no-store"
    answer["X-Content-Type-Options"] = "nosniff"
    answer["Content-Disposition"] = f'attachment; filename="{files.filename_of(job)}"'
    return answer


def _part(request: HttpRequest, etag: str, size: int) -> Range | None:
    """Return the part that is asked for, if it is one of this very file; None for the whole."""
    if request.headers.get("If-Range", etag) != etag:
        return None
    return parse(request.headers.get("Range", ""), size)


def _matches(header: str, etag: str) -> bool:
    tags = [tag.removeprefix("W/") for tag in parse_etags(header)]
    return "*" in tags or etag in tags
