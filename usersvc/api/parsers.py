from collections.abc import Mapping
from pathlib import Path
from typing import IO, Any

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.core.files.uploadhandler import TemporaryFileUploadHandler
from rest_framework.exceptions import ParseError
from rest_framework.parsers import JSONParser as PlainJSONParser
from rest_framework.parsers import MultiPartParser

from .body import MALFORMED_FORM, TOO_DEEP, is_shallow


class JSONParser(PlainJSONParser):
    """JSON of bounded size and depth; one that nests too deeply is as malformed as any other."""

    def parse(
        self,
        stream: IO[Any],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> Any:
        # Django measures what it reads itself, and this is read past it.
        _refuse_more_than(settings.DATA_UPLOAD_MAX_MEMORY_SIZE, parser_context)
        try:
            data = super().parse(stream, media_type, parser_context)
        except RecursionError as error:
            raise ParseError(TOO_DEEP) from error
        if not is_shallow(data):
            raise ParseError(TOO_DEEP)
        return data


class UploadParser(MultiPartParser):
    """A form with files of bounded size, which wait on the disk where they are to be kept."""

    def parse(
        self,
        stream: IO[Any],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> Any:
        _refuse_more_than(settings.IMPORT_MAX_UPLOAD, parser_context)
        request = (parser_context or {})["request"]._request
        request.upload_handlers = [TemporaryFileUploadHandler(request)]
        folder = Path(settings.FILE_UPLOAD_TEMP_DIR)
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        try:
            return super().parse(stream, media_type, parser_context)
        except ParseError as error:
            raise ParseError(MALFORMED_FORM) from error


def _refuse_more_than(most: int, parser_context: Mapping[str, Any] | None) -> None:
    length = (parser_context or {})["request"].META.get("CONTENT_LENGTH") or 0
    if int(length) > most:
        raise RequestDataTooBig
