"""The second part of docs/deploy.md: two webs and a worker that share a database and no folder."""

import base64
import copy
import csv
import gzip
import io
import os
import secrets
import signal
import subprocess
import sys
import urllib.request
from contextlib import ExitStack, contextmanager

import boto3
import pytest
from moto.server import ThreadedMotoServer

from usersvc.tests.reading import until
from usersvc.tests.serving import PATIENCE, ROOT, free_port, kept, place, run, serving
from usersvc.tests.talking import post_json, send, token_of

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(
        not os.environ.get("DATABASE_URL"), reason="several machines share PostgreSQL"
    ),
]
PASSWORD = "correct horse battery"
BUCKET = {
    "USERSVC_S3_BUCKET": "people",
    "USERSVC_S3_REGION": "us-east-1",
    "AWS_ACCESS_KEY_ID": "key",
    "AWS_SECRET_ACCESS_KEY": "secret",
}


@pytest.fixture(scope="module")
def shared():
    """What the settings of all machines have in common."""
    sys.path.insert(0, str(ROOT / "scripts"))
    import redis_server

    bucket = ThreadedMotoServer("127.0.0.1", free_port(), verbose=False)
    bucket.start()
    address = f"http://127.0.0.1:{bucket._port}"
    boto3.resource(
        "s3",
        endpoint_url=address,
        region_name="us-east-1",
        aws_access_key_id="key",
        aws_secret_access_key="secret",
    ).Bucket("people").create()
    with redis_server.throwaway() as redis:
        yield BUCKET | {
            "USERSVC_S3_ENDPOINT": address,
            "REDIS_URL": redis.address,
            "USERSVC_JOB_QUEUE": "celery",
            "USERSVC_SECRET_KEY": secrets.token_urlsafe(50),
            "USERSVC_ENCRYPTION_KEYS": base64.urlsafe_b64encode(os.urandom(32)).decode(),
            "USERSVC_AUDIT_KEY": secrets.token_urlsafe(50),
            "USERSVC_ADMIN_PASSWORD": PASSWORD,
            "USERSVC_BASE_URL": "https://directory.example.com",
            "ALLOWED_HOSTS": "localhost,directory.example.com",
        }
    bucket.stop()


@pytest.fixture(scope="module")
def machines(tmp_path_factory, shared):
    """Two webs and a worker: each has a folder of its own."""
    with ExitStack() as stack:
        first = stack.enter_context(place(tmp_path_factory.mktemp("first")))
        second, third = (other(first, tmp_path_factory.mktemp(name)) for name in ("second", "work"))
        webs = [stack.enter_context(serving(here, **shared)) for here in (first, second)]
        stack.enter_context(working(third, shared))
        for web, here in zip(webs, (first, second), strict=True):
            web.here = here
            until(lambda web=web: send(web, "GET", "/readyz").json()["status"] == "ok")
        yield webs


def other(here, folder):
    """Return a place of another machine over the same database."""
    there = copy.copy(here)
    there.folder = folder
    return there


@contextmanager
def working(here, shared):
    with (here.folder / "log").open("w") as log:
        worker = subprocess.Popen(
            [sys.executable, "manage.py", "work"],
            cwd=ROOT,
            env=kept() | here.settings | shared,
            stdout=log,
            stderr=log,
        )
    try:
        yield
    finally:
        worker.send_signal(signal.SIGTERM)
        assert worker.wait(PATIENCE) == 0, (here.folder / "log").read_text()


def bearing(token):
    return {"Authorization": f"Bearer {token}"}


def test_a_token_of_one_is_good_on_the_other_and_ends_on_both(machines):
    first, second = machines
    token = token_of(first, password=PASSWORD)
    assert send(second, "GET", "/users?page_size=1", headers=bearing(token)).status == 200
    [family] = send(second, "GET", "/api/tokens", headers=bearing(token)).json()
    ended = send(second, "DELETE", f"/api/tokens/{family['id']}", headers=bearing(token))
    assert ended.status == 204
    assert send(first, "GET", "/users?page_size=1", headers=bearing(token)).status == 401


def test_wrong_passwords_are_counted_together(machines):
    def attempt(web, password):
        return post_json(web, "/api/token", {"username": "reader", "password": password}).status

    assert [attempt(web, PASSWORD) for web in machines] == [200, 200]
    assert {attempt(machines[n % 2], "wrong") for n in range(10)} <= {401, 429}
    assert {attempt(web, PASSWORD) for web in machines} <= {401, 429}


def test_a_job_of_one_is_done_by_the_worker_and_the_other_says_where_it_is(machines, shared):
    first, second = machines
    own = bearing(token_of(first, password=PASSWORD))
    asked = post_json(first, "/api/v2/jobs/users-exports", {"format": "csv"}, headers=own)
    path = f"/api/v2/jobs/{asked.json()['id']}"

    def done():
        told = send(second, "GET", path, headers=own).json()
        assert told["status"] != "failed", told
        return told if told["status"] == "completed" else None

    location = until(done)["location"]
    assert location.startswith(shared["USERSVC_S3_ENDPOINT"])
    with urllib.request.urlopen(location) as answer:
        rows = list(csv.DictReader(io.StringIO(gzip.decompress(answer.read()).decode())))
    [(count,)] = first.here.rows("SELECT count(*) FROM users_user WHERE deleted_at IS NULL")
    assert len(rows) == count


def test_each_finds_all_in_order(machines, shared):
    for web in machines:
        for command in ("doctor", "verify_audit"):
            done = run(command, **{**shared, **web.here.settings})
            assert done.returncode == 0, done.stdout + done.stderr
