"""An archive as an HTTP answer."""

from typing import Any

from django.http import FileResponse

from . import archive


def answer(person: Any, reader: Any) -> FileResponse:
    """Return the archive of a person as an answer that no cache may keep."""
    file, name = archive.written(person, reader), archive.filename()
    return _described(FileResponse(file, as_attachment=True, filename=name))


def head() -> FileResponse:
    """Return the headers of such an answer, without making or auditing an archive."""
    return _described(FileResponse())


def _described(response: FileResponse) -> FileResponse:
    response["Content-Type"] = archive.CONTENT_TYPE
    response["Cache-Control"] = "no-store"
    response["X-Content-Type-Options"] = "nosniff"
    return response
