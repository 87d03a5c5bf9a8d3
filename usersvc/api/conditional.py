"""Conditional requests (RFC 9110): tags of what is shown, and writes of what was seen only."""

import re
from hashlib import sha256
from typing import Any

import orjson
from rest_framework.request import Request

from .errors import Refusal

_TAG = re.compile(r'(?:W/)?"[^"]*"')
STALE = "this has changed since it was read: read it again"


def etag_of(body: Any) -> str:
    """Return the strong entity tag of what is shown: equal for equal content, in quotes."""
    content = orjson.dumps(body, default=str, option=orjson.OPT_UTC_Z | orjson.OPT_SORT_KEYS)
    return f'"{sha256(content).hexdigest()[:32]}"'


def check_match(request: Request, etag: str) -> None:
    """Raise Refusal (412) when If-Match names other tags than the one that is current."""
    wanted = request.headers.get("If-Match", "*").strip()
    if wanted != "*" and etag not in _TAG.findall(wanted):
        raise Refusal(412, STALE)


def is_known(request: Request, etag: str) -> bool:
    """Return whether If-None-Match names the current tag, so that the caller has the content."""
    known = request.headers.get("If-None-Match", "").strip()
    return known == "*" or etag in (tag.removeprefix("W/") for tag in _TAG.findall(known))
