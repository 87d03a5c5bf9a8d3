"""A directory whose jobs may fail: a service, its workers, and what is told of their work."""
# ruff: noqa: S603  (it runs our own commands)

import gzip
import json
import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import directories
from redis_server import Redis

PASSWORD = "correct horse battery"  # noqa: S105 - of this run alone
PATIENCE = 180.0
MOST_ATTEMPTS = 5
SETTINGS = {
    "USERSVC_ADMIN_PASSWORD": PASSWORD,
    "USERSVC_WORKERS": "0",
    "USERSVC_JOB_LEASE_SECONDS": "5",
    "USERSVC_JOBS_PER_CALLER": "1000",
    "USERSVC_STAFF_MFA": "optional",
    "USERSVC_ACCESS_TOKEN_SECONDS": "86400",
}
LIVING = "SELECT count(*) FROM users_user WHERE deleted_at IS NULL"
ATTEMPTS = "SELECT max(attempt) FROM exports_job WHERE id = '{}'"


class Directory:
    """A service that does no jobs by itself, and who asks it for some."""

    def __init__(self, here: Any, service: Any, redis: Redis | None, **settings: str) -> None:
        self.here, self.service, self.redis = here, service, redis
        self.environment = {**os.environ, **SETTINGS, **here.settings, **settings}
        self.token = self._post("/api/token", {"username": "admin", "password": PASSWORD})["access"]
        self.living = self.count()

    def count(self) -> int:
        """Return how many people there are."""
        [(count,)] = self.here.rows(LIVING)
        return int(count)

    def forget(self) -> None:
        """Remove all jobs and all files."""
        self.here.execute("DELETE FROM exports_job")
        for path in (self.here.folder / "jobs").glob("*/*"):
            path.unlink()

    def ask(self, **body: Any) -> str:
        """Ask for a job; return its id."""
        return str(self._post("/api/v2/jobs/users-exports", body)["id"])

    def upload(self, people: int) -> str:
        """Ask for an import of so many people, who are called after the moment; return its id."""
        row, moment = '{{"email": "n{0}.{1}@import.example"}}\n', time.time_ns()
        lines = "".join(row.format(moment, number) for number in range(people))
        form = (
            '--b\r\nContent-Disposition: form-data; name="users"; filename="a"\r\n\r\n'
            f"{lines}\r\n--b--\r\n"
        )
        kind = "multipart/form-data; boundary=b"
        return str(self._open("/api/v2/jobs/users-imports", form.encode(), kind)["id"])

    def job(self, job: str) -> dict[str, Any]:
        """Return what is told of a job."""
        return self._open(f"/api/v2/jobs/{job}")

    def until(self, job: str, *words: str) -> dict[str, Any]:
        """Wait until a job is in one of the states, and return what is told of it."""
        deadline = time.monotonic() + PATIENCE
        while (told := self.job(job))["status"] not in words:
            if time.monotonic() > deadline:
                sys.exit(f"{job} never got to {words}: {told}")
            time.sleep(0.05)
        return told

    def attempts(self, job: str) -> int:
        """Return how often a job was begun."""
        [(attempts,)] = self.here.rows(ATTEMPTS.format(job))
        return int(attempts)

    def files(self) -> int:
        """Return how many files there are, drafts included."""
        return sum(path.is_file() for path in (self.here.folder / "jobs").glob("*/*"))

    @contextmanager
    def worker(self, *prefix: str) -> Iterator["subprocess.Popen[bytes]"]:
        """Run a worker for the time of the block."""
        command = [*prefix, sys.executable, "manage.py", "work"]
        with (
            (self.here.folder / "workers.log").open("a") as log,
            subprocess.Popen(
                command[:-2] if prefix else command,
                cwd=directories.ROOT,
                env=self.environment,
                stdout=log,
                stderr=log,
                process_group=0,
            ) as process,
        ):
            try:
                yield process
            finally:
                with suppress(ProcessLookupError):
                    signal_all(process, signal.SIGCONT)
                process.terminate()
                process.wait(60)

    def is_whole(self, told: dict[str, Any], lines: int) -> bool:
        """Tell whether a job has a file of so many people."""
        if told["status"] != "completed":
            return False
        data = urllib.request.urlopen(told["location"]).read()  # noqa: S310
        people = gzip.decompress(data).splitlines()
        return len(people) == lines and bool(json.loads(people[-1]))

    def _post(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        return self._open(path, json.dumps(body).encode())

    def _open(
        self, path: str, data: bytes | None = None, kind: str = "application/json"
    ) -> dict[str, Any]:
        headers = {"Content-Type": kind}
        if hasattr(self, "token"):
            headers["Authorization"] = f"Bearer {self.token}"
        request = urllib.request.Request(self.service.address + path, data, headers)  # noqa: S310
        found: dict[str, Any] = json.load(urllib.request.urlopen(request))  # noqa: S310
        return found


def signal_all(process: "subprocess.Popen[bytes]", number: int) -> None:
    """Send a signal to a worker and to all processes that it has started."""
    os.killpg(process.pid, number)


def children(process: "subprocess.Popen[bytes]") -> list[int]:
    """Return the processes that a worker has started."""
    pids = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
    return [int(pid) for pid in pids]
