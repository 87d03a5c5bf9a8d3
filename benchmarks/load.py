"""`make load`: PEOPLE in a service on PostgreSQL that CALLERS ask at once, for MINUTES.

Four of five callers ask for pages, searches and counts: first alone, then beside the fifth one, who
asks for CSV and PDF all the time. All that comes is whole, or a documented refusal; what is small
stays quick beside files; and no process grows.
"""
# ruff: noqa: S603, T201  (it runs our own script and talks to a terminal)

import json
import os
import random
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import directories
import foreground
import load_findings
import postgres
import service
from load_callers import THINKS, Caller, Ledger, Question
from load_findings import ALONE, BESIDE
from load_questions import Questions
from memory import Memory

sys.path.insert(0, str(directories.ROOT))  # before this folder, whose names are its own

from usersvc.tests import serving

WARMING, LONGEST_ALONE = 30.0, 120.0  # seconds
OF_FILES = 5  # of so many callers one asks for files
SHARING = 8  # of those, so many have one account: the bound of a caller is met, too
MOST_FAULTS = 20  # that are told
WARMING_UP = "warming up"
ENDING = "ending"  # the phase in which files that were begun come to their end
DEFAULTS = ("1000000", "10", "200")
SETTINGS = {
    "USERSVC_DEMO_USERS": "0",
    "USERSVC_WORKERS": "1",
    "USERSVC_ACCESS_TOKEN_SECONDS": "86400",
    # Otherwise the throttle would be measured. What bounds files stays as it is in service.
    "USERSVC_REQUESTS_PER_MINUTE": "1000000",
    "USERSVC_FILES_PER_MINUTE": "1000000",
}


class Load:
    """A service, and all of its callers."""

    def __init__(self, running: Any, known: dict[str, Any], folder: Path) -> None:
        self._pid, self._tokens = running.process.pid, known["tokens"]
        self._questions = Questions(known)
        self._ledger = Ledger(running.port, folder)
        self._memory = Memory(self._pid)
        self._for_files = max(1, len(self._tokens) // OF_FILES)

    def run(self, seconds: float) -> None:
        """Let everything be warm, then ask without files, then beside files for so many seconds."""
        few, ledger = self._for_files, self._ledger
        sharing = [self._tokens[number // SHARING * 2] for number in range(few)]
        with self._calling(self._tokens[few:], self._questions.small):
            with self._calling(sharing, self._questions.file):
                time.sleep(WARMING)
            ledger.phase = ALONE
            time.sleep(min(seconds, LONGEST_ALONE))
            with self._calling(sharing, self._questions.file):
                ledger.phase = WARMING_UP  # processes that print end where there is no work
                time.sleep(WARMING)
                ledger.phase = BESIDE
                self._memory.start()
                time.sleep(seconds)
                self._memory.stop()
                ledger.phase = ENDING

    def tell(self, where: str, seconds: float) -> bool:
        """Print what came of it; return whether all is as it should be."""
        few, many = self._for_files, len(self._tokens) - self._for_files
        who = f"by {many} callers with {few} others who ask for files, {THINKS:.0f} s to think"
        found = [
            *load_findings.rows(self._ledger, self._questions),
            ("memory of the web's and the worker's processes", *self._memory.growth(False)),
            ("memory of the processes that print", *self._memory.growth(True)),
        ]
        for what, words, passed in found:
            verdict = "passed" if passed else "FAILED"
            print(f"| {where} | {what} | {words} | {seconds:.0f} s | {verdict} |", flush=True)
        share = time.process_time() / seconds
        print(f"Asked {who}; the callers took {share:.0%} of a processor.", flush=True)
        for fault in load_findings.faults(self._ledger)[:MOST_FAULTS]:
            sys.stderr.write(f"  {fault}\n")
        return all(passed for _, _, passed in found)

    @contextmanager
    def _calling(
        self, tokens: list[str], think: Callable[[random.Random], Question]
    ) -> Iterator[None]:
        """Let a caller ask with each token; afterwards each reads what it got to its end."""
        over = threading.Event()
        callers = [
            Caller(self._ledger, token, number, think, over) for number, token in enumerate(tokens)
        ]
        for caller in callers:
            caller.start()
        try:
            yield
        finally:
            over.set()
        for caller in callers:
            caller.join()


def main() -> int:
    """Ask, print what came of it, and return 1 when something is not as it should be."""
    people, minutes, callers = _given()
    with (
        postgres.throwaway(directories.AS_IN_SERVICE) as address,
        TemporaryDirectory(prefix="usersvc-load-") as folder,
    ):
        directories.fill(people, address)
        settings = {"USERSVC_DATA": folder, "DATABASE_URL": address, **SETTINGS}
        with serving.serving(service.Place(Path(folder), settings)) as running:
            here = {**settings, "PORT": str(running.port)}  # which tokens name
            load = Load(running, _known(callers, here), Path(folder))
            started = time.monotonic()
            load.run(minutes * 60)
            passed = load.tell(f"PostgreSQL, {people:,} people", time.monotonic() - started)
    return 0 if passed else 1


def _given() -> tuple[int, float, int]:
    """Return how many people, for how many minutes, and how many callers."""
    people, minutes, callers = [*sys.argv[1:4], *DEFAULTS[len(sys.argv) - 1 :]]
    return int(people), float(minutes), int(callers)


def _known(callers: int, settings: dict[str, str]) -> dict[str, Any]:
    """Make the accounts of so many callers; return them, and what they may ask for."""
    answer = subprocess.run(
        [sys.executable, "benchmarks/load_accounts.py", str(callers)],
        cwd=directories.ROOT,
        env={**os.environ, **settings},
        check=True,
        stdout=subprocess.PIPE,
    )
    found: dict[str, Any] = json.loads(answer.stdout)
    return found


if __name__ == "__main__":
    foreground.start(main)
