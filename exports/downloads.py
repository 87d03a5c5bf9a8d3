"""An export as an HTTP answer."""

from collections.abc import Iterable
from datetime import UTC, datetime

from django.http import HttpResponse, StreamingHttpResponse

from .formats import ExportFormat


def filename(stem: str, export_format: ExportFormat, at: datetime) -> str:
    """Return the name of a file made at an instant, such as users_export_2025-06-21_103000.csv."""
    return f"{stem}_{at.astimezone(UTC):%Y-%m-%d_%H%M%S}.{export_format.extension}"


def answer(
    chunks: Iterable[bytes], export_format: ExportFormat, name: str
) -> StreamingHttpResponse:
    """Return the streaming download of a file that no cache may keep."""
    response = StreamingHttpResponse(chunks, content_type=export_format.content_type)
    _describe(response, name)
    return response


def head(export_format: ExportFormat, name: str) -> HttpResponse:
    """Return the headers of a download without its bytes."""
    response = HttpResponse(content_type=export_format.content_type)
    _describe(response, name)
    return response


def _describe(response: HttpResponse | StreamingHttpResponse, name: str) -> None:
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    response["Cache-Control"] = "no-store"
    response["X-Content-Type-Options"] = "nosniff"
