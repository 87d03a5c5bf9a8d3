"""JSON: one object a line, with real types."""

import json
from collections.abc import Iterator
from typing import Any

import orjson

from .base import Sheet

OPTIONS = orjson.OPT_APPEND_NEWLINE | orjson.OPT_UTC_Z


class JsonFormat:
    """NDJSON: a flat object for each row, its keys those of the columns, in their order.

    A key is the column's name; where another title was asked for, it is that title. What is absent
    is null, an instant is RFC 3339 in UTC with what it has of microseconds, names are a list.
    """

    name = "json"
    content_type = "application/x-ndjson"
    extension = "json"
    most_rows = None

    def write(self, sheet: Sheet) -> Iterator[bytes]:
        keys = sheet.columns.keys
        kinds = [column.kind for column in sheet.columns]
        for block in sheet.blocks:
            columns = [kind.values(raw) for kind, raw in zip(kinds, block, strict=True)]
            yield b"".join([line(dict(zip(keys, row))) for row in zip(*columns, strict=True)])  # noqa: B905 - in the inner loop


def line(row: dict[str, Any]) -> bytes:
    """Return one line of the file, with its end."""
    try:
        return orjson.dumps(row, option=OPTIONS)
    except TypeError:  # an integer over 64 bits, or very deep, in what somebody keeps as JSON
        text = json.dumps(row, default=_plain, ensure_ascii=False, separators=(",", ":"))
        return f"{text}\n".encode()


def _plain(instant: Any) -> Any:
    return orjson.loads(orjson.dumps(instant, option=orjson.OPT_UTC_Z))
