"""`make faults`: jobs of N people whose workers, disk or database fail, on both databases.

Whatever happens, each job ends with one whole file or one clear error, nothing half done is
published or left behind, and no job is tried more often than may be.
"""
# ruff: noqa: S603, T201  (it runs our own commands and talks to a terminal)

import gzip
import json
import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import directories
import foreground
import postgres

sys.path.insert(0, str(directories.ROOT))  # before this folder, whose names are its own

from usersvc.tests import serving

PASSWORD = "correct horse battery"  # noqa: S105 - of this run alone
PATIENCE = 180.0
ROUNDS = 50
MOST_ATTEMPTS = 5
SETTINGS = {
    "USERSVC_ADMIN_PASSWORD": PASSWORD,
    "USERSVC_WORKERS": "0",
    "USERSVC_JOB_LEASE_SECONDS": "5",
    "USERSVC_JOBS_PER_CALLER": "1000",
    "USERSVC_STAFF_MFA": "optional",
    "USERSVC_ACCESS_TOKEN_SECONDS": "86400",
}
RIGHTS = "UPDATE users_user SET status = 'inactive' WHERE username = 'admin'"
RIGHTS_BACK = "UPDATE users_user SET status = 'active' WHERE username = 'admin'"
LIVING = "SELECT count(*) FROM users_user WHERE deleted_at IS NULL"
FAILED = "SELECT 1 FROM exports_job WHERE state = 'failed'"
ATTEMPTS = "SELECT max(attempt) FROM exports_job WHERE id = '{}'"
SMALL_DISK = 'mount -t tmpfs -o size=1m tmpfs "$USERSVC_DATA/jobs" && exec "$0" manage.py work'


class Directory:
    """A service that does no jobs by itself, and who asks it for some."""

    def __init__(self, here: Any, service: Any) -> None:
        self.here, self.service = here, service
        self.environment = {**os.environ, **SETTINGS, **here.settings}
        self.token = self._post("/api/token", {"username": "admin", "password": PASSWORD})["access"]
        [(self.living,)] = here.rows(LIVING)

    def forget(self) -> None:
        """Remove all jobs and all files."""
        self.here.execute("DELETE FROM exports_job")
        for path in (self.here.folder / "jobs").glob("*/*"):
            path.unlink()

    def ask(self, **body: Any) -> str:
        """Ask for a job; return its id."""
        return str(self._post("/api/v2/jobs/users-exports", body)["id"])

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
            ) as process,
        ):
            try:
                yield process
            finally:
                process.send_signal(signal.SIGCONT)
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

    def _open(self, path: str, data: bytes | None = None) -> dict[str, Any]:
        headers = {"Content-Type": "application/json"}
        if hasattr(self, "token"):
            headers["Authorization"] = f"Bearer {self.token}"
        request = urllib.request.Request(self.service.address + path, data, headers)  # noqa: S310
        found: dict[str, Any] = json.load(urllib.request.urlopen(request))  # noqa: S310
        return found


def killed(here: Directory) -> tuple[bool, str]:
    """kill -9 of a worker in the middle of a job"""
    job = here.ask()
    with here.worker() as victim:
        here.until(job, "processing")
        victim.kill()
    with here.worker():
        return _ended_well(here, job, attempts=2)


def paused(here: Directory) -> tuple[bool, str]:
    """SIGSTOP of a worker past its lease, another one finishes, SIGCONT"""
    job = here.ask()
    with here.worker() as victim:
        here.until(job, "processing")
        victim.send_signal(signal.SIGSTOP)
        with here.worker():
            before = here.until(job, "completed", "failed")
        victim.send_signal(signal.SIGCONT)
        time.sleep(10)  # for as long as it would have needed
        passed, words = _ended_well(here, job, attempts=2)
    return passed and here.files() == 1 and before["status"] == "completed", words


def stopped(here: Directory) -> tuple[bool, str]:
    """SIGTERM of a worker in the middle of a job"""
    job = here.ask()
    with here.worker() as victim:
        here.until(job, "processing")
        victim.terminate()
        code = victim.wait(60)
    put_back = here.job(job)["status"] == "pending"
    with here.worker():
        passed, words = _ended_well(here, job, attempts=2)
    return passed and put_back and code == 0, words


