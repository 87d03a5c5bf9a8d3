"""The envelopes of the download document."""

from typing import Any

from usersvc.api.errors import Fault, Problem


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
