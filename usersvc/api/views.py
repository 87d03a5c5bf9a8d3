from typing import Any

from rest_framework.views import APIView

from .errors import Problem, error_body


class ApiView(APIView):
    """The base of every endpoint; a family with its own envelope overrides error_body."""

    def error_body(self, problem: Problem) -> Any:
        """Return the body of an error in this family's envelope."""
        return error_body(problem)
