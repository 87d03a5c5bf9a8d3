"""`make outages`: what surrounds the service fails, or floods it, while callers go on asking.

With N people, on the real service with a real worker: the database restarts, Redis goes, the disk
is full, the clock jumps, clients are slow, vanish or do nothing at all, and tables change. Each
answer meanwhile is one that is documented, what was answered as done is done, once, and afterwards
the service goes on by itself. Names of faults after N try those alone.
"""
# ruff: noqa: T201  (it talks to a terminal)

import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import directories
import foreground
import outage_clients
import outage_database
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
    "USERSVC_EXPORTS_PER_CALLER": "6",  # all that there are
    "USERSVC_EXPORT_GRACE_SECONDS": "5",
}
ON_POSTGRES: list[Fault] = [
    outage_database.restarted,
    outage_database.killed,
    outage_clients.slow,
    outage_clients.vanishing,
    outage_clients.heads,
]
ON_REDIS: list[Fault] = [outage_redis.redis_lost]


def main() -> int:
    """Try all faults, or those that are named; return 0 when all pass."""
    people = int(sys.argv[1]) if len(sys.argv) > 1 else 20_000
    named = set(sys.argv[2:])
    passed = []
    with postgres.throwaway(directories.AS_IN_SERVICE) as address:
        os.environ["DATABASE_URL"] = address
        passed.append(_try("PostgreSQL", people, _wanted(ON_POSTGRES, named)))
        if faults := _wanted(ON_REDIS, named):
            with redis_server.throwaway() as redis:
                queue = {"USERSVC_JOB_QUEUE": "celery", "REDIS_URL": redis.address}
                passed.append(_try("PostgreSQL, Redis, Celery", people, faults, redis, **queue))
    return 0 if all(passed) else 1


def _wanted(faults: list[Fault], named: set[str]) -> list[Fault]:
    return [fault for fault in faults if not named or fault.__name__ in named]


def _try(
    name: str, people: int, faults: list[Fault], redis: Redis | None = None, **settings: str
) -> bool:
    if not faults:
        return True
    passed = []
    with directory(people, redis, **settings) as here:
        for fault in faults:
            passed.append(tried(name, fault, here))
    return all(passed)


def tried(name: str, fault: Fault, here: Directory) -> bool:
    """Try one fault, and print its row."""
    started = time.monotonic()
    well, words = fault(here)
    took = f"{time.monotonic() - started:.0f} s"
    verdict = "passed" if well else "FAILED"
    print(f"| {name} | {fault.__doc__} | {words} | {took} | {verdict} |", flush=True)
    return well


@contextmanager
def directory(people: int, redis: Redis | None = None, **settings: str) -> Iterator[Directory]:
    """Serve a directory of so many people, without a worker, for the time of the block."""
    chosen = {**SETTINGS, **OPEN, **settings}
    with (
        TemporaryDirectory(prefix="usersvc-outages-") as folder,
        serving.place(Path(folder)) as place,
        serving.serving(place, USERSVC_DEMO_USERS=people, **chosen) as service,
    ):
        yield Directory(place, service, redis, **OPEN, **settings)


if __name__ == "__main__":
    foreground.start(main)
