"""`make soak`: MINUTES of jobs on PostgreSQL, one of whose two workers is killed each minute.

Exports of many sizes and imports are asked for all the time. In the end every job has ended once
and right: an export with one whole file, an import with all of its people there. Nothing is left
behind that cleaning would not take, the audit verifies, and the doctor finds nothing.
"""
# ruff: noqa: T201  (it talks to a terminal)

import os
import random
import signal
import subprocess
import sys
import time
from collections import deque
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import directories
import foreground
import postgres
from job_directories import SETTINGS, Directory, signal_all
from soak_jobs import Jobs

sys.path.insert(0, str(directories.ROOT))  # before this folder, whose names are its own

from usersvc.tests import serving

PEOPLE, WORKERS, SEED = 20_000, 2, 7
MOST_WAITING = 20  # jobs: on a machine that is busy, nothing piles up
# Seconds.
BETWEEN_EXPORTS, BETWEEN_IMPORTS, BETWEEN_DEATHS, BETWEEN_ROWS = 5, 90, 60, 600
BETWEEN_LOOKS = 0.5
UNTIL_ALL_WORK, UNTIL_EMPTY = 30, 900
THROTTLES = ("USERSVC_REQUESTS_PER_MINUTE", "USERSVC_FILES_PER_MINUTE")
# So long that no machine is too busy to renew it: only deaths let a job begin again.
LEASE = {"USERSVC_JOB_LEASE_SECONDS": "15"}
RUNNING = "SELECT count(*) FROM exports_job WHERE state = 'running'"


class Crew:
    """Workers of which one can be killed, and another one started instead."""

    def __init__(self, here: Directory) -> None:
        self._here = here
        self.deaths = 0
        self._running: deque[tuple[ExitStack, subprocess.Popen[bytes]]] = deque()

    def start(self) -> None:
        """Start one more."""
        stack = ExitStack()
        self._running.append((stack, stack.enter_context(self._here.worker())))

    def kill(self) -> None:
        """Kill the one that has run for longest, with its children, and start another one."""
        stack, victim = self._running.popleft()
        signal_all(victim, signal.SIGKILL)
        stack.close()
        self.deaths += 1
        self.start()

    def stop(self) -> None:
        """Stop them in order."""
        while self._running:
            stack, _ = self._running.popleft()
            stack.close()


def main() -> int:
    """Run for so many minutes; return 0 when every job ended right."""
    minutes = float(sys.argv[1]) if sys.argv[1:] else 60.0
    with postgres.throwaway(directories.AS_IN_SERVICE) as address:
        os.environ["DATABASE_URL"] = address
        with _directory() as here, _crew(here) as crew:
            return 0 if _soak(Jobs(here), crew, minutes * 60) else 1


@contextmanager
def _directory() -> Iterator[Directory]:
    unbounded: dict[str, Any] = dict.fromkeys(THROTTLES, 10**6)
    with (
        TemporaryDirectory(prefix="usersvc-soak-") as folder,
        serving.place(Path(folder)) as place,
        serving.serving(place, USERSVC_DEMO_USERS=PEOPLE, **SETTINGS, **unbounded) as service,
    ):
        yield Directory(place, service, None, **LEASE)


@contextmanager
def _crew(here: Directory) -> Iterator[Crew]:
    crew = Crew(here)
    try:
        for _ in range(WORKERS):
            crew.start()
        yield crew
    finally:
        crew.stop()


def _soak(jobs: Jobs, crew: Crew, seconds: float) -> bool:
    """Ask, kill and look until the time is over; then let the queue run empty, and judge."""
    chance = random.Random(SEED)  # noqa: S311 - no secret
    started = time.monotonic()
    next_export, next_import, next_death, next_row = 0.0, 0.0, BETWEEN_DEATHS, BETWEEN_ROWS
    while (passed := time.monotonic() - started) < seconds:
        if passed >= next_export and jobs.waiting < MOST_WAITING:
            next_export = passed + BETWEEN_EXPORTS
            jobs.export(chance)
        if passed >= next_import:
            next_import = passed + BETWEEN_IMPORTS
            jobs.upload()
        if passed >= next_death:
            next_death += BETWEEN_DEATHS
            _kill(jobs, crew, chance)
        if passed >= next_row:
            next_row += BETWEEN_ROWS
            _show(jobs, crew, started)
        jobs.look()
        time.sleep(BETWEEN_LOOKS)
    _drain(jobs)
    crew.stop()
    jobs.judge(crew.deaths)
    _show(jobs, crew, started, "the queue ran empty; all of it")
    return not jobs.faults


def _kill(jobs: Jobs, crew: Crew, chance: random.Random) -> None:
    """Kill a worker once all of them are at work, as they are on long jobs asked for here."""
    for _ in range(WORKERS):
        jobs.long_export()
    deadline = time.monotonic() + UNTIL_ALL_WORK
    while jobs.here.here.rows(RUNNING) != [(WORKERS,)] and time.monotonic() < deadline:
        time.sleep(BETWEEN_LOOKS)
    time.sleep(chance.random())  # wherever it is by then
    crew.kill()


def _drain(jobs: Jobs) -> None:
    deadline = time.monotonic() + UNTIL_EMPTY
    while jobs.waiting or jobs.uploads():
        if time.monotonic() > deadline:
            jobs.faults.append(f"{jobs.waiting} jobs never ended, {jobs.uploads()} uploads stayed")
            return
        jobs.look()
        time.sleep(BETWEEN_LOOKS)


def _show(jobs: Jobs, crew: Crew, started: float, what: str = "so far") -> None:
    took = time.monotonic() - started
    happened = f"kill -9 of a worker each minute, {crew.deaths} times: {what}"
    verdict = "FAILED" if jobs.faults else "passed"
    print(f"| PostgreSQL | {happened} | {jobs} | {took:.0f} s | {verdict} |", flush=True)
    for fault in jobs.untold():
        sys.stderr.write(f"  {fault}\n")


if __name__ == "__main__":
    foreground.start(main)
