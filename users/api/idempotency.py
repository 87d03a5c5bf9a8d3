"""Idempotency-Key: a POST that is repeated does its work once, and gets the same answer again."""

import json
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
UNFINISHED = (
    f"the first request with this {HEADER} has not ended: wait for it; where it was cut off, "
    "look what was done, and go on with another key"
)

Post = Callable[..., Response]


def idempotent(post: Post) -> Post:
    """Make a POST atomic, and with the header Idempotency-Key answered once and then repeated.

    What was refused is not remembered: the same key may try again. Keys are each caller's own and
    forgotten after a day. 422 when a key comes back with another request.
    """

    @wraps(post)
    def once(view: Any, request: Request, *args: Any, **kwargs: Any) -> Response:
        key = _key_of(request)
        with transaction.atomic():
            if key is None:
                return post(view, request, *args, **kwargs)
            row, new = _claimed(request, key)
            if not new:
                return _repeated(request, row)
            return _kept(row, post(view, request, *args, **kwargs))

    return _marked(once)


def idempotent_by_blocks(post: Post) -> Post:
    """Do the same for a POST that has transactions of its own: the key and the answer have theirs.

    409 while the first one is at work. A failure forgets the key, but not what was done before it.
    """

    @wraps(post)
    def once(view: Any, request: Request, *args: Any, **kwargs: Any) -> Response:
        key = _key_of(request)
        if key is None:
            return post(view, request, *args, **kwargs)
        with transaction.atomic():
            row, new = _claimed(request, key)
        if not new:
            return _repeated(request, row)
        try:
            answer = post(view, request, *args, **kwargs)
        except BaseException:
            row.delete()
            raise
        return _kept(row, answer)

    return _marked(once)


def _marked(post: Post) -> Post:
    """Let the documents of the API see that a POST takes a key."""
    post.takes_key = HEADER  # type: ignore[attr-defined]
    return post


def _key_of(request: Request) -> str | None:
    key = request.headers.get(HEADER)
    if key is not None and not _KEY.fullmatch(key):
        raise RequestInvalid([Fault(HEADER, "is not 1 to 255 visible ASCII characters", key)])
    return key


def _claimed(request: Request, key: str) -> tuple[IdempotencyKey, bool]:
    return IdempotencyKey.objects.claim(request.user, key, _fingerprint(request), clock.now())


def _repeated(request: Request, row: IdempotencyKey) -> Response:
    """Return the answer that is kept, to the same request as before."""
    if row.fingerprint != _fingerprint(request):
        raise Refusal(422, OTHER_REQUEST)
    if not row.status:
        raise Refusal(409, UNFINISHED)
    body = orjson.loads(row.body) if row.body else None
    return Response(body, status=row.status, headers={**row.headers, REPLAYED: "true"})


def _kept(row: IdempotencyKey, answer: Response) -> Response:
    """Keep an answer, and return it."""
    row.status = answer.status_code
    row.headers = {name: answer[name] for name in KEPT_HEADERS if name in answer}
    if answer.data is not None:
        row.body = orjson.dumps(answer.data, default=str, option=orjson.OPT_UTC_Z).decode()
    row.save(update_fields=["status", "headers", "body"])
    return answer


def _fingerprint(request: Request) -> str:
    body = json.dumps(request.data, default=str, sort_keys=True)
    return sha256(f"{request.get_full_path()}\n{body}".encode()).hexdigest()
