"""Requests in the log: each has an id, which its answer and every line that it leaves tell, too.

A line tells the route and never the address: addresses hold names of people.
"""

import logging
import re
from collections.abc import Callable
from contextvars import ContextVar
from time import perf_counter
from uuid import uuid4

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.functional import SimpleLazyObject

from .api.proxies import is_trusted

HEADER = "X-Request-ID"
# What a proxy of ours may call a request: what is logged is bounded, and says nothing else.
TAKEN = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{7,63}")

_current: ContextVar[str] = ContextVar("request_id", default="")
log = logging.getLogger(__name__)


class RequestIds(logging.Filter):
    """Gives every record the id of the request that left it."""

    def filter(self, record: logging.LogRecord) -> bool:
        if request_id := _current.get():
            record.request_id = request_id
        return True


class RequestLogMiddleware:
    """Gives each request its id, that of a trusted proxy or a new one, and logs its end."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        begun, request_id = perf_counter(), _id_of(request)
        _current.set(request_id)  # until the thread's next: a file leaves after this
        response = self.get_response(request)
        response.headers[HEADER] = request_id
        _tell(request, response, perf_counter() - begun)
        return response


def _id_of(request: HttpRequest) -> str:
    told = request.headers.get(HEADER, "")
    is_told = is_trusted(request.META.get("REMOTE_ADDR", "")) and TAKEN.fullmatch(told)
    return told if is_told else uuid4().hex


def _tell(request: HttpRequest, response: HttpResponseBase, seconds: float) -> None:
    match = request.resolver_match
    told = {
        "method": request.method,
        "route": f"/{match.route}" if match else None,
        # The part of the API, as its document calls it; None of a page.
        "family": getattr(getattr(match and match.func, "cls", None), "tag", None),
        "status": response.status_code,
        "milliseconds": round(seconds * 1000, 1),
        "actor": _actor_of(request),
    }
    log.info("request", extra=told)


def _actor_of(request: HttpRequest) -> str | None:
    """Return who asked, by id, where anybody has looked: nobody is asked for only to be logged."""
    user = getattr(request, "_cached_user", None) or request.__dict__.get("user")
    if user is None or isinstance(user, SimpleLazyObject) or not user.is_authenticated:
        return None
    return str(user.caller_id)
