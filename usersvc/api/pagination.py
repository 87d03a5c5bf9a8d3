"""Pages of a list: numbered from 1, counted up to a cap unless the exact number is asked for."""

import re
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db.models import QuerySet
from rest_framework.request import Request

COUNTED = 10_000
# The furthest row that either database can be asked to skip to.
FURTHEST = 2**62


@dataclass(frozen=True)
class Page:
    """The rows of a page, and the headers that say where it stands."""

    rows: Any
    headers: dict[str, str]


@dataclass(frozen=True)
class Window:
    """The rows of a page, how many match (is_capped: more than that), and whether more follow."""

    rows: Any
    total: int
    is_capped: bool
    more: bool


def window(rows: QuerySet[Any, Any], number: int, size: int, exact: bool = False) -> Window:
    """Return a page of a sorted queryset; one past the end is empty.

    The page's ids are found first, from an index where one serves the order, and only then its
    rows: what is skipped is never read.
    """
    total = rows.order_by().count() if exact else rows.order_by()[: COUNTED + 1].count()
    capped = not exact and total > COUNTED
    start, end = (number - 1) * size, number * size
    shown = min(total, COUNTED) if capped else total
    if start >= (FURTHEST if capped else total):
        return Window(rows.none(), shown, capped, more=False)
    ids, more = rows.values("pk")[start:end], end < total
    if capped and not more:  # nobody has counted so far: one more id tells
        found = list(rows.values_list("pk", flat=True)[start : end + 1])
        ids, more = found[:size], len(found) > size  # type: ignore[assignment]
    page = rows.model._base_manager.filter(pk__in=ids).order_by(*rows.query.order_by)
    return Window(page, shown, capped, more)


def paginate(rows: QuerySet[Any, Any], number: int, size: int, request: Request) -> Page:
    """Return a page, and the headers that tell a caller of the API where it stands."""
    found = window(rows, number, size, wants_exact_count(request))
    return Page(found.rows, _headers(request, number, size, found))


def wants_exact_count(request: Request) -> bool:
    """Return whether the caller prefers an exact count to a quick answer."""
    prefer = request.headers.get("Prefer", "")
    return any(re.fullmatch(r"\s*count\s*=\s*\"?exact\"?\s*", part) for part in prefer.split(","))


def _headers(request: Request, number: int, size: int, found: Window) -> dict[str, str]:
    last = max(1, -(-found.total // size))
    pages = {"first": 1, "prev": number - 1, "next": number + 1, "last": last}
    there = {"first": True, "prev": number > 1, "next": found.more, "last": not found.is_capped}
    headers = {
        "X-Total-Count": str(found.total),
        "Link": ", ".join(
            f'<{_address(request, page)}>; rel="{rel}"' for rel, page in pages.items() if there[rel]
        ),
    }
    if found.is_capped:
        headers["X-Total-Count-Capped"] = "true"
    if wants_exact_count(request):
        headers["Preference-Applied"] = "count=exact"
    return headers


def _address(request: Request, page: int) -> str:
    query = request.query_params.copy()
    query["page"] = str(page)
    # Not from the Host header: it is the caller's word, and others may read the answer.
    return f"{settings.BASE_URL}{request.path}?{query.urlencode()}"
