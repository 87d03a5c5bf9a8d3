"""Workers that a queue wakes: Celery, over a Redis that may be gone."""

import socket
import sys
from contextlib import closing

import pytest
from allauth.core.internal import ratelimit
from django.core.cache import caches
from django.test import RequestFactory
from redis.exceptions import RedisError

from exports.models import Job, State
from usersvc import cache, caching
from usersvc.api.throttles import (
    AnonymousThrottle,
    FailureThrottle,
    ScopedThrottle,
    UserThrottle,
)
from usersvc.tests.serving import ROOT, place, serving

from .jobs import EXPORTS, enqueue, keep_files_in
from .test_jobs_clients import PASSWORD, ended, sdk, token_of

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def redis():
    sys.path.insert(0, str(ROOT / "scripts"))
    import redis_server

    with redis_server.throwaway() as server:
        yield server


@pytest.fixture
def running(redis):
    """Redis, started anew for the next test where this one has killed it."""
    yield redis
    redis.kill()
    redis.start()


@pytest.fixture
def celery(redis, monkeypatch, settings, tmp_path):
    """The application of a service that uses the queue."""
    keep_files_in(settings, tmp_path)
    settings.REDIS_URL, settings.JOB_WAKE = redis.address, "usersvc.celery.wake"
    from usersvc import celery

    monkeypatch.setitem(celery.app.conf, "broker_url", redis.address)
    return celery


@pytest.fixture
def woken(monkeypatch, settings):
    """The ids that a worker was woken for."""
    found = []
    settings.JOB_WAKE = "exports.waking.nobody"
    monkeypatch.setattr("exports.waking.nobody", lambda job_id, **_: found.append(job_id))
    return found


def test_a_service_with_a_pool_of_workers(running, tmp_path):
    """Done at once; and also what was asked for while there was no Redis, once it is back."""
    queue = {"USERSVC_JOB_QUEUE": "celery", "REDIS_URL": running.address, "USERSVC_WORKERS": 2}
    with (
        place(tmp_path) as here,
        serving(here, USERSVC_ADMIN_PASSWORD=PASSWORD, **queue) as service,
    ):
        service.token = token_of(service)
        client = sdk(service)
        assert ended(client, client.jobs.users_exports.create(limit=1)).status == "completed"
        running.kill()
        job = client.jobs.users_exports.create(limit=2)
        assert job.status == "pending"
        running.start()
        assert ended(client, job).status == "completed"
        [(attempts,)] = here.rows(f"SELECT attempt FROM exports_job WHERE id = '{job.id}'")
        assert attempts == 1
        code, said = service.stop()
    assert (code, "Traceback" in said) == (0, False)


@pytest.mark.django_db
def test_a_worker_is_woken_once_the_job_is_there(
    call, cast, woken, django_capture_on_commit_callbacks
):
    with django_capture_on_commit_callbacks(execute=False) as callbacks:
        answer = call(cast.rita).post(EXPORTS, {}, format="json")
        assert woken == []
    [callback] = callbacks
    callback()
    assert woken == [answer.json()["id"]]


@pytest.mark.django_db
def test_a_message_does_its_job_and_nothing_else(celery, cast):
    from exports.tasks import do_job

    job = spec_of(enqueue(cast.rita))
    do_job("job_0000000000000000")
    do_job("nonsense")
    do_job(job.pk)
    job.refresh_from_db()
    assert (job.state, job.attempt) == (State.DONE, 1)
    do_job(job.pk)  # it has ended
    held = spec_of(enqueue(cast.rita))
    held.start()
    do_job(held.pk)  # another worker has it
    cancelled = spec_of(enqueue(cast.rita))
    cancelled.cancel()
    do_job(cancelled.pk)
    for each, attempt in ((job, 1), (held, 1), (cancelled, 0)):
        each.refresh_from_db()
        assert each.attempt == attempt


