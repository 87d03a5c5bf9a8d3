"""The envelope of the jobs document, and the refusals that only this family has."""

from typing import Any

from rest_framework import serializers

from usersvc.api.errors import Fault, Problem, Refusal
from usersvc.api.shapes import Shape

# status: (error, errorCode unless the refusal brings its own)
WORDS = {
    400: ("Bad Request", "invalid_request"),
    401: ("Unauthorized", "invalid_token"),
    403: ("Forbidden", "insufficient_scope"),
    404: ("Not Found", "not_found"),
    405: ("Method Not Allowed", "method_not_allowed"),
    408: ("Request Timeout", "request_timeout"),
    411: ("Length Required", "length_required"),
    413: ("Payload Too Large", "payload_too_large"),
    415: ("Unsupported Media Type", "unsupported_media_type"),
    429: ("Too Many Requests", "too_many_requests"),
    503: ("Service Unavailable", "service_unavailable"),
}
OTHERWISE = ("Internal Server Error", "internal_error")
MOST_FAULTS = 20
RETRY_AFTER_SECONDS = 30


class JobsErrorShape(Shape):
    """An error."""

    statusCode = serializers.IntegerField(help_text="The HTTP status.")  # noqa: N815
    error = serializers.CharField(help_text="The status in words.")
    message = serializers.CharField(help_text="What is wrong, and what is allowed.")
    errorCode = serializers.CharField(help_text="A word for programs.")  # noqa: N815


def error_shape(status: int) -> Any:
    """Return the shape of an error's body."""
    return JobsErrorShape


class NoSuchJob(Refusal):
    """No job of this id is in sight, or it has expired."""

    error_code = "inexistent_job"

    def __init__(self) -> None:
        super().__init__(404, "The job does not exist.")


class NoSuchConnection(Refusal):
    """Nothing is connected under this id or name."""

    error_code = "inexistent_connection"

    def __init__(self, key: str, value: str) -> None:
        super().__init__(404, f"{key}: no such connection: {value}")


class TooManyActive(Refusal):
    """The caller has to wait until a job of its own has ended."""

    error_code = "too_many_jobs"
    wait = RETRY_AFTER_SECONDS

    def __init__(self, limit: int) -> None:
        super().__init__(429, f"{limit} jobs of yours are pending or processing, the most allowed")


class NoRoom(Refusal):
    """There is no room for an upload."""

    error_code = "no_space"
    wait = RETRY_AFTER_SECONDS

    def __init__(self) -> None:
        super().__init__(503, "The service has no room for the file; send it again later.")


def error_body(problem: Problem) -> dict[str, Any]:
    """Return the body of an error."""
    error, code = WORDS.get(problem.status, OTHERWISE)
    return {
        "statusCode": problem.status,
        "error": error,
        "message": _sentences(problem.faults) or problem.message,
        "errorCode": problem.code or code,
    }


def _sentences(faults: tuple[Fault, ...]) -> str:
    sentences = [_sentence(fault) for fault in faults[:MOST_FAULTS]]
    if more := len(faults) - MOST_FAULTS:
        sentences += [f"and {more} more"] if more > 0 else []
    # A key of a JSON body may hold half a surrogate pair, which no answer can.
    return "; ".join(sentences).encode(errors="replace").decode()


def _sentence(fault: Fault) -> str:
    given = f" (given: {fault.value})" if fault.value else ""
    return f"{fault.key.removesuffix('.body')}: {fault.message}{given}"
