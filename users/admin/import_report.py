"""What the page of an import job shows: how many rows of each kind, and the first of them."""

from collections.abc import Mapping
from itertools import islice
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from exports.models import INPUT_KEPT, Job, State
from usersvc import clock

from ..importing import results
from ..imports import Kind
from . import import_uploads
from .import_columns import LABELS

SHOWN = 20  # rows of each kind
# Of a check's file the worst comes first; so many lines are looked through for the others.
LOOKED_THROUGH = 50_000
SECTIONS: dict[str, tuple[Any, str, Any]] = {
    Kind.ERROR: (_("Errors"), "bad", _("These rows are not imported.")),
    Kind.AMBIGUOUS: (
        _("Ambiguous"),
        "warn",
        _("These rows fit more than one user, or repeat another row. They are not imported."),
    ),
    Kind.WARNING: (_("Warnings"), "warn", _("These rows are imported; look at them first.")),
    Kind.VALID: (_("Valid"), "good", _("These rows are imported.")),
}
OUTCOMES = {
    "created": _("New"),
    "updated": _("Changed"),
    "unchanged": _("Unchanged"),
    "refused": _("Refused"),
}


def context(request: HttpRequest, job: Job) -> dict[str, Any]:
    """Return what the page of an import job shows, to its owner with the rows."""
    is_check = bool(job.spec.get("dry_run"))
    is_own = job.owner_id == request.user.pk
    chosen: Mapping[str, str | None] = job.spec.get("columns") or {}
    kept_until = job.finished_at + INPUT_KEPT if job.finished_at else None
    is_kept = bool(job.input_key and kept_until and kept_until > clock.now())
    return {
        "is_check": is_check,
        "is_own": is_own,
        "is_over": job.state not in (State.QUEUED, State.RUNNING),
        # Those who ask for an import over the API take no steps.
        "step": (3 if is_check else 4) if "columns" in job.spec else None,
        "counts": counts(job),
        "sections": sections(job) if is_own else [],
        "importable": job.summary.get("inserted", 0) + job.summary.get("updated", 0),
        "may_confirm": is_check and is_own and is_kept and job.state == State.DONE,
        "kept_until": kept_until,
        "upload": import_uploads.of_job(request, job.pk),
        "columns": columns(job),
        "lacks_organization": "organization" not in chosen.values() and bool(chosen),
        "created": _created(job),
        "has_secrets": "password_hash" in chosen.values(),
    }


def counts(job: Job) -> dict[str, int]:
    """Return how many rows are of each kind."""
    if not job.summary:
        return {}
    ambiguous, warned = job.summary.get("ambiguous", 0), job.summary.get("warned", 0)
    taken = sum(job.summary[name] for name in ("inserted", "updated", "unchanged"))
    return {
        Kind.ERROR: job.summary["failed"] - ambiguous,
        Kind.AMBIGUOUS: ambiguous,
        Kind.WARNING: warned,
        Kind.VALID: taken - warned,
    }


def sections(job: Job) -> list[dict[str, Any]]:
    """Return the kinds of which there are rows, with the first of them."""
    if not job.file_key:
        return []
    is_check = bool(job.spec.get("dry_run"))
    first = _first_rows(job.file_key, is_check)
    numbers = dict.fromkeys(SECTIONS, 0) | counts(job)
    return [
        {
            "kind": kind,
            "label": label if is_check else _("Refused rows"),
            "tone": tone,
            "hint": hint,
            "count": max(numbers[kind], len(rows)),
            "rows": rows,
            "more": max(numbers[kind] - len(rows), 0),
        }
        for kind, (label, tone, hint) in SECTIONS.items()
        for rows in [first[kind]]
        if rows or (is_check and numbers[kind])
    ]


def columns(job: Job) -> list[tuple[str, Any]]:
    """Return which field each column was taken for, "" for what was left out."""
    chosen: Mapping[str, str | None] = job.spec.get("columns") or {}
    return [(title, LABELS.get(name or "", name or "")) for title, name in sorted(chosen.items())]


def _first_rows(key: str, is_check: bool) -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = {kind: [] for kind in Kind}
    try:
        for told in islice(results.lines(key), LOOKED_THROUGH):
            rows = found[told.get("verdict", Kind.ERROR) if is_check else Kind.ERROR]
            if len(rows) < SHOWN:
                rows.append(_shown(told))
            elif told.get("verdict") == Kind.VALID:
                break  # they come last
    except FileNotFoundError:
        return {kind: [] for kind in Kind}
    return found


def _shown(told: dict[str, Any]) -> dict[str, Any]:
    said = [*told["errors"], *told.get("warnings", [])]
    return {
        "line": told["line"],
        "user": told["user"],
        "said": said or [{}],
        "outcome": OUTCOMES.get(told.get("outcome", ""), ""),
        "changes": [LABELS.get(name, name) for name in told.get("changes", [])],
    }


def _created(job: Job) -> str:
    """Return the address of the list of those who were created while the job ran."""
    if job.finished_at is None or job.spec.get("dry_run") or not job.summary.get("inserted"):
        return ""
    span = {"created_from": _instant(job.created_at), "created_to": _instant(job.finished_at)}
    return f"{reverse('admin:users_user_changelist')}?{urlencode(span)}"


def _instant(at: Any) -> str:
    return str(at.isoformat().replace("+00:00", "Z"))
