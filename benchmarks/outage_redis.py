"""Redis goes while it is asked: counts of requests, used codes, and the queue of jobs."""

import re
import sys
import time

import directories
from job_directories import PASSWORD, Directory
from outage_findings import counted, written_once, wrong
from outage_load import Load

sys.path.insert(0, str(directories.ROOT))  # before this folder, whose names are its own

from usersvc.tests.talking import post_json, send

BEFORE, GONE, AFTER = 4.0, 8.0, 4.0  # seconds
MOST_SECONDS = 5.0  # that an answer may take
LOGIN = "/account/login/"


def redis_lost(here: Directory) -> tuple[bool, str]:
    """kill -9 of Redis under load, and it is back, empty, after 8 seconds"""
    if here.redis is None:
        raise ValueError("a directory without Redis")
    with here.worker(), Load(here) as load:
        time.sleep(BEFORE)
        here.redis.kill()
        ended = time.monotonic() + GONE
        signs_in, page, job = _signs_in(here), _signs_in_on_a_page(here), here.ask()
        time.sleep(max(0.0, ended - time.monotonic()))
        here.redis.start()
        told = here.until(job, "completed", "failed")
        again = here.until(here.ask(), "completed", "failed")
        time.sleep(AFTER)
    answers = load.answers
    slowest = max(answer.seconds for answer in answers)
    once, written = written_once(here, load)
    ends = (signs_in, page, told["status"], again["status"])
    faults = wrong(answers, allowed=(429,))
    passed = not faults and once and slowest <= MOST_SECONDS
    words = (
        f"{counted(answers)}; {written}; meanwhile a sign-in for a token: {signs_in}, on a page:"
        f" {page}; a job asked for meanwhile: {told['status']}, the next: {again['status']}"
    )
    return passed and ends == (200, 302, "completed", "completed"), words


def _signs_in(here: Directory) -> int | None:
    body = {"username": "admin", "password": PASSWORD}
    return post_json(here.service, "/api/token", body).status


def _signs_in_on_a_page(here: Directory) -> int | None:
    """Sign in as a browser does; 302 leads to where it may go then."""
    form = send(here.service, "GET", LOGIN)
    cookie = form.cookies["csrftoken"].partition(";")[0]
    found = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', form.body)
    fields = f"csrfmiddlewaretoken={found[1] if found else ''}&login=admin&password={PASSWORD}"
    headers = {"Cookie": cookie, "Content-Type": "application/x-www-form-urlencoded"}
    return send(here.service, "POST", LOGIN, fields.replace(" ", "+"), headers).status
