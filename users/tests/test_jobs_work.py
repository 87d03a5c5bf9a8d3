"""What a worker does with a job: the file, its end, and whoever else has a say in it."""

import csv
import errno
import gzip
import json
from datetime import timedelta

import pytest
import time_machine
from django.db import DataError, InterfaceError, NotSupportedError, OperationalError

from exports import files, jobs
from exports.models import MOST_ATTEMPTS, Chore, Job, State
from exports.worker import Worker
from users.models import AuditEntry, Connection, Tag
from users.tests.factories import UserFactory
from usersvc import clock

from .jobs import EXPORTS, PATH, enqueue, keep_files_in, refused

pytestmark = [pytest.mark.django_db, pytest.mark.one_cast]


@pytest.fixture(autouse=True)
def _files(settings, tmp_path):
    keep_files_in(settings, tmp_path)


def ask(api, **body):
    answer = api.post(EXPORTS, body, format="json")
    assert answer.status_code == 200, answer.content
    return Job.objects.get(pk=answer.json()["id"])


def done(api, **body):
    """Ask for a job, do it, and return its file."""
    job = ask(api, **body)
    assert jobs.claim() == job
    running = Job.objects.get(pk=job.pk)
    jobs.run(running)
    job.refresh_from_db()
    assert job.state == State.DONE, job.error_text
    with files.open_file(job.file_key) as file:
        return gzip.decompress(file.read()).decode()


def rows(text):
    return list(csv.DictReader(text.splitlines()))


def named(*names):
    return [{"name": name} for name in names]


def left(tmp_path):
    return [path for path in tmp_path.glob("*/*") if path.is_file()]


# -- what is in the file


def test_a_plain_job_gives_the_default_fields_of_everybody_in_sight(call, cast):
    text = done(call(cast.rita))
    people = [json.loads(line) for line in text.splitlines()]
    assert [person["name"] for person in people] == [
        person.name
        for person in sorted(
            (cast.alice, cast.bob, cast.rita, cast.sam, cast.ivo, cast.charlie),
            key=lambda person: person.pk,
        )
    ]
    assert list(people[0]) == [
        "user_id",
        "given_name",
        "family_name",
        "nickname",
        "name",
        "email",
        "email_verified",
        "picture",
        "identities[0].connection",
        "created_at",
        "updated_at",
    ]
    assert people[0]["email_verified"] is cast.alice.email_verified
    assert people[0]["created_at"].endswith("Z")


def test_paths_lead_into_what_people_have(call, cast):
    cast.alice.user_metadata = {"country": "IT", "list": [{"a": 1}], "yes": True, "deep": {"x": 2}}
    cast.alice.save()
    cast.alice.tags.add(Tag.objects.create(name="b"), Tag.objects.create(name="a"))
    names = ["username", "user_metadata.country", "user_metadata.list[0].a", "user_metadata.yes"]
    names += ["user_metadata.deep", "user_metadata.nothing", "roles[0]", "roles[1]", "tags"]
    names += ["identities[0].user_id", "identities[1].connection", "email.x", "nobody"]
    found = {
        row["username"]: row
        for row in rows(done(call(cast.alice), format="csv", fields=named(*names)))
    }
    assert list(found["alice"].values()) == [
        "alice",
        "IT",
        "1",
        "true",
        '{"x":2}',
        "",
        "Admin",
        "",
        "a, b",
        str(cast.alice.pk),
        "",
        "",
        "",
    ]
    assert found["charlie"]["roles[0]"] == ""
    lines = done(call(cast.alice), fields=named(*names)).splitlines()
    alice = next(row for row in map(json.loads, lines) if row["username"] == "alice")
    assert alice["user_metadata.yes"] is True
    assert alice["user_metadata.deep"] == {"x": 2}
    assert alice["tags"] == ["a", "b"]
    assert alice["nobody"] is None


def test_identities_are_a_list_of_one(call, cast):
    names = ["username", "identities", "identities[0]", "identities[0].connection", "identities[1]"]
    lines = done(call(cast.alice), fields=named(*names)).splitlines()
    alice = next(row for row in map(json.loads, lines) if row["username"] == "alice")
    one = {"connection": cast.alice.connection.name, "user_id": str(cast.alice.pk)}
    assert (alice["identities"], alice["identities[0]"]) == ([one], one)
    assert (alice["identities[0].connection"], alice["identities[1]"]) == (one["connection"], None)


