"""A job's life in the database: who may change it when, and what the database itself refuses."""

import re
import threading
from datetime import UTC, datetime, timedelta

import pytest
from django.conf import settings
from django.contrib.auth import get_user_model
from django.db import IntegrityError, connection, transaction

from exports.models import Job, State, TooManyJobsError

NOW = datetime(2025, 6, 21, 10, 30, tzinfo=UTC)
SECOND = timedelta(seconds=1)
LEASE = settings.JOB_LEASE
LATE = NOW + LEASE + SECOND
FILE = {"file_key": "a.csv.gz", "bytes": 3, "sha256": "0" * 64}


@pytest.fixture
def owner(db):
    return get_user_model().objects.create_user("owner", "owner@example.com")


@pytest.fixture
def job(owner):
    return enqueue(owner)


def enqueue(owner, at=NOW):
    return Job.objects.enqueue(owner, Job.Kind.EXPORT, at, spec={"family": "jobs"})


def again(job):
    """Return the row as another worker reads it."""
    return Job.objects.get(pk=job.pk)


def known(job):
    """Return all that an object says of its row."""
    return {field.name: getattr(job, field.attname) for field in Job._meta.fields}


def same(job):
    return known(job) == known(again(job))


def test_a_new_job(job, settings):
    assert re.fullmatch(r"job_[A-Za-z0-9]{16}", job.pk)
    assert (job.state, job.attempt, job.rows_done, job.rows_total) == (State.QUEUED, 0, 0, None)
    assert (job.created_at, job.expires_at) == (NOW, NOW + timedelta(hours=24))
    assert same(job)


def test_a_whole_life(job):
    assert job.start(NOW)
    assert (job.state, job.attempt, job.started_at) == (State.RUNNING, 1, NOW)
    assert job.lease_until == NOW + LEASE
    assert job.beat(10, 20, NOW + SECOND)
    assert (job.rows_done, job.rows_total, job.lease_until) == (10, 20, NOW + SECOND + LEASE)
    assert job.finish(20, NOW + 2 * SECOND, **FILE)
    assert (job.state, job.finished_at, job.lease_until) == (State.DONE, NOW + 2 * SECOND, None)
    assert (job.file_key, job.rows_done) == ("a.csv.gz", 20)
    assert same(job)


def test_a_failure(job):
    job.start(NOW)
    assert job.fail("storage_full", "There is no room.", NOW)
    assert (job.state, job.error_code, job.error_text) == (
        State.FAILED,
        "storage_full",
        "There is no room.",
    )
    assert same(job)


def test_two_workers_claim_once(job):
    one, other = again(job), again(job)
    assert one.start(NOW)
    assert not other.start(NOW)
    assert other.state == State.QUEUED  # nothing is believed that was not written
    assert not again(job).start(NOW + LEASE)  # the lease holds to its last moment


def test_a_paused_worker_cannot_finish_over_its_successor(job):
    paused = again(job)
    paused.start(NOW)
    paused.beat(7, 9, NOW)
    successor = again(job)
    assert successor.start(LATE)
    assert (successor.attempt, successor.rows_done, successor.rows_total) == (2, 0, None)
    assert not paused.beat(8, 9, LATE)
    assert not paused.finish(9, LATE, **FILE)
    assert not paused.fail("late", "Too late.", LATE)
    assert successor.finish(9, LATE, file_key="b.csv.gz", bytes=1, sha256="1" * 64)
    assert (again(job).file_key, again(job).attempt) == ("b.csv.gz", 2)


def test_a_paused_worker_whom_nobody_succeeded_goes_on(job):
    job.start(NOW)
    assert job.beat(1, 2, LATE)
    assert not again(job).start(LATE)


def test_two_successors_claim_once(job):
    job.start(NOW)
    one, other = again(job), again(job)
    assert one.start(LATE)
    assert not other.start(LATE + LEASE + SECOND)  # it read attempt 1, and attempt 2 runs


def test_cancel_before_start(job):
    worker = again(job)
    assert job.cancel(NOW)
    assert not worker.start(NOW)
    assert (job.state, job.error_code) == (State.CANCELLED, "cancelled")
    assert same(job)


def test_cancel_while_it_runs(job):
    worker = again(job)
    worker.start(NOW)
    assert job.cancel(NOW)
    assert not worker.beat(1, 2, NOW)
    assert not worker.finish(2, NOW, **FILE)
    assert not again(job).start(LATE)


@pytest.mark.parametrize("end", [lambda job: job.finish(0, NOW), lambda job: job.fail("x", "X")])
def test_what_has_ended_stays_as_it_is(job, end):
    job.start(NOW)
    assert end(job)
    before = known(again(job))
    for verb in (job.start, job.cancel, lambda: job.beat(1, 1), lambda: job.finish(1)):
        assert not verb()
    assert not job.fail("y", "Y")
    assert known(again(job)) == before == known(job)


