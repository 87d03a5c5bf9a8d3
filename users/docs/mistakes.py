"""What a mistake is answered with: made by the code that answers it, for each family."""

import json
from typing import Any

from rest_framework.exceptions import APIException

from usersvc.api.errors import MESSAGES, Problem, problem_of

from ..api.families import FAMILIES, Family
from ..api.jobs.serializers import ExportSerializer
from ..models import User

# family: what is asked for; in the jobs family, by a body
MISTAKES: dict[str, dict[str, str]] = {
    "directory": {"status": "actve"},
    "export": {"format": "csv", "status": "enabeld"},
    "download": {"accountStatus": "Enable"},
    "jobs": {"format": "xml"},
}


def refusal(family: Family) -> str:
    """Return, as JSON, the body that refuses the family's mistake."""
    return _json(family.error_body(problem_of(_raised(family))))


def stranger(family: Family) -> str:
    """Return, as JSON, the body that refuses who has no token."""
    return _json(family.error_body(Problem(401, MESSAGES[401])))


def refusals() -> dict[str, str]:
    """Return the body that refuses each family's mistake."""
    return {family.prefix: refusal(family) for family in FAMILIES}


def strangers() -> dict[str, str]:
    """Return the body that refuses who has no token, in each family."""
    return {family.prefix: stranger(family) for family in FAMILIES}


def _raised(family: Family) -> APIException:
    asked = MISTAKES[family.prefix]
    try:
        if family.export_of is None:
            ExportSerializer(data=asked).is_valid(raise_exception=True)
        else:
            family.filterset(asked, User(is_superuser=True)).check()
    except APIException as refused:
        return refused
    raise AssertionError(f"{asked} is no mistake")


def _json(body: Any) -> str:
    return json.dumps(body, indent=2, ensure_ascii=False)
