from collections.abc import Mapping
from typing import Any, ClassVar

from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from . import words
from .description import EVERYBODY
from .errors import Fault, LengthRequired, Problem, RequestInvalid, error_body
from .operations import Operation
from .shapes import error_shape

VERSION_HEADER = "X-API-Version"
VERSIONS = ("v1",)


class ApiView(APIView):
    """The base of every endpoint; a family with its own envelope overrides error_body.

    What it says of its operations, by method, under a tag, makes the OpenAPI document.
    """

    tag: ClassVar[str]
    operations: ClassVar[Mapping[str, Operation]]
    # Who may come, by the security schemes of the document.
    security: ClassVar[tuple[str, ...]] = EVERYBODY

    @staticmethod
    def error_shape(status: int) -> Any:
        """Return the shape of an error's body."""
        return error_shape(status)

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        if "Transfer-Encoding" in request.headers:
            raise LengthRequired

    def error_body(self, problem: Problem) -> Any:
        """Return the body of an error in this family's envelope."""
        return error_body(problem)


class VersionedView(ApiView):
    """An endpoint whose callers may name a version: judged once they may enter, and echoed."""

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        asked = request.headers.get(VERSION_HEADER, "").strip()
        if asked and asked.casefold() not in VERSIONS:
            fault = Fault(VERSION_HEADER, words.unknown("version", asked, VERSIONS), asked)
            raise RequestInvalid([fault])

    def finalize_response(
        self, request: Request, response: Response, *args: Any, **kwargs: Any
    ) -> Any:
        response[VERSION_HEADER] = VERSIONS[0]
        return super().finalize_response(request, response, *args, **kwargs)
