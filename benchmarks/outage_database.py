"""The database restarts while it is asked."""

import sys
import time

import directories
import postgres
from job_directories import Directory
from outage_findings import counted, well_again, written_once, wrong
from outage_load import Load

sys.path.insert(0, str(directories.ROOT))  # before this folder, whose names are its own

from usersvc.tests.reading import DOWNLOAD, Reader

BEFORE, DOWN, AFTER = 4.0, 3.0, 12.0  # seconds
MOST_SECONDS = 6.0  # after the database is back, until the last answer that is no good one
END = b"\r\n0\r\n\r\n"


def restarted(here: Directory) -> tuple[bool, str]:
    """the database is stopped (fast) under load, and is back after 3 seconds"""
    return _stopped(here, "fast")


def killed(here: Directory) -> tuple[bool, str]:
    """the database is stopped (immediate, as in a crash) under load, and is back after 3 seconds"""
    return _stopped(here, "immediate")


def _stopped(here: Directory, mode: str) -> tuple[bool, str]:
    with here.worker(), Load(here) as load:
        job = here.ask()
        time.sleep(BEFORE)
        reader = Reader(here.service, here.token, DOWNLOAD)
        begun = reader.begin()
        _stop(here, mode)
        time.sleep(DOWN)
        _start(here)
        back = time.monotonic()
        rest = begun + reader.rest()
        reader.close()
        time.sleep(AFTER)
        told = here.until(job, "completed", "failed")
    answers = load.answers
    seconds = well_again(answers, back)
    faults = wrong(answers, allowed=(429, 503), cut=True)
    once, written = written_once(here, load)
    is_visible = b" 200 " in begun and not rest.endswith(END)
    passed = not faults and once and is_visible and seconds <= MOST_SECONDS
    words = (
        f"{counted(answers)}; all well {seconds:.1f} s after it was back; {written};"
        f" a running file {'broke off' if is_visible else 'LOOKED WHOLE'}; a job: {told['status']}"
    )
    return passed and told["status"] == "completed", words


def _folder(here: Directory) -> str:
    return str(here.here.server.partition("host=")[2])


def _stop(here: Directory, mode: str) -> None:
    folder = _folder(here)
    postgres.call("pg_ctl", folder, "-D", f"{folder}/data", "-m", mode, "-w", "stop")


def _start(here: Directory) -> None:
    folder = _folder(here)
    options = f"{directories.AS_IN_SERVICE} -k {folder}"
    arguments = ("-D", f"{folder}/data", "-l", f"{folder}/log", "-w", "-o", options, "start")
    postgres.call("pg_ctl", folder, *arguments)
