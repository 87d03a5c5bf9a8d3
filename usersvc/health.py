"""Whether the process lives, and whether the service can do its work: what probes ask for."""

import logging
from collections.abc import Callable, Iterable

from django.http import HttpRequest, JsonResponse
from django.utils.module_loading import import_string
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_safe

# What every request needs, and what only some of the work waits for.
NEEDED = ("usersvc.readiness.database", "usersvc.readiness.migrations")
TOLD = (
    "exports.readiness.storage",
    "exports.readiness.worker",
    "exports.readiness.jobs",
    "usersvc.readiness.pdf",
)

log = logging.getLogger(__name__)


@csrf_exempt  # what is not safe is not offered: 405, not 403
@require_safe
def healthz(request: HttpRequest) -> JsonResponse:
    """Answer that the process is alive."""
    return JsonResponse({"status": "ok"})


@csrf_exempt
@require_safe
def readyz(request: HttpRequest) -> JsonResponse:
    """Answer whether the service can work, by the name of what it takes.

    503 without what every request needs. What only some of the work waits for is told, and no more:
    another process of the web would do it no better.
    """
    told = _look(NEEDED)
    if not set(told.values()) <= {"ok"}:
        return JsonResponse({"status": "unavailable", **told}, status=503)
    told |= _look(TOLD)
    status = "ok" if set(told.values()) == {"ok"} else "degraded"
    return JsonResponse({"status": status, **told})


def _look(paths: Iterable[str]) -> dict[str, str]:
    """Return what each check says, up to the first that cannot be told."""
    told: dict[str, str] = {}
    for path in paths:
        name = path.rpartition(".")[2]
        check: Callable[[], str] = import_string(path)
        try:
            told[name] = check() or "ok"
        except Exception as error:  # whatever it is, the answer is the same
            log.warning("readyz: %s cannot be told: %s", name, type(error).__name__)
            told[name] = "unreachable"
        if told[name] == "unreachable":
            break
    return told
