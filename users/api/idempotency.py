"""Idempotency-Key: a POST that is repeated does its work once, and gets the same answer again."""

import re
from collections.abc import Callable
from functools import wraps
from hashlib import sha256
from typing import Any

import orjson
from django.db import transaction
from rest_framework.request import Request
from rest_framework.response import Response

from usersvc import clock
from usersvc.api.errors import Fault, Refusal, RequestInvalid

from ..models import IdempotencyKey

HEADER = "Idempotency-Key"
REPLAYED = "Idempotent-Replayed"
KEPT_HEADERS = ("ETag", "Location")
_KEY = re.compile(r"[\x21-\x7e]{1,255}")
OTHER_REQUEST = f"this {HEADER} came with another request before"

Post = Callable[..., Response]


def idempotent(post: Post) -> Post:
    """Make a POST atomic, and with the header Idempotency-Key answered once and then repeated.

    What was refused is not remembered: the same key may try again. Keys are each caller's own and
    forgotten after a day. 422 when a key comes back with another request.
    """

    @wraps(post)
    def once(view: Any, request: Request, *args: Any, **kwargs: Any) -> Response:
        key = request.headers.get(HEADER)
        with transaction.atomic():
            if key is None:
                return post(view, request, *args, **kwargs)
            if not _KEY.fullmatch(key):
                fault = Fault(HEADER, "is not 1 to 255 visible ASCII characters", key)
                raise RequestInvalid([fault])
            return _once(request, key, lambda: post(view, request, *args, **kwargs))

    return once


def _once(request: Request, key: str, answer: Callable[[], Response]) -> Response:
    fingerprint = _fingerprint(request)
    row, new = IdempotencyKey.objects.claim(request.user, key, fingerprint, clock.now())
    if not new:
        if row.fingerprint != fingerprint:
            raise Refusal(422, OTHER_REQUEST)
        body = orjson.loads(row.body) if row.body else None
        return Response(body, status=row.status, headers={**row.headers, REPLAYED: "true"})
    response = answer()
    row.status = response.status_code
    row.headers = {name: response[name] for name in KEPT_HEADERS if name in response}
    if response.data is not None:
        row.body = orjson.dumps(response.data, default=str, option=orjson.OPT_UTC_Z).decode()
    row.save(update_fields=["status", "headers", "body"])
    return response


def _fingerprint(request: Request) -> str:
    body = orjson.dumps(request.data, default=str, option=orjson.OPT_SORT_KEYS)
    return sha256(request.get_full_path().encode() + b"\n" + body).hexdigest()
