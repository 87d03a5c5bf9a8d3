"""The databases' own shells, timed: they write to nowhere what they are told to select."""
# ruff: noqa: S603  (it runs psql and sqlite3)

import shutil
import subprocess
import sys
import time
from pathlib import Path

NOWHERE = Path("/dev/null")
PATIENCE = 60_000  # milliseconds; the service closes its log when it has done


def seconds(address: str, statement: str, to: Path = NOWHERE) -> float:
    """Return how long a shell takes to write what a statement selects to a file, as CSV."""
    if address.startswith("sqlite"):
        # Read only: a shell that ends would checkpoint the write-ahead log, and be measured at it.
        path = address.removeprefix("sqlite:///")
        wait = ["-cmd", f".timeout {PATIENCE}"]
        command = [_found("sqlite3"), "-batch", *wait, "-csv", f"file:{path}?mode=ro"]
        return _timed(command, to, statement)
    # What \copy does, for a statement of several lines; without jit, as an export runs.
    copy = f"SET jit = off; COPY ({statement}) TO STDOUT (FORMAT csv);"
    return _timed(_psql(address), to, copy)


def raw_seconds(address: str, statement: str) -> float:
    """Return how long a raw dump takes, in the database's own format of texts."""
    if address.startswith("sqlite"):
        return seconds(address, statement)
    return _timed(_psql(address), NOWHERE, f"COPY ({statement}) TO STDOUT;")


def _psql(address: str) -> list[str]:
    return [_found("psql"), "-qX", "-v", "ON_ERROR_STOP=1", address]


def _timed(command: list[str], to: Path, words: str) -> float:
    with to.open("wb") as file:
        started = time.perf_counter()
        answer = subprocess.run(
            command, input=words.encode(), stdout=file, stderr=subprocess.PIPE, check=False
        )
        took = time.perf_counter() - started
    if answer.returncode or answer.stderr:
        sys.exit(f"{command[0]} failed: {answer.stderr.decode()}")
    return took


def _found(name: str) -> str:
    return shutil.which(name) or sys.exit(f"{name} is missing: apt-get install it")
