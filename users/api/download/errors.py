"""The envelopes of the download document."""

from typing import Any

from rest_framework import serializers

from usersvc.api.errors import Fault, Problem
from usersvc.api.shapes import Shape


class FlatErrorShape(Shape):
    """The error of who may not enter."""

    error_code = serializers.IntegerField(help_text="The HTTP status.")
    error_message = serializers.CharField()
    error_status = serializers.BooleanField()


class MessageShape(Shape):
    """What is wrong."""

    message = serializers.CharField()


class DownloadErrorShape(FlatErrorShape):
    """The error of who may enter."""

    authorization = serializers.BooleanField()
    data = MessageShape()  # type: ignore[assignment]


class FailureShape(FlatErrorShape):
    """The error of the service."""

    authorization = serializers.BooleanField()
    data = serializers.ListField(child=serializers.CharField(), help_text="Empty.")  # type: ignore[assignment]


def error_shape(status: int) -> Any:
    """Return the shape of an error's body."""
    if status in (401, 403):
        return FlatErrorShape
    return FailureShape if status == 500 else DownloadErrorShape


def error_body(problem: Problem) -> dict[str, Any]:
    """Return the body of an error: flat for 401 and 403, with an empty list of data for 500."""
    message = "; ".join(map(_sentence, problem.faults)) or problem.message
    flat = {"error_code": problem.status, "error_message": message, "error_status": True}
    if problem.status in (401, 403):
        return flat
    data: Any = [] if problem.status == 500 else {"message": message}
    return {"authorization": True, "data": data, **flat}


def _sentence(fault: Fault) -> str:
    given = f" (given: {fault.value})" if fault.value else ""
    return f"{fault.key}: {fault.message}{given}"
