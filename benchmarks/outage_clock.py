"""The clock of the service jumps a day forward, and back."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import directories
from job_directories import PASSWORD, Directory
from outage_findings import counted, written_once, wrong
from outage_load import Load

sys.path.insert(0, str(directories.ROOT))  # before this folder, whose names are its own

from usersvc.tests import serving
from usersvc.tests.talking import post_json, send

FILE = "FAKETIME_TIMESTAMP_FILE"
TOMORROW, TODAY = "+1d", "+0"
BEFORE, HEEDED, AFTER = 3.0, 3.0, 4.0  # seconds
WRONG_TRIES = 12  # of a password: more than lock a network out
MOVED, SUMMARY = "the clock was moved", "CommandError: The audit is not as it was written."
# libfaketime 0.9.10 refuses clock_nanosleep() where it leaves the monotonic clock alone.
SLEEP = """import select, time
time.sleep = lambda seconds: (select.select([], [], [], seconds), None)[1]
"""


@contextmanager
def faked() -> Iterator[dict[str, str]]:
    """Give what a process needs in its environment so that a file decides what time it is there."""
    found = sorted(Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1"))
    with TemporaryDirectory(prefix="usersvc-clock-") as folder:
        file = Path(folder, "offset")
        file.write_text(f"{TODAY}\n")
        Path(folder, "sitecustomize.py").write_text(SLEEP)
        yield {
            "PYTHONPATH": folder,
            "LD_PRELOAD": str(found[0]) if found else "",
            FILE: str(file),
            "FAKETIME_CACHE_DURATION": "1",
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
            # gunicorn tells by the times of a file which of its processes live.
            "NO_FAKE_STAT": "1",
            "FAKE_UTIME": "0",
            "USERSVC_JOB_HOURS": "30",
        }


def clock_jumps(here: Directory) -> tuple[bool, str]:
    """the clock jumps a day forward in the middle of a job, and then back"""
    if not here.environment["LD_PRELOAD"]:
        sys.exit("libfaketime is missing: apt-get install faketime")
    with here.worker(), here.worker(), Load(here) as load:
        time.sleep(BEFORE)
        kept, told = here.ask(), []
        here.until(kept, "completed")
        told.append(_ends(here, TOMORROW, lock=True))
        told.append(_ends(here, TODAY, lock=False))
        file = here.is_whole(here.job(kept), int(here.job(kept)["summary"]["total"]))
        time.sleep(AFTER)
    once, written = written_once(here, load)
    audit = _audit(here)
    passed = once and file and not wrong(load.answers, allowed=(401, 429), cut=True)
    words = (
        f"{counted(load.answers)}; forward: {told[0][1]}; back: {told[1][1]}; {written};"
        f" the file of a job from before: {'there' if file else 'GONE'}; the audit: {audit[1]}"
    )
    return passed and audit[0] and all(well for well, _ in told), words


def _ends(here: Directory, offset: str, *, lock: bool) -> tuple[bool, str]:
    """Move the clock in the middle of a job; tell what became of it, of tokens and of a lock."""
    job, old = here.ask(), here.token
    here.until(job, "processing", "completed")
    if lock:
        for _ in range(WRONG_TRIES):
            _sign_in(here, "wrong")
    locked = _sign_in(here, PASSWORD)[0]
    Path(here.environment[FILE]).write_text(f"{offset}\n")
    time.sleep(HEEDED)
    status, token = _sign_in(here, PASSWORD)
    old_is = _status_of(here, old)
    here.token = token
    told = here.until(job, "completed", "failed")
    whole = here.is_whole(told, int(told["summary"]["total"]))
    passed = status == 200 and whole and here.attempts(job) <= 2 and old_is in (200, 401)
    words = (
        f"the token of before {old_is}, a sign-in {locked} before and {status} after, the job"
        f" {told['status']} at attempt {here.attempts(job)}"
    )
    return passed and locked == (401 if lock else 200), words


def _sign_in(here: Directory, password: str) -> tuple[int, str]:
    answer = post_json(here.service, "/api/token", {"username": "admin", "password": password})
    return answer.status, answer.json().get("access", "") if answer.status == 200 else ""


def _status_of(here: Directory, token: str) -> int:
    own = {"Authorization": f"Bearer {token}"}
    return int(send(here.service, "GET", "/users?page_size=1", headers=own).status)


def _audit(here: Directory) -> tuple[bool, str]:
    """Verify the audit as of today: it says that the clock was moved, and nothing else."""
    environment = {name: word for name, word in here.environment.items() if "FAKE" not in name}
    done = serving.run("verify_audit", **{**environment, "LD_PRELOAD": ""})
    said = [line for line in done.stderr.splitlines() if line]
    others = [line for line in said if MOVED not in line and SUMMARY not in line]
    if others:
        return False, f"says {others[:3]}"
    return True, f"verified, but for {len(said) - 1} times {MOVED!r}" if said else "verified"
