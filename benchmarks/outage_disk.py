"""The disk of the data folder is full while the service is asked."""
# ruff: noqa: S603, S607  (it mounts a small disk)

import os
import subprocess
import sys
import time
import urllib.error
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import directories
from job_directories import Directory
from outage_findings import counted, written_once, wrong
from outage_load import Load

sys.path.insert(0, str(directories.ROOT))  # before this folder, whose names are its own

from usersvc.tests import serving

SIZE = "96m"
BEFORE, FULL, AFTER = 3.0, 8.0, 6.0  # seconds
BLOCK = 1 << 16


@contextmanager
def small_disk(folder: Path) -> Iterator[None]:
    """Mount a disk of 96 MB, in memory, for the time of the block; only root may."""
    if os.geteuid() != 0:
        sys.exit("Only root may mount a small disk: run this as root, or without disk_full.")
    mount = ["mount", "-t", "tmpfs", "-o", f"size={SIZE},mode=0700", "tmpfs", str(folder)]
    subprocess.run(mount, check=True)
    try:
        yield
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=False)


def disk_full(here: Directory) -> tuple[bool, str]:
    """the disk of the data folder is full under load, and after 8 seconds there is room again"""
    is_sqlite = not here.here.is_postgres
    with here.worker(), Load(here) as load:
        here.until(here.ask(), "completed")  # by a worker that is there
        time.sleep(BEFORE)
        filler = here.here.folder / "filler"
        _fill(filler)
        full = time.monotonic()
        job = _asked(here)
        time.sleep(FULL)
        room = time.monotonic()
        filler.unlink()
        first = here.until(job, "completed", "failed") if job else {"status": "refused (503)"}
        time.sleep(AFTER)
        again = here.until(here.ask(), "completed", "failed")
        whole = here.is_whole(again, int(again["summary"]["total"]))
    answers = load.answers
    meanwhile = [each for each in answers if full <= each.begun and each.ended < room]
    later = [each for each in answers if each.begun > room + 1]
    faults = wrong(answers, (429, 503) if is_sqlite else (429,), cut=is_sqlite) + wrong(
        later, (429,)
    )
    once, written = written_once(here, load)
    verified = serving.run("verify_audit", **here.environment)
    audit = "verified" if not verified.returncode else f"NOT verified: {verified.stderr[:200]}"
    lists = [each for each in meanwhile if each.kind in ("list", "search")]
    passed = not faults and once and whole and not wrong(lists) and not verified.returncode
    words = (
        f"meanwhile {counted(meanwhile)}; a job: {first['status']} {first.get('error', '')};"
        f" afterwards {counted(later)}; the next job: {again['status']}; {written};"
        f" the audit {audit}"
    )
    return passed and bool(lists), words


def _asked(here: Directory) -> str:
    """Ask for a job; return nothing where that is refused."""
    try:
        return here.ask()
    except urllib.error.HTTPError as error:
        if error.code != 503:
            raise
        return ""


def _fill(filler: Path) -> None:
    """Take all the room that is left."""
    with suppress(OSError), filler.open("ab", buffering=0) as file:
        while True:
            file.write(bytes(BLOCK))
    with suppress(OSError), filler.open("ab", buffering=0) as file:
        while True:
            file.write(b"\0")
