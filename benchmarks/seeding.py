"""`make bench`: how long `manage.py seed_users N` takes, on SQLite and on PostgreSQL."""
# ruff: noqa: S603, T201  (it runs our own commands and talks to a terminal)

import os
import subprocess
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

import foreground
import postgres

ROOT = Path(__file__).resolve().parent.parent
GATE = "gate at 1,000,000 people"
SECONDS_ALLOWED = {"SQLite": 90, "PostgreSQL": 60}
# Unlike a test's, this cluster writes as carefully as one in service.
AS_IN_SERVICE = "-c listen_addresses="


def main() -> int:
    """Time both databases, one after the other."""
    people = int(sys.argv[1])
    with TemporaryDirectory(prefix="usersvc-bench-") as folder:
        _report("SQLite", people, {"USERSVC_DATA": folder, "DATABASE_URL": ""})
        with postgres.throwaway(AS_IN_SERVICE) as address:
            _report("PostgreSQL", people, {"USERSVC_DATA": folder, "DATABASE_URL": address})
    return 0


def _report(database: str, people: int, settings: dict[str, str]) -> None:
    environment = {**os.environ, **settings}
    _manage(["migrate", "-v", "0"], environment)
    started = time.monotonic()
    _manage(["seed_users", str(people)], environment)
    wall = time.monotonic() - started
    allowed = SECONDS_ALLOWED[database]
    print(
        f"{database:<10} {people:>10,} people  {wall:7.1f} s wall  {people / wall:>9,.0f} people/s"
        f"   ({GATE}: {allowed} s)",
        flush=True,
    )


def _manage(arguments: list[str], environment: dict[str, str]) -> None:
    command = [sys.executable, "manage.py", *arguments]
    answer = subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    if answer.returncode:
        sys.exit(f"{' '.join(arguments)} failed:\n{answer.stderr}")


if __name__ == "__main__":
    foreground.start(main)