def test_an_expired_job_is_not_started(job):
    assert not job.start(job.expires_at)
    assert list(Job.objects.expired(job.expires_at)) == [job]
    assert list(Job.objects.not_expired(job.expires_at - SECOND)) == [job]


def test_each_verb_is_one_statement(job, django_assert_num_queries):
    for step in (lambda: job.start(NOW), lambda: job.beat(1, 2, NOW)):
        with django_assert_num_queries(1) as statements:
            assert step()
        assert statements[0]["sql"].startswith("UPDATE")


def test_an_end_is_one_statement_and_what_is_told_of_it(job, settings, django_assert_num_queries):
    settings.JOB_END = f"{__name__}.told"
    assert job.start(NOW)
    with django_assert_num_queries(1) as statements:
        assert job.finish(2, NOW)
    assert statements[0]["sql"].startswith("UPDATE")
    assert [job.pk] == TOLD


TOLD = []


def told(job):
    TOLD.append(job.pk)


def test_querysets(owner, job):
    root = get_user_model().objects.create_superuser("root", "root@example.com")
    other = enqueue(root, NOW + SECOND)
    other.start(NOW)
    assert list(Job.objects.visible_to(owner)) == [job]
    assert list(Job.objects.visible_to(root).newest_first()) == [other, job]
    assert list(Job.objects.oldest_first()) == [job, other]
    assert set(Job.objects.active()) == {job, other}
    assert list(Job.objects.abandoned(LATE)) == [other]
    assert list(Job.objects.abandoned(NOW + LEASE)) == []
    assert list(Job.objects.with_id(job.pk)) == [job]
    for nothing in ("", "job_", job.pk + "\n", job.pk.upper(), "\0", "job_" + "\0" * 16):
        assert list(Job.objects.with_id(nothing)) == []


# -- what the database refuses


@pytest.mark.parametrize(
    "values",
    [
        {"id": "job_short"},
        {"id": "con_0000000000000001"},
        {"kind": "backup"},
        {"state": "pending"},
        {"state": "running", "started_at": NOW},
        {"state": "running", "lease_until": NOW},
        {"lease_until": NOW},
        {"finished_at": NOW},
        {"state": "done"},
        {"state": "failed", "finished_at": NOW},
        {"state": "cancelled", "finished_at": NOW},
        {"state": "done", "finished_at": NOW, "error_code": "x"},
        {"error_code": "x"},
        {"file_key": "a.csv.gz"},
        {"rows_done": -1},
        {"spec": None},
    ],
    ids=str,
)
def test_the_database_refuses_nonsense(owner, values):
    row = {"kind": "export", "spec": {}, "expires_at": NOW, "owner": owner} | values
    with pytest.raises(IntegrityError), transaction.atomic():
        Job.objects.create(**row)


def test_a_job_goes_with_its_owner(job, owner):
    owner.delete()
    assert not Job.objects.exists()


# -- too many


def test_only_so_many_are_active(owner, settings):
    settings.JOBS_PER_CALLER = 2
    first, second = enqueue(owner), enqueue(owner)
    first.start(NOW)
    with pytest.raises(TooManyJobsError):
        enqueue(owner)
    second.cancel(NOW)
    assert enqueue(owner)
    assert Job.objects.count() == 3


def test_expired_jobs_and_those_of_others_do_not_count(owner, settings):
    settings.JOBS_PER_CALLER = 1
    first = enqueue(owner)
    assert enqueue(get_user_model().objects.create_user("other", "other@example.com"))
    assert enqueue(owner, first.expires_at)


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_the_last_place_goes_to_one_of_two_at_once(owner, settings):
    """The second waits until the first is written, and then counts it."""
    settings.JOBS_PER_CALLER = 1
    started, outcome = threading.Event(), []

    def second():
        started.set()
        try:
            outcome.append(enqueue(owner))
        except TooManyJobsError as error:
            outcome.append(error)
        finally:
            connection.close()

    with transaction.atomic():
        enqueue(owner)
        thread = threading.Thread(target=second)
        thread.start()
        started.wait()
        thread.join(0.3)
        assert outcome == []
    thread.join(30)
    assert isinstance(outcome[0], TooManyJobsError)
    assert Job.objects.count() == 1


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_one_of_many_workers_claims(owner):
    job = enqueue(owner)
    ready, claims = threading.Barrier(8), []

    def work():
        worker = again(job)
        ready.wait()
        claims.append(worker.start(NOW))
        connection.close()

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert sorted(claims) == [False] * 7 + [True]
