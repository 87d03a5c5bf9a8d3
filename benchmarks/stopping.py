"""`make faults`: the service is told to stop (SIGTERM) while N people are on their way.

On both databases. New connections are refused at once; what is under way arrives whole where its
reader is in time, and is cut off and told of in the audit where it is not; nothing looks whole that
is not, and the service ends by itself.
"""
# ruff: noqa: T201  (it talks to a terminal)

import csv
import io
import json
import os
import socket
import sys
import time
from collections.abc import Callable
from contextlib import closing
from http.client import HTTPException
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import directories
import foreground
import postgres
from pypdf import PdfReader

sys.path.insert(0, str(directories.ROOT))  # before this folder, whose names are its own

from usersvc.tests import reading, serving, stopping, talking

Fault = Callable[[Any, Any], tuple[bool, str]]
LONG, SHORT = 60, 3  # seconds for what is under way
PDF = "/api/users/export?format=pdf&status=suspended"
LIVING = "SELECT count(*) FROM users_user WHERE deleted_at IS NULL"


def slow(here: Any, service: Any) -> tuple[bool, str]:
    """SIGTERM while a CSV file is read slowly"""
    with closing(reading.Reader(service, service.token)) as reader:
        answer = stopping.answered(reader)
        refused = _stop(service)
        content = b""
        while block := answer.read(1 << 18):
            content += block
            time.sleep(0.05)
    people = sum(1 for _ in csv.DictReader(io.StringIO(content.decode())))
    [(living,)] = here.rows(LIVING)
    words = f"{people:,} of {living:,} people; {refused}; {_told(here)}"
    return people == living, words


def unread(here: Any, service: Any) -> tuple[bool, str]:
    """SIGTERM while nobody reads a CSV file any more, past the limit of 3 seconds"""
    return _unread(here, service, "1.1")


def unread_before(here: Any, service: Any) -> tuple[bool, str]:
    """the same over HTTP/1.0, where an end of the connection is one of the file"""
    return _unread(here, service, "1.0")


def printed(here: Any, service: Any) -> tuple[bool, str]:
    """SIGTERM while a PDF is made"""
    before = len(here.rows(reading.ENTRIES))
    with closing(reading.Reader(service, service.token, path=PDF)) as reader:
        reading.until(lambda: len(here.rows(reading.ENTRIES)) > before)
        refused = _stop(service)
        answer = stopping.answered(reader)
        pages = len(PdfReader(io.BytesIO(answer.read())).pages)
    return answer.status == 200, f"whole, {pages} pages; {refused}; {_told(here)}"


def asked(here: Any, service: Any) -> tuple[bool, str]:
    """SIGTERM while a request for a token is sent"""
    body = json.dumps({"username": "admin", "password": stopping.PASSWORD}).encode()
    head = (
        "POST /api/token HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    with socket.create_connection(("127.0.0.1", service.port), serving.PATIENCE) as caller:
        caller.sendall(head.encode())
        caller.recv(100)  # it goes on
        refused = _stop(service)
        caller.sendall(body)
        answer = talking.Answer(caller.makefile("rb").read().decode())
    return answer.status == 200, f"answered with {answer.status}; {refused}"


FAULTS: dict[Fault, int] = {
    slow: LONG,
    unread: SHORT,
    unread_before: SHORT,
    printed: LONG,
    asked: LONG,
}


def main() -> int:
    """Try everything on both databases; return 0 when all passed."""
    people = sys.argv[1]
    print("| where | what happened | what became of it | in all | |\n|---|---|---|---|---|")
    os.environ.pop("DATABASE_URL", None)
    passed = [_try_all("SQLite", people)]
    with postgres.throwaway(directories.AS_IN_SERVICE) as address:
        os.environ["DATABASE_URL"] = address
        passed.append(_try_all("PostgreSQL", people))
    return 0 if all(passed) else 1


def _try_all(name: str, people: str) -> bool:
    with (
        TemporaryDirectory(prefix="usersvc-stopping-") as folder,
        serving.place(Path(folder)) as here,
    ):
        with stopping.started(here, LONG, USERSVC_DEMO_USERS=people):
            pass  # the demo people are there from now on
        passed = [_try(name, here, fault, limit) for fault, limit in FAULTS.items()]
    return all(passed)


def _try(name: str, here: Any, fault: Fault, limit: int) -> bool:
    with stopping.started(here, limit) as service:
        began = time.monotonic()
        try:
            well, words = fault(here, service)
        except (HTTPException, OSError) as error:
            well, words = False, repr(error)
        code, _ = stopping.ended(service)
        took = time.monotonic() - began
    passed = well and code == 0
    verdict = "passed" if passed else "FAILED"
    words = f"{words}; ended with {code}"
    print(f"| {name} | {fault.__doc__} | {words} | {took:.0f} s | {verdict} |", flush=True)
    return passed


def _unread(here: Any, service: Any, version: str) -> tuple[bool, str]:
    with closing(reading.Reader(service, service.token, version=version)) as reader:
        content = reader.begin()
        refused = _stop(service)
        stopping.ended(service)
        content += reader.rest()
    whole = content.endswith(b"0\r\n\r\n") or not reader.is_broken
    told = _told(here)
    words = f"{'looks whole' if whole else 'broken off'}; {refused}; {told}"
    return not whole and "the service was stopped" in told, words


def _stop(service: Any) -> str:
    began = time.monotonic()
    stopping.stop(service)
    return f"nobody can connect after {time.monotonic() - began:.1f} s"


def _told(here: Any) -> str:
    return f"in the audit: {reading.entry(here)['outcome']}"


if __name__ == "__main__":
    foreground.start(main)