def test_titles_are_those_asked_for_and_one_path_may_have_two(call, cast):
    fields = [{"name": "email", "export_as": "a"}, {"name": "email", "export_as": "b"}]
    first = rows(done(call(cast.rita), format="csv", fields=fields))[0]
    assert list(first) == ["a", "b"]
    assert first["a"] == first["b"] != ""


def test_a_cell_that_a_spreadsheet_would_run_is_text(call, cast):
    cast.alice.name = "=1+1"
    cast.alice.user_metadata = {"x": "@x"}
    cast.alice.save()
    fields = named("username", "name", "user_metadata.x")
    found = {
        row["username"]: row for row in rows(done(call(cast.alice), format="csv", fields=fields))
    }
    assert (found["alice"]["name"], found["alice"]["user_metadata.x"]) == ("'=1+1", "'@x")


def test_a_limit_takes_the_first_by_id(call, cast):
    everybody = [json.loads(line)["user_id"] for line in done(call(cast.root)).splitlines()]
    assert everybody == sorted(everybody)
    some = [json.loads(line)["user_id"] for line in done(call(cast.root), limit=3).splitlines()]
    assert some == everybody[:3]


def test_a_connection_narrows(call, cast):
    connection = Connection.objects.create(name="Partner", domain="partner.example")
    UserFactory(username="guest", connection=connection)
    text = done(call(cast.root), connection_id=connection.pk, fields=named("username"))
    assert text == '{"username":"guest"}\n'


def test_deleted_people_are_never_in_it(call, cast):
    cast.charlie.soft_delete()
    assert "charlie" not in done(call(cast.root), fields=named("username"))


def test_the_audit_knows_of_it(call, cast):
    done(call(cast.rita), format="csv", fields=named("email"))
    entry = AuditEntry.objects.filter(event=AuditEntry.Event.EXPORT).latest("pk")
    assert entry.actor == cast.rita
    told = entry.additional_data
    assert (told["family"], told["outcome"], told["rows"], told["columns"]) == (
        "jobs",
        "complete",
        6,
        ["email"],
    )
    assert told["filters"]["job"] == Job.objects.get().pk


def test_many_people_take_as_many_statements_as_few(call, cast, django_assert_max_num_queries):
    UserFactory.create_batch(30, organization=cast.europe)
    ask(call(cast.rita), fields=named("email", "roles", "tags[0]"))
    job = jobs.claim()
    with django_assert_max_num_queries(30):
        jobs.run(job)


# -- who may


def test_metadata_takes_its_permission_at_once_and_later(call, cast):
    fields = named("user_metadata.country")
    answer = call(cast.rita).post(EXPORTS, {"fields": fields}, format="json")
    refused(answer, 403, "insufficient_scope", "user_metadata.country")
    job = ask(call(cast.alice), fields=fields)
    cast.alice.roles.set(cast.rita.roles.all())
    jobs.run(jobs.claim())
    job.refresh_from_db()
    assert (job.state, job.error_code) == (State.FAILED, "insufficient_scope")


@pytest.mark.parametrize("take", ["suspend", "soft_delete", "roles"])
def test_who_loses_the_right_while_it_waits_gets_no_file(call, cast, tmp_path, take):
    job = ask(call(cast.rita))
    cast.rita.roles.clear() if take == "roles" else getattr(cast.rita, take)()
    jobs.run(jobs.claim())
    job.refresh_from_db()
    assert (job.state, job.error_code, job.file_key) == (State.FAILED, "withdrawn", "")
    assert left(tmp_path) == []


def test_sight_is_that_of_the_moment_at_which_it_starts(call, cast):
    job = ask(call(cast.rita), fields=named("username"))
    cast.rita.organization = cast.italy
    cast.rita.save()
    jobs.run(jobs.claim())
    job.refresh_from_db()
    with files.open_file(job.file_key) as file:
        assert gzip.decompress(file.read()) == b'{"username":"rita"}\n{"username":"ivo"}\n'


# -- how it ends


def meanwhile(monkeypatch, happens):
    """Let something happen when the file is written, before the job ends."""
    keep = files.keep

    def kept(*arguments):
        key = keep(*arguments)
        happens()
        return key

    monkeypatch.setattr(files, "keep", kept)


