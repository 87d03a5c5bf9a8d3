"""Numbers for whoever watches the service: requests, files, sign-ins; nothing tells of anybody.

Every process of the service on this machine counts in files that all of them share
(PROMETHEUS_MULTIPROC_DIR), so that any process of the web tells of all.
"""

import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from time import perf_counter

from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from prometheus_client import Counter, Gauge, Histogram

BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)  # seconds

REQUESTS = Counter(
    "usersvc_requests", "Requests by the address they took.", ["route", "method", "status"]
)
REQUEST_SECONDS = Histogram(
    "usersvc_request_seconds", "Time to the first byte of an answer.", ["route"], buckets=BUCKETS
)
EXPORTS = Counter("usersvc_exports", "Files that came to an end.", ["format", "outcome"])
EXPORT_ROWS = Counter("usersvc_export_rows", "Rows of files.", ["format"])
EXPORT_BYTES = Counter("usersvc_export_bytes", "Bytes of files, unpacked.", ["format"])
EXPORT_SECONDS = Counter("usersvc_export_seconds", "Time that files took.", ["format"])
PDF_DOCUMENTS = Gauge(
    "usersvc_pdf_documents", "PDF documents being laid out.", multiprocess_mode="livesum"
)
PDF_PARTS = Gauge(
    "usersvc_pdf_parts",
    "Parts of PDF documents that render processes have, or that wait for one.",
    multiprocess_mode="livesum",
)
SIGN_INS = Counter("usersvc_sign_ins", "Sign-ins of people and service accounts.", ["who"])
FAILURES = Counter("usersvc_sign_in_failures", "Wrong passwords, codes and secrets.", ["who"])

# The files of a process, as the library calls them, and what each is sure to have room for.
FILES, RESERVED = ("counter", "histogram", "gauge_livesum"), 1 << 19  # bytes
PERSON, CLIENT = "person", "client"
METHODS = frozenset(("GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE"))


class RequestsMiddleware:
    """Counts requests by the route they took: addresses hold names of people."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        begun = perf_counter()
        response = self.get_response(request)
        match = request.resolver_match
        route = f"/{match.route}" if match else "none"
        method = request.method if request.method in METHODS else "other"
        REQUESTS.labels(route, method, response.status_code).inc()
        REQUEST_SECONDS.labels(route).observe(perf_counter() - begun)
        return response


def note_export(name: str, outcome: str, rows: int, size: int, seconds: float) -> None:
    """Count a file that came to its end, by its format."""
    EXPORTS.labels(name, outcome).inc()
    EXPORT_ROWS.labels(name).inc(rows)
    EXPORT_BYTES.labels(name).inc(size)
    EXPORT_SECONDS.labels(name).inc(seconds)


def reserve() -> None:
    """Take the room that this process counts in, before it counts.

    The library maps files with holes: where the disk is full, filling one ends the process.
    """
    for name in FILES:
        path = Path(settings.METRICS_DIR, f"{name}_{os.getpid()}.db")
        with suppress(OSError), path.open("ab") as file:
            os.posix_fallocate(file.fileno(), 0, RESERVED)


def forget_the_gone() -> None:
    """Remove what processes counted that are gone, when another one starts: pids are not few."""
    for file in Path(settings.METRICS_DIR).glob("*_*.db"):
        if not Path("/proc", file.stem.rpartition("_")[2]).exists():
            file.unlink(missing_ok=True)
