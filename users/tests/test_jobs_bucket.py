"""Files of jobs in a bucket: an S3 server beside the service, and what its links give."""

import gzip
import json
import urllib.error
import urllib.request

import boto3
import pytest
import requests
from moto.server import ThreadedMotoServer

from exports import files, jobs
from exports.models import Job, State
from users.models import User
from usersvc import clock, storage
from usersvc.tests.serving import free_port

from .browsing import enter
from .importing import IMPORT, csv_of, person, to_columns
from .jobs import EXPORTS, IMPORTS, PATH, keep_files_in

pytestmark = [pytest.mark.django_db, pytest.mark.one_cast, pytest.mark.once]
BUCKET = "people"
KEYS = {"AWS_ACCESS_KEY_ID": "key", "AWS_SECRET_ACCESS_KEY": "secret"}


@pytest.fixture(scope="module")
def server():
    server = ThreadedMotoServer("127.0.0.1", free_port(), verbose=False)
    server.start()
    yield f"http://127.0.0.1:{server._port}"
    server.stop()


@pytest.fixture
def bucket(server, settings, tmp_path, monkeypatch):
    """An empty bucket that the service is told to use, as an operator tells it."""
    keep_files_in(settings, tmp_path)
    wanted = KEYS | {"USERSVC_S3_BUCKET": BUCKET, "USERSVC_S3_ENDPOINT": server}
    for name, value in {**wanted, "USERSVC_S3_REGION": "us-east-1"}.items():
        monkeypatch.setenv(name, value)
    requests.post(f"{server}/moto-api/reset", timeout=10)
    found = boto3.resource("s3", endpoint_url=server, region_name="us-east-1").Bucket(BUCKET)
    found.create()
    settings.STORAGES = settings.STORAGES | {"jobs": storage.of_jobs(tmp_path, for_group=False)}
    return found


def export(api, **body):
    job = Job.objects.get(pk=api.post(EXPORTS, body, format="json").json()["id"])
    jobs.run(jobs.claim())
    job.refresh_from_db()
    assert job.state == State.DONE, job.error_text
    return job


def get(address, **headers):
    return urllib.request.urlopen(urllib.request.Request(address, headers=headers))


def test_the_link_leads_to_the_bucket_and_gives_the_very_file(call, cast, bucket, tmp_path):
    job = export(call(cast.rita), fields=[{"name": "email"}])
    assert [each.key for each in bucket.objects.all()] == [job.file_key]
    assert [path for path in tmp_path.glob("*/*") if path.is_file()] == []
    location = call(cast.rita).get(f"{PATH}/{job.pk}").json()["location"]
    answer = get(location)
    packed = answer.read()
    assert len(packed) == job.bytes
    assert answer.headers["Content-Type"] == "application/gzip"
    assert "Content-Encoding" not in answer.headers
    assert f'filename="{files.filename_of(job)}"' in answer.headers["Content-Disposition"]
    people = [json.loads(line) for line in gzip.decompress(packed).splitlines()]
    assert cast.rita.email in [each["email"] for each in people]
    assert "X-Amz-Expires=60&" in location


def test_a_download_goes_on_with_a_fresh_link(call, cast, bucket):
    job = export(call(cast.rita))
    first = get(files.link(job))
    whole = first.read()
    rest = get(files.link(job), Range="bytes=10-")
    assert (rest.status, rest.read()) == (206, whole[10:])
    assert rest.headers["ETag"] == first.headers["ETag"]


def test_the_file_goes_with_its_job(call, cast, bucket):
    job = export(call(cast.rita))
    location = files.link(job)
    Job.objects.filter(pk=job.pk).update(expires_at=clock.now())
    jobs.clean()
    assert list(bucket.objects.all()) == []
    with pytest.raises(urllib.error.HTTPError, match=r"40[34]"):
        get(location)


def test_an_upload_waits_in_the_bucket(call, cast, bucket, tmp_path):
    lines = "".join(json.dumps(each) + "\n" for each in (person("ann"), {"email": "no"}))
    (tmp_path / "people.json").write_text(lines)
    with (tmp_path / "people.json").open("rb") as file:
        answer = call(cast.bob).post(IMPORTS, {"users": file})
    job = Job.objects.get(pk=answer.json()["id"])
    assert [each.key for each in bucket.objects.all()] == [job.input_key]
    jobs.run(jobs.claim())
    jobs.clean_inputs()
    job.refresh_from_db()
    assert (job.summary["inserted"], job.summary["failed"]) == (1, 1)
    assert [each.key for each in bucket.objects.all()] == [job.file_key]
    rows = call(cast.bob).get(f"{PATH}/{job.pk}/errors")
    assert len(json.loads(b"".join(rows.streaming_content))) == 1


def test_what_nobody_names_is_removed_an_hour_later(call, cast, bucket):
    job = export(call(cast.rita))
    bucket.put_object(Key="ab/nobody.csv.gz", Body=b"x")
    assert files.remove_abandoned() == 0
    assert files.remove_abandoned(clock.now() + 2 * files.ABANDONED_AFTER) == 1
    assert [each.key for each in bucket.objects.all()] == [job.file_key]


def test_a_bucket_that_is_gone_is_tried_again(call, cast, bucket):
    bucket.delete()
    call(cast.rita).post(EXPORTS, {}, format="json")
    jobs.run(jobs.claim())
    assert Job.objects.get().state == State.QUEUED


def test_an_upload_is_checked_confirmed_and_gone(client, cast, bucket):
    browser = enter(client, cast.bob)
    address = to_columns(browser, csv_of(["Login", "email"], ["ann", "ann@example.com"]))
    browser.post(address["Location"], {"column-0": "username", "column-1": "email"})
    check = jobs.claim()
    jobs.run(check)
    assert jobs.clean_inputs() == 0
    browser.post(f"{IMPORT}/{check.pk}/confirm")
    job = jobs.claim()
    jobs.run(job)
    assert User.objects.filter(username="ann").exists()
    assert jobs.clean_inputs() == 1
    check.refresh_from_db()
    assert [each.key for each in bucket.objects.all()] == [check.file_key]


def test_a_discarded_upload_is_gone_from_the_bucket(client, cast, bucket):
    browser = enter(client, cast.bob)
    address = to_columns(browser, csv_of(["email"], ["ann@example.com"]))["Location"]
    assert len([*bucket.objects.all()]) == 1
    browser.post(f"{IMPORT}/{address.split('/')[-2]}/discard")
    assert [*bucket.objects.all()] == []
