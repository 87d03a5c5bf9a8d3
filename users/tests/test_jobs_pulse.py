"""The pulse of a job, and workers at the same moment: what other connections see of it."""

import time

import pytest

from exports import jobs
from exports.jobs import LostError, Result
from exports.models import Job, State
from users.models import User
from users.tests.factories import UserFactory
from usersvc import clock
from usersvc.tests.serving import PATIENCE

from .jobs import enqueue
from .sending import at_once

pytestmark = pytest.mark.django_db(transaction=True, serialized_rollback=True)


@pytest.fixture(autouse=True)
def _quick(settings):
    settings.JOB_BEAT_SECONDS = 0.01
    settings.JOB_WORK = {"export": f"{__name__}.waiting"}


@pytest.fixture
def job(db):
    return enqueue(UserFactory(roles=["Reader"]))


WAITS_FOR = {}


def waiting(job, pulse):
    """Work until the test has what it waits for."""
    pulse.rows_total, pulse.rows_done = 20, 5
    deadline = time.monotonic() + PATIENCE
    while not WAITS_FOR["this"](job):
        assert time.monotonic() < deadline
        pulse.check()
        time.sleep(0.005)
    return Result(20)


def test_the_progress_and_the_lease_are_written_while_it_works(job):
    begun = jobs.claim()
    lease = begun.lease_until

    def is_seen(_):
        seen = Job.objects.get(pk=job.pk)
        return (seen.rows_done, seen.rows_total) == (5, 20) and seen.lease_until > lease

    WAITS_FOR["this"] = is_seen
    jobs.run(begun)
    job.refresh_from_db()
    assert (job.state, job.rows_done) == (State.DONE, 20)


@pytest.mark.parametrize(
    "change",
    [
        {"attempt": 2},
        {"state": "cancelled", "lease_until": None, "error_code": "cancelled"},
    ],
)
def test_who_has_lost_it_stops(job, change):
    if "state" in change:
        change = change | {"finished_at": clock.now()}

    def never(_):
        Job.objects.filter(pk=job.pk).update(**change)
        return False

    WAITS_FOR["this"] = never
    jobs.run(jobs.claim())
    left = Job.objects.get(pk=job.pk)
    assert left.state != State.DONE
    assert {name: getattr(left, name) for name in change} == change


def test_who_may_no_longer_have_it_is_told_so_while_it_works(job, settings):
    settings.JOB_WORK = {"export": f"{__name__}.watched"}

    def suspend(job):
        person = User.objects.get(pk=job.owner_id)
        if person.status != "suspended":
            person.suspend()

    WAITS_FOR["this"] = suspend
    jobs.run(jobs.claim())
    job.refresh_from_db()
    assert (job.state, job.error_code, job.error_text) == (State.FAILED, "withdrawn", "no more")


def watched(job, pulse):
    person = User.objects.get(pk=job.owner_id)
    pulse.withdrawn = lambda: "" if User.objects.get(pk=person.pk).is_active else "no more"
    return waiting(job, pulse)


def test_of_workers_at_the_same_moment_one_has_it(job):
    for _ in range(20):
        claimed = at_once(*[jobs.claim] * 4)
        assert [each for each in claimed if each] == [job]
        job.refresh_from_db()
        assert job.attempt == 1
        Job.objects.filter(pk=job.pk).update(state="queued", attempt=0, lease_until=None)


def test_what_is_lost_before_it_begins_is_no_failure(job, settings):
    settings.JOB_WORK = {"export": f"{__name__}.lost"}
    jobs.run(jobs.claim())
    job.refresh_from_db()
    assert job.state == State.RUNNING


def lost(job, pulse):
    raise LostError