@pytest.mark.parametrize(
    "change", [{"attempt": 2}, {"state": State.CANCELLED, "lease_until": None}]
)
def test_a_worker_that_lost_its_job_publishes_nothing(call, cast, tmp_path, monkeypatch, change):
    job = ask(call(cast.rita))
    if change.get("state"):
        change = change | {"finished_at": clock.now(), "error_code": "cancelled"}
    meanwhile(monkeypatch, lambda: Job.objects.filter(pk=job.pk).update(**change))
    jobs.run(jobs.claim())
    job.refresh_from_db()
    assert (job.file_key, job.state != State.DONE) == ("", True)
    assert left(tmp_path) == []


def fail(error):
    def write(self, data):
        raise error

    return write


def test_a_full_disk_is_told(call, cast, tmp_path, monkeypatch):
    job = ask(call(cast.rita))
    monkeypatch.setattr(files.Draft, "write", fail(OSError(errno.ENOSPC, "No space left")))
    jobs.run(jobs.claim())
    job.refresh_from_db()
    assert (job.state, job.error_code) == (State.FAILED, "no_space")
    assert left(tmp_path) == []


@pytest.mark.parametrize("error", [RuntimeError("no"), NotSupportedError("no"), DataError("no")])
def test_what_fails_is_tried_again_and_not_for_ever(call, cast, tmp_path, monkeypatch, error):
    job = ask(call(cast.rita))
    monkeypatch.setattr(files.Draft, "write", fail(error))
    for attempt in range(1, MOST_ATTEMPTS + 1):
        claimed = jobs.claim()
        assert claimed.attempt == attempt
        jobs.run(claimed)
    job.refresh_from_db()
    assert (job.state, job.error_code) == (State.FAILED, "failed")
    assert jobs.claim() is None
    assert left(tmp_path) == []


@pytest.mark.parametrize("error", [OperationalError("gone"), InterfaceError("closed")])
def test_a_database_that_is_gone_leaves_the_job_to_its_lease(call, cast, monkeypatch, error):
    job = ask(call(cast.rita))
    monkeypatch.setattr(files.Draft, "write", fail(error))
    with pytest.raises(type(error)):
        jobs.run(jobs.claim())
    job.refresh_from_db()
    assert (job.state, job.attempt) == (State.RUNNING, 1)


def test_a_worker_that_is_stopped_puts_its_job_back(call, cast, tmp_path):
    job = ask(call(cast.rita))
    jobs.run(jobs.claim(), stopping=lambda: True)
    job.refresh_from_db()
    assert (job.state, job.attempt) == (State.QUEUED, 1)
    assert left(tmp_path) == []
    jobs.run(jobs.claim())
    job.refresh_from_db()
    assert job.state == State.DONE


def test_an_abandoned_job_is_taken_over_and_at_last_given_up(call, cast):
    job = ask(call(cast.rita))
    with time_machine.travel(clock.now(), tick=False) as now:
        for _ in range(MOST_ATTEMPTS):
            assert jobs.claim() == job
            assert jobs.claim() is None
            assert jobs.reap() == 0
            now.shift(timedelta(minutes=1, seconds=1))
        assert jobs.claim() is None
        assert jobs.reap() == 1
    job.refresh_from_db()
    assert (job.state, job.error_code) == (State.FAILED, "gave_up")


def test_a_job_that_is_put_back_after_its_last_attempt_is_given_up(cast):
    enqueue(cast.rita)
    Job.objects.update(attempt=MOST_ATTEMPTS - 1)
    job = jobs.claim()
    assert job.release()
    job.refresh_from_db()
    assert (job.state, job.error_code) == (State.FAILED, "gave_up")


def test_the_oldest_comes_first(call, cast):
    first, second = ask(call(cast.rita)), ask(call(cast.alice))
    assert [jobs.claim(), jobs.claim(), jobs.claim()] == [first, second, None]


# -- the worker between jobs


def test_what_is_over_is_removed_with_its_file(call, cast, tmp_path):
    done(call(cast.rita))
    Worker().work_once()
    assert len(left(tmp_path)) == 1
    Job.objects.update(expires_at=clock.now())
    Worker().work_once()
    assert left(tmp_path) == []
    assert not Job.objects.exists()


