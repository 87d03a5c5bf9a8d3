"""`make faults`: what surrounds the service fails, or floods it, while callers go on asking.

With N people, on the real service with a real worker: the database restarts, Redis goes, the disk
is full, the clock jumps, clients are slow, vanish or do nothing at all, and tables change. Each
answer meanwhile is one that is documented, what was answered as done is done, once, and afterwards
the service goes on by itself. Names of faults after N try those alone.
"""
# ruff: noqa: T201  (it talks to a terminal)

import os
import sys
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from tempfile import TemporaryDirectory

import directories
import foreground
import outage_clients
import outage_clock
import outage_connections
import outage_database
import outage_disk
import outage_migration
import outage_redis
import postgres
import redis_server
from job_directories import SETTINGS, Directory
from redis_server import Redis

sys.path.insert(0, str(directories.ROOT))  # before this folder, whose names are its own

from usersvc.tests import serving

Fault = Callable[[Directory], tuple[bool, str]]
OPEN = {
    "USERSVC_REQUESTS_PER_MINUTE": "1000000",
    "USERSVC_FILES_PER_MINUTE": "1000000",
    "USERSVC_EXPORTS_IN_ALL": "6",
    "USERSVC_EXPORTS_PER_CALLER": "6",
    "USERSVC_EXPORT_GRACE_SECONDS": "5",
}
ON_POSTGRES: list[Fault] = [
    outage_database.restarted,
    outage_database.killed,
    outage_clients.slow,
    outage_clients.vanishing,
    outage_clients.heads,
    outage_clients.bodies,
    outage_connections.idle,
    outage_migration.migrated,
]
DISK: list[Fault] = [outage_disk.disk_full]
CLOCK: list[Fault] = [outage_clock.clock_jumps]
REDIS: list[Fault] = [outage_redis.redis_lost]
FEW = 2_000  # people, where a disk of some megabytes has to hold them
NAMED = set(sys.argv[2:])


def main() -> int:
    """Try all faults, or those that are named; return 0 when all pass."""
    people = int(sys.argv[1]) if len(sys.argv) > 1 else 20_000
    os.environ.pop("DATABASE_URL", None)
    passed = [_try("SQLite", FEW, DISK, on=outage_disk.small_disk)]
    with postgres.throwaway(directories.AS_IN_SERVICE) as address:
        os.environ["DATABASE_URL"] = address
        passed.append(_try("PostgreSQL", people, ON_POSTGRES))
        passed.append(_try("PostgreSQL", FEW, DISK, on=outage_disk.small_disk))
        with outage_clock.faked() as settings:
            passed.append(_try("PostgreSQL", people, CLOCK, **settings))
        with redis_server.throwaway() as redis:
            queue = {"USERSVC_JOB_QUEUE": "celery", "REDIS_URL": redis.address}
            passed.append(_try("Celery, Redis", people, REDIS, redis, **queue))
    return 0 if all(passed) else 1


def _try(
    name: str,
    people: int,
    faults: list[Fault],
    redis: Redis | None = None,
    on: Callable[[Path], AbstractContextManager[None]] = lambda folder: nullcontext(),
    **settings: str,
) -> bool:
    """Try those of the faults that are wanted, on a directory of so many people."""
    wanted = [fault for fault in faults if not NAMED or fault.__name__ in NAMED]
    if not wanted:
        return True
    chosen = {**SETTINGS, **OPEN, **settings}
    with (
        TemporaryDirectory(prefix="usersvc-outages-") as folder,
        on(Path(folder)),
        serving.place(Path(folder)) as place,
        serving.serving(place, USERSVC_DEMO_USERS=people, **chosen) as service,
    ):
        here = Directory(place, service, redis, **OPEN, **settings)
        passed = [_passes(name, fault, here) for fault in wanted]
    return all(passed)


def _passes(name: str, fault: Fault, here: Directory) -> bool:
    """Try one fault, and print its row."""
    started = time.monotonic()
    well, words = fault(here)
    took = f"{time.monotonic() - started:.0f} s"
    verdict = "passed" if well else "FAILED"
    print(f"| {name} | {fault.__doc__} | {words} | {took} | {verdict} |", flush=True)
    return well


if __name__ == "__main__":
    foreground.start(main)
