"""Errors: translated to one shape first, then written in the words of the family that was asked."""

import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import PermissionDenied, RequestDataTooBig, SuspiciousOperation
from django.http import Http404, UnreadablePostError
from rest_framework import exceptions, status
from rest_framework.response import Response
from rest_framework.views import set_rollback

from usersvc import outages

from .body import MALFORMED_FORM, TOO_DEEP

log = logging.getLogger(__name__)

MESSAGES = {
    400: "validation failed",
    401: "invalid token",
    403: "insufficient permissions",
    404: "not found",
    405: "method not allowed",
    408: "the body came too slowly, or not at all",
    409: "conflict",
    411: "length required",
    412: "precondition failed",
    413: "request body too large",
    415: "unsupported media type",
    422: "unprocessable content",
    429: "too many requests",
    500: "internal server error",
    503: "service busy",
}
BAD_QUERY, BAD_BODY = "invalid_query_string", "invalid_body"


@dataclass(frozen=True)
class Fault:
    """One thing that is wrong with a request: where, why, and the value that was given."""

    key: str
    message: str
    value: str = ""


class RequestInvalid(exceptions.APIException):
    """A request that is not understood; it names every fault, and nothing was done."""

    status_code = status.HTTP_400_BAD_REQUEST

    def __init__(self, faults: Iterable[Fault], details: Mapping[str, Any] | None = None) -> None:
        self.faults = list(faults)
        self.details = details
        super().__init__("; ".join(f"{fault.key}: {fault.message}" for fault in self.faults))


class Conflict(exceptions.APIException):
    """A request that is understood, but contradicts what is there, such as a name that is taken."""

    status_code = status.HTTP_409_CONFLICT

    def __init__(self, *faults: Fault) -> None:
        self.faults = faults
        super().__init__("; ".join(f"{fault.key}: {fault.message}" for fault in faults))


class Refusal(exceptions.APIException):
    """A refusal with a message of its own, such as a sign-in that lacks its second factor.

    details say what the caller may do next.
    """

    error_code = ""

    def __init__(
        self, status_code: int, message: str, details: Mapping[str, Any] | None = None
    ) -> None:
        self.status_code = status_code
        self.details = details
        super().__init__(message, code="refused")


class LengthRequired(Refusal):
    """A body that does not say how long it is would be taken for an empty one."""

    def __init__(self) -> None:
        super().__init__(411, "a body needs a Content-Length")


class Busy(exceptions.APIException):
    """The service cannot do this now; wait says in how many seconds it may, if known."""

    status_code = status.HTTP_503_SERVICE_UNAVAILABLE

    def __init__(self, wait: int | None) -> None:
        self.wait = wait
        super().__init__(MESSAGES[503])


@dataclass(frozen=True)
class Problem:
    """An error in the one shape that every family's error_body reads.

    code is a word for programs, for a family whose document has one.
    """

    status: int
    message: str
    faults: tuple[Fault, ...] = ()
    details: Mapping[str, Any] | None = None
    code: str = ""


OUTAGE = Problem(503, "the service cannot do this now; ask again later")


def handle(exc: Exception, context: Mapping[str, Any]) -> Response:
    """Answer any exception in the envelope of the view that raised it; DRF calls this."""
    problem = problem_of(exc)
    if outages.is_outage(exc):
        outages.note(exc)
    if problem.status == 500:
        log.error("unexpected error", exc_info=exc)
    set_rollback()
    write = getattr(context["view"], "error_body", error_body)
    return Response(write(problem), status=problem.status, headers=_headers(exc))


def problem_of(exc: Exception) -> Problem:
    """Return the problem that an exception means."""
    if isinstance(exc, RequestInvalid):
        return Problem(400, MESSAGES[400], tuple(exc.faults), exc.details, BAD_QUERY)
    if isinstance(exc, Conflict):
        return Problem(409, MESSAGES[409], exc.faults)
    if isinstance(exc, exceptions.ValidationError):
        return Problem(400, MESSAGES[400], tuple(_faults(exc.detail)), code=BAD_BODY)
    if isinstance(exc, exceptions.ParseError):
        return Problem(400, MESSAGES[400], (Fault("body", _unreadable(exc)),), code=BAD_BODY)
    if isinstance(exc, Refusal):
        return Problem(exc.status_code, str(exc.detail), details=exc.details, code=exc.error_code)
    if isinstance(exc, exceptions.NotFound) and exc.detail != exceptions.NotFound.default_detail:
        return Problem(404, str(exc.detail))
    if outages.is_outage(exc):
        return OUTAGE
    code = _status(exc)
    return Problem(code, MESSAGES.get(code, "error"))


def error_body(problem: Problem) -> dict[str, Any]:
    """Return the envelope of the export and directory documents."""
    if problem.status != 400 and not problem.faults:
        data = dict(problem.details or {})
        return {"code": problem.status, "message": problem.message, "data": data}
    data = {
        "type": "conflict" if problem.status == 409 else "validation_error",
        "errors": [
            {"key": fault.key, "message": fault.message, "value": fault.value}
            for fault in problem.faults
        ],
    }
    if problem.details is not None:
        data["details"] = dict(problem.details)
    return {"code": problem.status, "message": problem.message, "data": data}


def _unreadable(exc: exceptions.ParseError) -> str:
    # A parser's own words quote the body.
    return str(exc.detail) if exc.detail in (TOO_DEEP, MALFORMED_FORM) else "is not valid JSON"


def _status(exc: Exception) -> int:
    if isinstance(exc, exceptions.APIException):
        return exc.status_code
    known: dict[type[Exception], int] = {
        Http404: 404,
        PermissionDenied: 403,
        RequestDataTooBig: 413,
        UnreadablePostError: 408,
        SuspiciousOperation: 400,
    }
    return next((code for kind, code in known.items() if isinstance(exc, kind)), 500)


def _headers(exc: Exception) -> dict[str, str]:
    headers = {}
    if auth_header := getattr(exc, "auth_header", None):
        headers["WWW-Authenticate"] = auth_header
    wait = outages.RETRY_AFTER if outages.is_outage(exc) else getattr(exc, "wait", None)
    if wait is not None:
        headers["Retry-After"] = str(max(1, round(wait)))
    return headers


def _faults(detail: Any, key: str = "body") -> Iterable[Fault]:
    """Flatten the nested errors of a serializer into one fault a message."""
    if isinstance(detail, Mapping):
        for name, inner in detail.items():
            yield from _faults(inner, name if key == "body" else f"{key}.{name}")
    elif isinstance(detail, list):
        for inner in detail:
            yield from _faults(inner, key)
    else:
        yield Fault(key, "required" if getattr(detail, "code", "") == "required" else str(detail))