def test_files_that_nobody_names_are_removed_once_nobody_writes_to_them(call, cast, tmp_path):
    done(call(cast.rita))
    (tmp_path / "ab").mkdir()
    for folder in ("ab", ".drafts"):
        (tmp_path / folder / "lost").touch()
    assert files.remove_abandoned() == 0
    assert files.remove_abandoned(clock.now() + timedelta(hours=2)) == 2
    assert len(left(tmp_path)) == 1


def test_a_chore_is_done_once_a_day_by_one_of_many(db):
    day, now = timedelta(days=1), clock.now()
    assert not Chore.objects.take("sweep", day, now)
    assert not Chore.objects.take("sweep", day, now + timedelta(hours=23))
    assert Chore.objects.take("sweep", day, now + day)
    assert not Chore.objects.take("sweep", day, now + day)


def test_a_clock_that_was_set_back_keeps_no_chore_waiting(db):
    day, now = timedelta(days=1), clock.now()
    minute = timedelta(minutes=1)
    Chore.objects.create(name="sweep", taken_at=now + day)
    assert Chore.objects.take("sweep", minute, now)
    assert not Chore.objects.take("sweep", minute, now)
    assert not Chore.objects.take("sweep", minute, now - timedelta(seconds=30))  # another machine's
    assert Chore.objects.take("sweep", minute, now + minute)


def test_the_worker_does_its_chores(cast, settings, caplog):
    caplog.set_level("INFO")
    with time_machine.travel(clock.now(), tick=False) as now:
        Worker().work_once()
        assert "daily:" not in caplog.text
        now.shift(timedelta(days=1))
        Worker().work_once()
    assert "0 people became inactive" in caplog.text


# -- the link


@pytest.fixture
def finished(call, cast):
    """A caller and what it is told of a job that is done."""
    api = call(cast.rita)
    text = done(api)
    return api, api.get(f"{PATH}/{Job.objects.get().pk}").json(), text


def get(client, location, **headers):
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return client.get(location.removeprefix("http://localhost:8000"), headers=named)


def body(answer):
    return b"".join(answer.streaming_content)


def test_a_finished_job_says_where_its_file_is(client, finished, cast):
    _, told, text = finished
    assert told["status"] == "completed"
    answer = get(client, told["location"])
    assert gzip.decompress(body(answer)).decode() == text
    assert answer["Content-Type"] == "application/gzip"
    assert "Content-Encoding" not in answer
    assert answer["Content-Disposition"].startswith('attachment; filename="users_export_')
    assert answer["Content-Disposition"].endswith('.json.gz"')
    assert answer["Cache-Control"] == "no-store"
    assert int(answer["Content-Length"]) == Job.objects.get().bytes
    for person in (cast.rita.username, cast.rita.email, str(cast.rita.pk)):
        assert person not in told["location"]


def test_who_else_may_see_the_job_is_given_no_link(call, cast, finished):
    _, told, _ = finished
    seen = call(cast.root).get(f"{PATH}/{told['id']}").json()
    assert seen["status"] == "completed"
    assert "location" not in seen


def test_a_job_under_way_has_no_location(call, cast):
    api = call(cast.rita)
    job = ask(api)
    for _ in range(2):
        assert "location" not in api.get(f"{PATH}/{job.pk}").json()
        jobs.claim()


def test_a_link_works_for_a_minute_and_a_fresh_one_names_the_same_bytes(client, finished):
    api, told, _ = finished
    first = get(client, told["location"])
    with time_machine.travel(clock.now() + timedelta(seconds=62), tick=False):
        assert get(client, told["location"]).status_code == 404
        fresh = api.get(f"{PATH}/{told['id']}").json()["location"]
        second = get(client, fresh)
        assert (second["ETag"], body(second)) == (first["ETag"], body(first))


@pytest.mark.parametrize(
    "change", [{"state": State.FAILED, "error_code": "x", "file_key": ""}, None]
)
def test_a_link_ends_with_its_job(client, finished, change):
    _, told, _ = finished
    jobs_left = Job.objects.filter(pk=told["id"])
    jobs_left.update(**change) if change else jobs_left.delete()
    answer = get(client, told["location"])
    refused(answer, 404, "not_found")


def test_a_file_that_is_gone_is_not_found(client, finished, tmp_path):
    _, told, _ = finished
    left(tmp_path)[0].unlink()
    assert get(client, told["location"]).status_code == 404


