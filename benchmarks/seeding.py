"""`make bench`: how long `manage.py seed_users N` takes, on SQLite and on PostgreSQL.

PostgreSQL needs most of that time for indexes, that of trigrams above all. So its gate is a ratio:
against pg_restore and ANALYZE of the same directory, which neither makes nor checks anybody.
"""
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
SQLITE_SECONDS = "gate at 1,000,000 people: 90 s"
RESTORE_RATIO = "gate: 1.5x"
# Unlike a test's, this cluster writes as carefully as one in service.
AS_IN_SERVICE = "-c listen_addresses="


def main() -> int:
    """Time both databases, one after the other."""
    people = int(sys.argv[1])
    with TemporaryDirectory(prefix="usersvc-bench-") as folder:
        seconds = _seed(people, {"USERSVC_DATA": folder, "DATABASE_URL": ""})
        _report("SQLite", people, seconds, SQLITE_SECONDS)
        with postgres.throwaway(AS_IN_SERVICE) as address:
            seconds = _seed(people, {"USERSVC_DATA": folder, "DATABASE_URL": address})
            restored = _restore(address.partition("host=")[2])
            verdict = f"{seconds / restored:.2f}x of pg_restore's {restored:.1f} s, {RESTORE_RATIO}"
            _report("PostgreSQL", people, seconds, verdict)
    return 0


def _seed(people: int, settings: dict[str, str]) -> float:
    """Return the seconds it takes."""
    environment = {**os.environ, **settings}
    _manage(["migrate", "-v", "0"], environment)
    started = time.monotonic()
    _manage(["seed_users", str(people)], environment)
    return time.monotonic() - started


def _restore(host: str) -> float:
    """Return the seconds that PostgreSQL itself takes to fill another database with the same."""
    login = ("-h", host, "-U", "postgres")
    dump = f"{host}/dump"
    postgres.call("pg_dump", host, *login, "-Fc", "-Z0", "-f", dump, "postgres")
    postgres.call("createdb", host, *login, "copy")
    started = time.monotonic()
    postgres.call("pg_restore", host, *login, "-d", "copy", dump)
    postgres.call("vacuumdb", host, *login, "-q", "-z", "copy")
    return time.monotonic() - started


def _report(database: str, people: int, seconds: float, verdict: str) -> None:
    print(
        f"{database:<10} {people:>10,} people  {seconds:7.1f} s  {people / seconds:>9,.0f} people/s"
        f"   ({verdict})",
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
