"""`make faults`: one action for N people on both databases, its memory, and its death half-way.

Memory: however many people a run is for, it holds one block of them and 16 bytes for each other.
Death: the process is killed in the middle. What it did is whole, with one audit entry a person, and
asking again does the rest.
"""
# ruff: noqa: S603, T201  (it runs our own commands and talks to a terminal)

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import foreground
import postgres

ROOT = Path(__file__).resolve().parent.parent
MOST_GROWTH = 24.0  # MB
PATIENCE = 120.0


def main() -> int:
    """Try both databases; return 0 when both pass."""
    people = int(sys.argv[1])
    with TemporaryDirectory(prefix="usersvc-faults-") as folder:
        passed = [_try("SQLite", people, {"USERSVC_DATA": folder, "DATABASE_URL": ""})]
        with postgres.throwaway() as address:
            settings = {"USERSVC_DATA": folder, "DATABASE_URL": address}
            passed.append(_try("PostgreSQL", people, settings))
    return 0 if all(passed) else 1


def _try(database: str, people: int, settings: dict[str, str]) -> bool:
    environment = {**os.environ, **settings}
    for arguments in (["migrate", "-v", "0"], ["seed_users", str(people)]):
        subprocess.run(
            [sys.executable, "manage.py", *arguments],
            cwd=ROOT,
            env=environment,
            check=True,
            stderr=subprocess.DEVNULL,
        )
    return all([_memory(database, environment), _death(database, environment)])


def _memory(database: str, environment: dict[str, str]) -> bool:
    found = _run("measure", environment)
    passed = found["growth"] <= MOST_GROWTH and found["done"] == found["matched"]
    print(
        f"{database:<10} {found['done']:>9,} of {found['matched']:,} tagged"
        f"  {found['seconds']:6.1f} s  RSS {found['before']:.0f} MB"
        f" + {found['growth']:.1f} MB at the peak (at most {MOST_GROWTH:.0f})  {_verdict(passed)}",
        flush=True,
    )
    return passed


def _death(database: str, environment: dict[str, str]) -> bool:
    before = _run("count", environment)["suspended"]
    half = _kill_half_way(environment, before)
    _run("suspend", environment)
    whole = _run("count", environment)
    for one in (half, whole):
        one["suspended"] -= before
    passed = (
        0 < half["suspended"] < whole["suspended"]
        and all(one["suspended"] == one["entries"] == one["people"] for one in (half, whole))
        and whole["left"] == 1  # who asked
    )
    print(
        f"{database:<10} {half['suspended']:>9,} suspended by a run that was killed"
        f" ({half['entries']:,} entries), {whole['suspended']:,} after another one"
        f" ({whole['entries']:,} entries), {whole['left']} left  {_verdict(passed)}",
        flush=True,
    )
    return passed


def _kill_half_way(environment: dict[str, str], before: int) -> dict[str, Any]:
    """Kill a run that has begun to write; return what it did."""
    victim = subprocess.Popen(_command("suspend"), cwd=ROOT, env=environment)
    deadline = time.monotonic() + PATIENCE
    while victim.poll() is None and time.monotonic() < deadline:
        if _run("count", environment)["suspended"] > before:
            break
    victim.kill()
    victim.wait()
    return _run("count", environment)


def _run(command: str, environment: dict[str, str]) -> dict[str, Any]:
    answer = subprocess.run(
        _command(command), cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    if answer.returncode:
        sys.exit(f"{command} failed:\n{answer.stderr}")
    found: dict[str, Any] = json.loads(answer.stdout)
    return found


def _command(command: str) -> list[str]:
    return [sys.executable, str(ROOT / "benchmarks" / "bulk_runs.py"), command]


def _verdict(passed: bool) -> str:
    return "passed" if passed else "FAILED"


if __name__ == "__main__":
    foreground.start(main)