def disk(here: Directory) -> tuple[bool, str]:
    """a disk that is full (1 MB)"""
    (here.here.folder / "jobs").mkdir(mode=0o700, exist_ok=True)
    job = here.ask()
    with here.worker("unshare", "-m", "sh", "-c", SMALL_DISK):
        told = here.until(job, "completed", "failed")
    passed = (told["status"], told.get("error")) == ("failed", "no_space") and here.files() == 0
    again = here.ask()
    with here.worker():
        well, _ = _ended_well(here, again, attempts=1)
    return passed and well, f"{told['status']}: {told.get('status_details')}; the next one is whole"


def rights(here: Directory) -> tuple[bool, str]:
    """rights that are taken while the job waits"""
    job = here.ask()
    here.here.execute(RIGHTS)
    with here.worker():
        deadline = time.monotonic() + PATIENCE
        while not here.here.rows(f"{FAILED} AND id = '{job}'"):
            if time.monotonic() > deadline:
                sys.exit("the job never failed")
            time.sleep(0.1)
    here.here.execute(RIGHTS_BACK)
    told = here.job(job)
    passed = told["error"] == "withdrawn" and here.files() == 0
    return passed, f"{told['status']}: {told['status_details']}"


def at_once(here: Directory) -> tuple[bool, str]:
    """three workers at once, 50 rounds"""
    with here.worker(), here.worker(), here.worker():
        jobs = [here.ask(limit=1) for _ in range(ROUNDS)]
        told = [here.until(job, "completed", "failed") for job in jobs]
    whole = sum(here.is_whole(here.job(each["id"]), 1) for each in told)
    attempts = {here.attempts(job) for job in jobs}
    passed = whole == ROUNDS and attempts == {1} and here.files() == ROUNDS
    return passed, f"{whole} whole files, each begun {'once' if attempts == {1} else attempts}"


def database(here: Directory) -> tuple[bool, str]:
    """kill of the database in the middle of a job, and its restart"""
    folder = here.here.server.partition("host=")[2]
    job = here.ask()
    with here.worker():
        here.until(job, "processing")
        postgres.call("pg_ctl", folder, "-D", f"{folder}/data", "-m", "immediate", "-w", "stop")
        time.sleep(3)
        options = f"{directories.AS_IN_SERVICE} -k {folder}"
        log = f"{folder}/log"
        arguments = ("-D", f"{folder}/data", "-l", log, "-w", "-o", options, "start")
        postgres.call("pg_ctl", folder, *arguments)
        return _ended_well(here, job, attempts=2)


FAULTS: list[Callable[[Directory], tuple[bool, str]]] = [
    killed,
    paused,
    stopped,
    disk,
    rights,
    at_once,
]


def main() -> int:
    """Try both databases; return 0 when all passes."""
    people = int(sys.argv[1])
    passed = [_try("SQLite", people, FAULTS)]
    with postgres.throwaway(directories.AS_IN_SERVICE) as address:
        os.environ["DATABASE_URL"] = address
        passed.append(_try("PostgreSQL", people, [*FAULTS, database]))
    return 0 if all(passed) else 1


def _try(name: str, people: int, faults: list[Callable[[Directory], tuple[bool, str]]]) -> bool:
    passed = []
    with (
        TemporaryDirectory(prefix="usersvc-faults-") as folder,
        serving.place(Path(folder)) as place,
        serving.serving(place, USERSVC_DEMO_USERS=people, **SETTINGS) as service,
    ):
        here = Directory(place, service)
        for fault in faults:
            here.forget()
            started = time.monotonic()
            well, words = fault(here)
            took = f"{time.monotonic() - started:.0f} s"
            verdict = "passed" if well else "FAILED"
            print(f"| {name} | {fault.__doc__} | {words} | {took} | {verdict} |", flush=True)
            passed.append(well)
    return all(passed)


def _ended_well(here: Directory, job: str, attempts: int) -> tuple[bool, str]:
    told = here.until(job, "completed", "failed")
    whole, tried = here.is_whole(told, here.living), here.attempts(job)
    passed = whole and tried == attempts and tried <= MOST_ATTEMPTS
    words = f"{told['status']}, {told['summary']['total']:,} people, {tried} attempts"
    return passed, words


if __name__ == "__main__":
    foreground.start(main)