@pytest.mark.django_db
def test_a_sweep_wakes_workers_for_all_that_wait(cast, woken):
    from exports.tasks import sweep

    waiting, running, lost, over = (enqueue(cast.rita) for _ in range(4))
    running.start()
    lost.start()
    Job.objects.filter(pk=lost.pk).update(lease_until=lost.created_at)
    over.cancel()
    sweep()
    assert woken == [waiting.pk, lost.pk]


@pytest.mark.django_db
def test_a_sweep_keeps_house(celery, cast, mailoutbox):
    from exports.tasks import sweep

    job = enqueue(cast.rita)
    Job.objects.filter(pk=job.pk).update(letter_due=True)
    job.cancel()
    sweep()
    assert len(mailoutbox) == 1


@pytest.fixture(params=["nobody", "silent"])
def elsewhere(request):
    """A port at which nobody listens, or somebody who never answers."""
    with closing(socket.socket()) as listener:
        listener.bind(("127.0.0.1", 0))
        if request.param == "silent":
            listener.listen()
        yield f"redis://127.0.0.1:{listener.getsockname()[1]}/0"


def test_who_wakes_does_not_wait_for_a_redis_that_is_gone(celery, elsewhere, monkeypatch, caplog):
    monkeypatch.setitem(celery.app.conf, "broker_url", elsewhere)
    celery.wake("job_0000000000000000")
    assert "waits for the next sweep" in caplog.text


def test_requests_do_without_a_cache_that_is_gone(elsewhere, monkeypatch):
    monkeypatch.setenv("REDIS_URL", elsewhere)
    throttles = made(caching.caches(elsewhere, ROOT)["throttles"])
    assert throttles.get("a", "otherwise") == "otherwise"
    asked = []
    monkeypatch.setattr(throttles._cache, "get", lambda *_: asked.append(1))
    throttles.set("a", 1)
    assert throttles.get("a") is None
    assert asked == []  # nobody waits for it a second time


def test_a_sign_in_does_without_counts_but_not_without_used_codes(elsewhere, monkeypatch):
    monkeypatch.setenv("REDIS_URL", elsewhere)
    given = caching.caches(elsewhere, ROOT)["default"]
    assert given["BACKEND"] == "usersvc.cache.SignInCache"
    sign_ins = cache.SignInCache(given["LOCATION"], {"OPTIONS": given["OPTIONS"]})
    rate = ratelimit.Rate(5, 60, "ip")
    request = RequestFactory().post("/account/login/")
    count = ratelimit.get_cache_key(request, app="account", action="login", rate=rate)
    assert sign_ins.add(f"{count}:lock", True) is True  # nobody waits for a lock of it
    assert sign_ins.get(count, []) == []
    sign_ins.set(count, [1.0])
    assert sign_ins.delete(f"{count}:lock") is True
    for verb in (sign_ins.add, sign_ins.set):
        with pytest.raises(RedisError):
            verb("allauth.mfa.totp.used?user=1&code=123456", "y")


def test_a_cache_that_is_back_is_used(running, monkeypatch):
    monkeypatch.setattr(cache, "AGAIN_AFTER", 0)
    monkeypatch.setenv("REDIS_URL", running.address)
    throttles = made(caching.caches(running.address, ROOT)["throttles"])
    throttles.set("a", 1)
    assert throttles.get("a") == 1
    running.kill()
    assert throttles.get("a") is None
    running.start()
    throttles.set("a", 2)
    assert throttles.get("a") == 2


@pytest.mark.parametrize(
    "throttle", [UserThrottle, AnonymousThrottle, ScopedThrottle, FailureThrottle]
)
def test_counts_of_requests_are_kept_apart_from_what_must_be_known(throttle):
    throttle.cache.set("a", 1)
    assert caches["throttles"].get("a") == 1
    assert caches["default"].get("a") is None


def made(given):
    backend = cache.DispensableCache
    return backend(given["LOCATION"], {"OPTIONS": given["OPTIONS"]})


def spec_of(job):
    """Give a job what a worker needs."""
    from users.api.jobs.serializers import spec_of as plain

    Job.objects.filter(pk=job.pk).update(spec=plain({"limit": 1}, None))
    job.refresh_from_db()
    return job
