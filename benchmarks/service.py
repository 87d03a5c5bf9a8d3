"""The real service over a directory, and a reader of its downloads that costs it little."""

import http.client
import json
import secrets
import sys
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, BinaryIO

import directories
from child import Child
from sampling import repeated

sys.path.insert(0, str(directories.ROOT))  # before this folder, whose names are its own

from usersvc.tests import serving

PATH = "/api/v2/users/download"
BLOCK = 1 << 20
BETWEEN_LOOKS = 0.02


@dataclass
class Download:
    """What a download took: seconds until the first byte of its body and until its last."""

    first: float
    seconds: float
    bytes: int


@dataclass
class Place:
    """Where serving.py finds a directory."""

    folder: Path
    settings: dict[str, str]


class Service:
    """A directory that is served, and the process beside it that answers from inside Django."""

    def __init__(self, people: int, address: str, running: Any, child: Child) -> None:
        self.people, self.address, self.child = people, address, child
        self._running = running
        password = secrets.token_urlsafe(16)
        signed_up = child.ask({"command": "sign_up", "password": password})
        self.living: int = signed_up["living"]
        self._token = self._sign_in(signed_up["username"], password)

    def download(self, query: str = "", to: Path | None = None) -> Download:
        """Read the whole file, to nowhere unless there is somewhere to keep it."""
        connection = self._connection()
        started = time.perf_counter()
        connection.request("GET", PATH + query, headers={"Authorization": f"Bearer {self._token}"})
        answer = connection.getresponse()
        if answer.status != 200:
            sys.exit(f"{PATH}: {answer.status} {answer.read()!r}")
        kept: AbstractContextManager[BinaryIO | None] = to.open("wb") if to else nullcontext()
        with kept as file:
            first, size = _drain(answer, file)
        ended = time.perf_counter()
        connection.close()
        return Download(first - started, ended - started, size)

    @contextmanager
    def watched(self) -> Iterator[dict[str, int]]:
        """Give the most anonymous memory that each worker held during the block, in bytes."""
        peaks: dict[str, int] = {}

        def look() -> None:
            for worker in self._running.workers():
                peaks[worker] = max(peaks.get(worker, 0), anonymous(worker))

        with repeated(look, BETWEEN_LOOKS):
            yield peaks

    def _sign_in(self, username: str, password: str) -> str:
        connection = self._connection()
        body = json.dumps({"username": username, "password": password})
        connection.request("POST", "/api/token", body, {"Content-Type": "application/json"})
        return str(json.load(connection.getresponse())["access"])

    def _connection(self) -> http.client.HTTPConnection:
        return http.client.HTTPConnection("127.0.0.1", self._running.port)


@contextmanager
def serving_people(people: int, address: str) -> Iterator[Service]:
    """Fill a directory and serve it for the time of the block."""
    directories.fill(people, address)
    with TemporaryDirectory(prefix="usersvc-bench-") as folder:
        settings = {
            "USERSVC_DATA": folder,
            "DATABASE_URL": address,
            "USERSVC_DEMO_USERS": "0",
            "USERSVC_ACCESS_TOKEN_SECONDS": "86400",
            "USERSVC_REQUESTS_PER_MINUTE": "1000000",
            "USERSVC_FILES_PER_MINUTE": "1000000",
        }
        child = Child("exporting.py", directories.environment(address))
        try:
            with serving.serving(Place(Path(folder), settings)) as running:
                yield Service(people, address, running, child)
        finally:
            child.close()


def anonymous(process: str) -> int:
    """Return the anonymous memory that a process holds, in bytes; 0 once it has ended."""
    try:
        lines = Path(f"/proc/{process}/status").read_text().splitlines()
    except FileNotFoundError:
        return 0
    return next((int(line.split()[1]) * 1024 for line in lines if line.startswith("RssAnon")), 0)


def _drain(answer: http.client.HTTPResponse, file: BinaryIO | None) -> tuple[float, int]:
    """Read a body; return when its first byte was there, and its size."""
    block = memoryview(bytearray(BLOCK))
    size, first, wanted = 0, 0.0, 1
    while got := answer.readinto(block[:wanted]):
        first, wanted = first or time.perf_counter(), BLOCK
        size += got
        if file:
            file.write(block[:got])
    return first, size