def test_the_proxy_in_front_sends_it_where_there_is_one(client, finished, tmp_path, settings):
    settings.ACCEL = "/inside/"
    _, told, _ = finished
    answer = get(client, told["location"])
    key = Job.objects.get().file_key
    assert (answer.status_code, answer.content) == (200, b"")
    assert answer["X-Accel-Redirect"] == f"/inside/{key}"
    files.remove([key])
    assert get(client, told["location"]).status_code == 404


def test_links_cannot_be_made_up(client, finished):
    _, told, _ = finished
    base, _, signed = told["location"].rpartition("/")
    value, stamp, signature = signed.split(":")
    from django.core import signing

    foreign = signing.dumps([told["id"], Job.objects.get().sha256], salt="another")
    for forged in (
        foreign,
        f"{value}:{stamp}:{signature[:-1]}",
        f"{value[:-2]}:{stamp}:{signature}",
        f"{value}:zzzzzz:{signature}",
        told["id"],
        "..%2f..%2fsecret.key",
        signing.dumps({"a": 1}, salt=files.SALT),
        signing.dumps([1, 2, 3], salt=files.SALT),
        signing.dumps([None, None], salt=files.SALT),
    ):
        assert get(client, f"{base}/{forged}").status_code == 404, forged


@pytest.mark.parametrize(
    ("headers", "status", "part"),
    [
        ({"range": "bytes=3-7"}, 206, slice(3, 8)),
        ({"range": "bytes=5-"}, 206, slice(5, None)),
        ({"range": "bytes=-4"}, 206, slice(-4, None)),
        ({"range": "bytes=0-1,4-5"}, 200, slice(None)),
        ({"range": "nonsense"}, 200, slice(None)),
        ({"range": "bytes=3-7", "if_range": '"another"'}, 200, slice(None)),
    ],
)
def test_a_part_of_it(client, finished, headers, status, part):
    _, told, _ = finished
    whole = body(get(client, told["location"]))
    answer = get(client, told["location"], **headers)
    assert (answer.status_code, body(answer)) == (status, whole[part])
    assert int(answer["Content-Length"]) == len(whole[part])
    if status == 206:
        start, _, _ = part.indices(len(whole))
        span = f"bytes {start}-{start + len(whole[part]) - 1}/{len(whole)}"
        assert answer["Content-Range"] == span


def test_a_part_of_the_very_file_that_was_begun(client, finished):
    _, told, _ = finished
    etag = get(client, told["location"])["ETag"]
    again = get(client, told["location"], range="bytes=4-", if_range=etag)
    assert again.status_code == 206
    assert get(client, told["location"], if_none_match=f'W/"x", {etag}').status_code == 304
    assert get(client, told["location"], if_none_match='"x"').status_code == 200


def test_behind_its_end_there_is_nothing(client, finished):
    _, told, _ = finished
    answer = get(client, told["location"], range="bytes=99999999-")
    assert (answer.status_code, answer["Content-Range"]) == (
        416,
        f"bytes */{Job.objects.get().bytes}",
    )


def test_head_tells_what_get_would(client, finished):
    _, told, _ = finished
    path = told["location"].removeprefix("http://localhost:8000")
    head, got = client.head(path), client.get(path)
    names = {"Content-Length", "ETag", "Content-Type", "Content-Disposition", "Accept-Ranges"}
    assert {name: head[name] for name in names} == {name: got[name] for name in names}
    assert head.content == b""
    assert client.post(path).status_code == 405


def test_its_rows_are_those_of_the_download(call, cast):
    """The same people, with the same words for what both show; only the order is each one's own."""
    cast.alice.tags.add(Tag.objects.create(name="a"), Tag.objects.create(name="b"))
    api = call(cast.alice)
    columns = {"userid": "username", "email": "email", "fullname": "name"}
    columns |= {"firstname": "given_name", "lastname": "family_name"}
    answer = api.get("/api/v2/users/download", {"_fields": ",".join(columns)})
    downloaded = rows(b"".join(answer.streaming_content).decode())
    told = rows(done(api, format="csv", fields=named(*columns.values())))
    found = {row["username"]: row for row in told}
    assert len(told) == len(downloaded) == 6
    for row in downloaded:
        assert found[row["userid"]] == {columns[name]: value for name, value in row.items()}
