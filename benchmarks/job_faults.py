"""`make faults`: jobs of N people whose workers, queue, disk or database fail.

On both databases, and with a pool of Celery over Redis. Whatever happens, each job ends with one
whole file or one clear error, nothing half done is published or left behind, and no job is tried
more often than may be.
"""
# ruff: noqa: T201  (it talks to a terminal)

import os
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

import directories
import foreground
import postgres
import redis_server
from job_directories import MOST_ATTEMPTS, PATIENCE, SETTINGS, Directory, children, signal_all
from redis_server import Redis

sys.path.insert(0, str(directories.ROOT))  # before this folder, whose names are its own

from usersvc.tests import serving

Fault = Callable[[Directory], tuple[bool, str]]
ROUNDS = 50
RIGHTS = "UPDATE users_user SET status = 'inactive' WHERE username = 'admin'"
RIGHTS_BACK = "UPDATE users_user SET status = 'active' WHERE username = 'admin'"
FAILED = "SELECT 1 FROM exports_job WHERE state = 'failed'"
IMPORTED = 20_000
IMPORTS = "SELECT count(*) FROM users_user WHERE email LIKE '%@import.example'"
FORGET_IMPORTS = "DELETE FROM users_user WHERE email LIKE '%@import.example'"
SMALL_DISK = 'mount -t tmpfs -o size=1m tmpfs "$USERSVC_DATA/jobs" && exec "$0" manage.py work'


def killed(here: Directory) -> tuple[bool, str]:
    """kill -9 of a worker in the middle of a job"""
    job = here.ask()
    with here.worker() as victim:
        here.until(job, "processing")
        signal_all(victim, signal.SIGKILL)
    with here.worker():
        return _ended_well(here, job, attempts=2)


def paused(here: Directory) -> tuple[bool, str]:
    """SIGSTOP of a worker past its lease, another one finishes, SIGCONT"""
    job = here.ask()
    with here.worker() as victim:
        here.until(job, "processing")
        signal_all(victim, signal.SIGSTOP)
        with here.worker():
            before = here.until(job, "completed", "failed")
        signal_all(victim, signal.SIGCONT)
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


def import_killed(here: Directory) -> tuple[bool, str]:
    """kill -9 of a worker in the middle of an import of 20,000 people"""
    job = here.upload(IMPORTED)
    with here.worker() as victim:
        while not here.job(job)["summary"]["total"]:
            here.until(job, "processing")
        signal_all(victim, signal.SIGKILL)
    with here.worker():
        told = here.until(job, "completed", "failed")
    [(there,)] = here.here.rows(IMPORTS)
    here.here.execute(FORGET_IMPORTS)
    summary, tried = told["summary"], here.attempts(job)
    passed = (summary["inserted"], summary["failed"], there, tried) == (IMPORTED, 0, IMPORTED, 2)
    words = f"{summary['inserted']:,} inserted, {there:,} there, {tried} attempts"
    return passed, f"{told['status']}, {words}"


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


def child_killed(here: Directory) -> tuple[bool, str]:
    """kill -9 of the processes of a pool in the middle of a job"""
    job = here.ask()
    with here.worker() as victim:
        here.until(job, "processing")
        for child in children(victim):
            os.kill(child, signal.SIGKILL)
        with here.worker():
            return _ended_well(here, job, attempts=2)


def redis_killed(here: Directory) -> tuple[bool, str]:
    """kill -9 of Redis in the middle of a job, and its restart, empty"""
    redis = _redis(here)
    job = here.ask()
    with here.worker():
        here.until(job, "processing")
        redis.kill()
        passed, words = _ended_well(here, job, attempts=1)
        redis.start()
        again, _ = _ended_well(here, here.ask(), attempts=1)
    return passed and again, f"{words}; the next one, too"


def redis_gone(here: Directory) -> tuple[bool, str]:
    """a job asked for while Redis is gone, and its restart, empty"""
    redis = _redis(here)
    with here.worker():
        redis.kill()
        started = time.monotonic()
        job = here.ask()
        seconds = time.monotonic() - started
        redis.start()
        passed, words = _ended_well(here, job, attempts=1)
    return passed and seconds < 1, f"answered in {seconds:.1f} s; {words}"


FAULTS: list[Fault] = [
    killed,
    paused,
    stopped,
    disk,
    rights,
    at_once,
    import_killed,
]
OF_REDIS: list[Fault] = [child_killed, redis_killed, redis_gone]


def main() -> int:
    """Try both databases, and both queues; return 0 when all passes."""
    people = int(sys.argv[1])
    passed = [_try("SQLite", people, FAULTS)]
    with postgres.throwaway(directories.AS_IN_SERVICE) as address:
        os.environ["DATABASE_URL"] = address
        passed.append(_try("PostgreSQL", people, [*FAULTS, database]))
        with redis_server.throwaway() as redis:
            passed.append(_try("Celery, Redis", people, [*FAULTS, database, *OF_REDIS], redis))
    return 0 if all(passed) else 1


def _try(name: str, people: int, faults: list[Fault], redis: Redis | None = None) -> bool:
    passed = []
    queue = {} if redis is None else {"USERSVC_JOB_QUEUE": "celery", "REDIS_URL": redis.address}
    with (
        TemporaryDirectory(prefix="usersvc-faults-") as folder,
        serving.place(Path(folder)) as place,
        serving.serving(place, USERSVC_DEMO_USERS=people, **SETTINGS, **queue) as service,
    ):
        here = Directory(place, service, redis, **queue)
        for fault in faults:
            here.forget()
            started = time.monotonic()
            well, words = fault(here)
            took = f"{time.monotonic() - started:.0f} s"
            verdict = "passed" if well else "FAILED"
            print(f"| {name} | {fault.__doc__} | {words} | {took} | {verdict} |", flush=True)
            passed.append(well)
    return all(passed)


def _redis(here: Directory) -> Redis:
    if here.redis is None:
        raise ValueError("a directory without Redis")
    return here.redis


def _ended_well(here: Directory, job: str, attempts: int) -> tuple[bool, str]:
    told = here.until(job, "completed", "failed")
    whole, tried = here.is_whole(told, here.living), here.attempts(job)
    passed = whole and tried == attempts and tried <= MOST_ATTEMPTS
    words = f"{told['status']}, {told['summary']['total']:,} people, {tried} attempts"
    return passed, words


if __name__ == "__main__":
    foreground.start(main)
