"""A job once it is there: how far it is, its end, its cancellation, the list of all."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from exports import files
from exports.models import Job

from .factories import UserFactory
from .jobs import NOW, PATH, enqueue, refused

pytestmark = [pytest.mark.django_db, pytest.mark.one_cast]


@pytest.fixture
def reader(db):
    """Somebody who may export."""
    return UserFactory(username="reader", roles=["Reader"])


@pytest.fixture
def job(reader):
    return enqueue(reader)


# -- a job, later


def life(job, *steps):
    """Lead a job through some of: start, beat, finish, fail, cancel."""
    for step in steps:
        assert step(job)
    return job


START = lambda job: job.start(NOW)  # noqa: E731
BEAT = lambda job: job.beat(25, 100, NOW)  # noqa: E731
FINISH = lambda job: job.finish(100, NOW, file_key="k", bytes=1, sha256="0" * 64)  # noqa: E731
FAIL = lambda job: job.fail("storage_full", "There is no room.", NOW)  # noqa: E731
CANCEL = lambda job: job.cancel(NOW)  # noqa: E731
NO_ROOM = {"error": "storage_full", "status_details": "There is no room."}
CANCELLED = {"error": "cancelled", "status_details": "The job was cancelled."}
LIVES = [
    ([], "pending", 0, None, 0, {}),
    ([START], "processing", 0, None, 0, {}),
    ([START, BEAT], "processing", 25, 30, 25, {}),
    ([START, lambda job: job.beat(100, 100, NOW)], "processing", 99, 0, 100, {}),
    ([START, lambda job: job.beat(5, None, NOW)], "processing", 0, None, 5, {}),
    ([START, lambda job: job.beat(0, 0, NOW)], "processing", 0, None, 0, {}),
    ([START, BEAT, FINISH], "completed", 100, 0, 100, {}),
    ([START, lambda job: job.finish(0, NOW)], "completed", 100, 0, 0, {}),
    ([START, BEAT, FAIL], "failed", 25, None, 25, NO_ROOM),
    ([CANCEL], "failed", 0, None, 0, CANCELLED),
    ([START, BEAT, CANCEL], "failed", 25, None, 25, CANCELLED),
]


@pytest.mark.parametrize(("steps", "status", "percentage", "left", "rows", "error"), LIVES)
def test_how_far_a_job_is(reader, call, steps, status, percentage, left, rows, error):
    with time_machine.travel(NOW + timedelta(seconds=10), tick=False):
        job = life(enqueue(reader, NOW, format="csv"), *steps)
        shown = call(reader).get(f"{PATH}/{job.pk}").json()
        [listed] = call(reader).get(PATH).json()
        errors = call(reader).get(f"{PATH}/{job.pk}/errors")
        location = {"location": files.link(job)} if job.file_key else {}
    expected = {
        "status": status,
        "type": "users_export",
        "id": job.pk,
        "created_at": "2023-01-25T17:48:15.325Z",
        "format": "csv",
        "percentage_done": percentage,
        "summary": {"total": rows},
        **({} if left is None else {"time_left_seconds": left}),
        **location,
        **error,
    }
    assert shown == listed == expected
    if error:
        assert (errors.status_code, errors.json()) == (200, expected)
    else:
        assert (errors.status_code, errors.content) == (204, b"")


def test_a_job_that_waits_again_is_processing(reader, call):
    job = life(enqueue(reader), lambda job: job.start())
    assert call(reader).get(f"{PATH}/{job.pk}").json()["status"] == "processing"


@pytest.mark.parametrize("suffix", ["", "/errors", "/cancel"])
def test_a_job_of_somebody_else_is_absent(cast, reader, call, job, suffix):
    def ask(person):
        method = "post" if suffix == "/cancel" else "get"
        return getattr(call(person), method)(f"{PATH}/{job.pk}{suffix}")

    for stranger in (cast.alice, cast.rita, cast.sue, cast.zoe, cast.nora):
        refused(ask(stranger), 404, "inexistent_job")
    assert Job.objects.get().state == "queued"
    assert ask(cast.root).status_code in (200, 204)
    assert ask(reader).status_code in (200, 204)


@pytest.mark.parametrize("suffix", ["", "/errors", "/cancel"])
@pytest.mark.parametrize(
    "job_id",
    ["x", "job_0000000000000000", "job_", "JOB_0000000000000000", "job_000000000000000%00",
     "%00", "%F0%9F%98%80", "job_0000000000000000%0A", "con_0000000000000001", "a" * 2000],
)  # fmt: skip
def test_an_id_that_names_nothing_is_absent(cast, call, job_id, suffix):
    method = "post" if suffix == "/cancel" else "get"
    answer = getattr(call(cast.root), method)(f"{PATH}/{job_id}{suffix}")
    refused(answer, 404, "inexistent_job")


def test_an_expired_job_is_absent(reader, call, settings):
    settings.JOB_HOURS = 2
    job = enqueue(reader, NOW)
    for hours, status in [(1.99, 200), (2, 404), (3, 404)]:
        with time_machine.travel(NOW + timedelta(hours=hours), tick=False):
            api = call(reader)
            assert api.get(f"{PATH}/{job.pk}").status_code == status
            assert len(api.get(PATH).json()) == (status == 200)
            if status == 404:
                refused(api.get(f"{PATH}/{job.pk}/errors"), 404, "inexistent_job")
                refused(api.post(f"{PATH}/{job.pk}/cancel"), 404, "inexistent_job")
    assert Job.objects.get().state == "queued"


# -- cancel


@pytest.mark.parametrize("steps", [[], [lambda job: job.start()]])
def test_cancel(reader, call, job, steps):
    life(job, *steps)
    api = call(reader)
    answer = api.post(f"{PATH}/{job.pk}/cancel")
    assert answer.status_code == 200
    assert {key: answer.json()[key] for key in ("status", "error")} == {
        "status": "failed",
        "error": "cancelled",
    }
    assert api.get(f"{PATH}/{job.pk}").json() == answer.json()
    assert api.post(f"{PATH}/{job.pk}/cancel").json() == answer.json()  # again: as it is


def test_what_has_ended_is_not_cancelled(reader, call, job):
    life(job, lambda job: job.start(), lambda job: job.finish(3))
    answer = call(reader).post(f"{PATH}/{job.pk}/cancel")
    assert (answer.status_code, answer.json()["status"]) == (200, "completed")


def test_cancel_that_comes_too_late_shows_what_became_of_the_job(reader, call, job, monkeypatch):
    """The job ends between being read and being cancelled."""
    job.start()
    cancel = Job.cancel

    def late(self, at):
        Job.objects.get(pk=self.pk).finish(3)
        return cancel(self, at)

    monkeypatch.setattr(Job, "cancel", late)
    answer = call(reader).post(f"{PATH}/{job.pk}/cancel")
    assert (answer.status_code, answer.json()["status"]) == (200, "completed")


def test_cancel_takes_nothing(reader, call, job):
    api = call(reader)
    refused(api.post(f"{PATH}/{job.pk}/cancel", {"x": 1}, format="json"), 400, "invalid_body", "x:")
    assert api.post(f"{PATH}/{job.pk}/cancel", {}, format="json").status_code == 200


# -- the list


def ids(answer):
    assert answer.status_code == 200, answer.content
    return [job["id"] for job in answer.json()]


def test_own_jobs_the_latest_first_in_pages(cast, call):
    start = datetime.now(UTC) - timedelta(hours=1)
    jobs = [enqueue(cast.rita, start + timedelta(seconds=n)) for n in range(5)]
    theirs = enqueue(cast.bob, start + timedelta(minutes=1))
    latest = [job.pk for job in reversed(jobs)]
    api = call(cast.rita)
    assert ids(api.get(PATH)) == latest
    answer = api.get(f"{PATH}?page=2&page_size=2")
    assert ids(answer) == latest[2:4]
    assert answer["X-Total-Count"] == "5"
    for rel, page in [("first", 1), ("prev", 1), ("next", 3), ("last", 3)]:
        assert f'page={page}&page_size=2>; rel="{rel}"' in answer["Link"]
    assert ids(api.get(f"{PATH}?page=4&page_size=2")) == []
    assert ids(call(cast.root).get(PATH)) == [theirs.pk, *latest]
    assert ids(call(cast.alice).get(PATH)) == []


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("pending", "q"),
        ("processing", "r"),
        ("completed", "d"),
        ("failed", "cf"),
        ("Pending,PROCESSING", "qr"),
        ("pending&status[]=failed", "cfq"),
        ("", "cdfqr"),
    ],
)
def test_jobs_of_a_status(reader, call, words, found):
    begin = lambda job: job.start()  # noqa: E731
    lives = {
        "q": [],
        "r": [begin],
        "d": [begin, lambda job: job.finish(1)],
        "f": [begin, lambda job: job.fail("x", "X")],
        "c": [lambda job: job.cancel()],
    }
    letters = {life(enqueue(reader), *steps).pk: letter for letter, steps in sorted(lives.items())}
    answer = call(reader).get(f"{PATH}?status={words}")
    assert "".join(sorted(letters[job_id] for job_id in ids(answer))) == found


@pytest.mark.parametrize("size", [10, 100])
def test_a_hundred_jobs_cost_as_many_queries_as_ten(
    reader, call, settings, size, django_assert_num_queries
):
    """Caller 1, permissions 1, count 1, rows 1."""
    settings.JOBS_PER_CALLER = 1000
    for _ in range(size):
        enqueue(reader)
    api = call(reader)
    with django_assert_num_queries(4):
        assert len(api.get(f"{PATH}?page_size=100").json()) == size
