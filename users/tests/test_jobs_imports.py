"""Import jobs: what an upload is refused for, what becomes of its rows, and who is told."""

import gzip
import io
import json
from smtplib import SMTPRecipientsRefused

import pytest
from django.contrib.auth.models import Permission
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.mail import EmailMessage

from exports import jobs
from exports.models import Job, State
from exports.worker import Worker
from users.importing import results
from users.importing.faults import Fault
from users.models import AuditEntry, Connection, Role, User
from users.tests.factories import RoleFactory, UserFactory
from usersvc import clock

from .importing import csv_of, person
from .jobs import BUILT_IN, EXPORTS, IMPORTS, PATH, keep_files_in, refused

pytestmark = [pytest.mark.django_db, pytest.mark.one_cast]


@pytest.fixture(autouse=True)
def _files(settings, tmp_path):
    keep_files_in(settings, tmp_path)


def lines(*people):
    return "".join(json.dumps(each) + "\n" for each in people)


def upload(api, content, name="people.json", **form):
    data = content.encode() if isinstance(content, str) else content
    return api.post(IMPORTS, {"users": SimpleUploadedFile(name, data), **form})


def asked(api, content, **form):
    answer = upload(api, content, **form)
    assert answer.status_code == 202, answer.content
    return Job.objects.get(pk=answer.json()["id"])


def done(api, content, **form):
    """Ask for an import and do it; return the job."""
    job = asked(api, content, **form)
    assert jobs.claim() == job
    jobs.run(Job.objects.get(pk=job.pk))
    job.refresh_from_db()
    return job


def told(api, job):
    """Return the rows that /errors tells of."""
    answer = api.get(f"{PATH}/{job.pk}/errors")
    assert answer.status_code == 200
    return json.loads(b"".join(answer.streaming_content))


def kept(tmp_path):
    return [path for path in tmp_path.glob("*/*") if path.is_file()]


# -- asking


def test_the_answer_tells_what_was_asked_for(call, cast):
    form = {"connection_id": BUILT_IN, "upsert": "true", "external_id": "hr-7"}
    answer = upload(call(cast.bob), lines(person("ann")), **form, send_completion_email="false")
    assert answer.status_code == 202
    shown = answer.json()
    assert shown.pop("id").startswith("job_")
    assert shown.pop("created_at").endswith("Z")
    assert shown == {
        "status": "pending",
        "type": "users_import",
        "connection_id": BUILT_IN,
        "upsert": True,
        "external_id": "hr-7",
        "send_completion_email": False,
    }


@pytest.mark.parametrize(
    ("form", "words"),
    [
        ({}, ["users: required"]),
        ({"users": "ann"}, ["users", "is not a file", "ann"]),
        ({"upsert": "maybe"}, ["upsert", "maybe", "true"]),
        ({"send_completion_email": "1"}, ["send_completion_email", '"1"', "true"]),
        ({"connection_id": "con_1"}, ["connection_id", "con_1", "^con_"]),
        ({"external_id": "x" * 301}, ["external_id", "300"]),
        ({"upsrt": "true"}, ["upsrt", "upsert"]),
        ({"upsert": ["true", "false"]}, ["upsert", "more than once"]),
    ],
)
def test_a_form_that_is_not_understood(call, cast, form, words, tmp_path):
    if form and "users" not in form:
        form = {"users": SimpleUploadedFile("a", b"{}"), **form}
    refused(call(cast.bob).post(IMPORTS, form), 400, "invalid_body", *words)
    assert not Job.objects.exists()
    assert kept(tmp_path) == []


def test_an_empty_file_is_refused_at_once(call, cast):
    refused(upload(call(cast.bob), b""), 400, "invalid_body", "users", "is empty")


def test_two_files_are_refused(call, cast):
    files = [SimpleUploadedFile("a", b"{}"), SimpleUploadedFile("b", b"{}")]
    refused(call(cast.bob).post(IMPORTS, {"users": files}), 400, "invalid_body", "more than once")


def test_a_body_that_is_no_form(call, cast):
    answer = call(cast.bob).post(IMPORTS, "{}", content_type="application/json")
    refused(answer, 415, "unsupported_media_type")
    answer = call(cast.bob).post(IMPORTS, b"--x", content_type="multipart/form-data; boundary=y")
    refused(answer, 400, "invalid_body", "users: required")
    refused(call(cast.bob).post(IMPORTS), 400, "invalid_body", "users: required")
    answer = call(cast.bob).generic("POST", IMPORTS, b"", content_type="")
    refused(answer, 400, "invalid_body", "users: required")
    answer = call(cast.bob).post(IMPORTS, b"--x", content_type="multipart/form-data")
    refused(answer, 400, "invalid_body", "is not multipart/form-data")


def test_a_connection_that_there_is_not(call, cast):
    answer = upload(call(cast.bob), "{}", connection_id="con_" + "9" * 16)
    refused(answer, 404, "inexistent_connection", "con_999")


def test_a_file_that_is_too_large(call, cast, settings, tmp_path):
    settings.IMPORT_MAX_UPLOAD = 1000
    refused(upload(call(cast.bob), b"x" * 1000), 413, "payload_too_large")
    assert kept(tmp_path) == []


def test_who_may_import(call, cast):
    for nobody in (cast.rita, cast.sam, cast.charlie):
        refused(upload(call(nobody), "{}"), 403, "insufficient_scope")
    refused(upload(call(), "{}"), 401, "invalid_token")


def test_whoever_cannot_look_after_a_job_starts_none(call, cast):
    role = RoleFactory()
    names = ("view_user", "manage_user")
    role.permissions.set(Permission.objects.filter(codename__in=names))
    cast.charlie.roles.add(role)
    refused(upload(call(cast.charlie), "{}"), 403, "insufficient_scope")


def test_one_job_too_many_leaves_no_file(call, cast, settings, tmp_path):
    settings.JOBS_PER_CALLER = 1
    asked(call(cast.bob), "{}")
    refused(upload(call(cast.bob), "{}"), 429, "too_many_jobs")
    assert len(kept(tmp_path)) == 1


def test_a_disk_without_room_is_told_and_nothing_begins(call, cast, monkeypatch):
    def fail(upload):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("exports.files.keep_upload", fail)
    answer = upload(call(cast.bob), "{}")
    assert answer.status_code == 503
    assert answer.json()["errorCode"] == "no_space"
    assert answer["Retry-After"]
    assert not Job.objects.exists()


@pytest.mark.parametrize("name", ["../../../etc/passwd", "/etc/passwd", "..", "a\x00b", "x" * 500])
def test_what_a_file_is_called_says_nothing(call, cast, name, tmp_path):
    body = (
        b'--b\r\nContent-Disposition: form-data; name="users"; filename="%s"\r\n\r\n{}\r\n--b--\r\n'
        % name.encode()
    )
    answer = call(cast.bob).post(IMPORTS, body, content_type="multipart/form-data; boundary=b")
    if answer.status_code == 202:
        key = Job.objects.get(pk=answer.json()["id"]).input_key
        assert [path.relative_to(tmp_path) for path in kept(tmp_path)] == [
            (tmp_path / key).relative_to(tmp_path)
        ]
        assert key.endswith(".upload")
    else:
        refused(answer, 400, "invalid_body", "users")
        assert kept(tmp_path) == []


# -- what becomes of it


def test_people_come_in(call, cast, tmp_path):
    job = done(call(cast.bob), lines(person("ann"), person("ben", name="Ben")))
    shown = call(cast.bob).get(f"{PATH}/{job.pk}").json()
    assert shown["status"] == "completed"
    assert (shown["percentage_done"], shown["time_left_seconds"]) == (100, 0)
    assert shown["summary"] == {
        "total": 2,
        "inserted": 2,
        "updated": 0,
        "unchanged": 0,
        "failed": 0,
    }
    assert "location" not in shown
    assert User.objects.get(username="ben").organization == cast.bob.organization
    assert call(cast.bob).get(f"{PATH}/{job.pk}/errors").status_code == 204
    jobs.clean_inputs()
    assert kept(tmp_path) == []


@pytest.mark.parametrize("is_check", [True, False])
def test_results_that_nobody_keeps_are_closed(is_check):
    """Python 3.13 tells on standard error of a file that cannot be closed any more."""
    with results.writing(is_check) as written:
        pass
    with pytest.raises(ValueError, match="I/O operation on closed file"):
        written.stop(Fault(1, "email", "x", "invalid", "is no address"))


def test_every_bad_row_is_told_of(call, cast):
    content = lines(person("ann"), person("ben", phone="1" * 99), {"email": "no"}, person("cat"))
    job = done(call(cast.bob), content)
    assert job.state == State.DONE
    assert (job.summary["inserted"], job.summary["failed"]) == (2, 2)
    ben, no = told(call(cast.bob), job)
    assert ben["line"] == 2
    assert ben["user"] == {"username": "ben", "email": "ben@example.com"}
    [error] = ben["errors"]
    assert (error["path"], error["code"]) == ("phone", "max_length")
    assert error["value"].startswith("111")
    assert no["line"] == 3
    assert {error["path"] for error in no["errors"]} == {"email"}
    shown = call(cast.bob).get(f"{PATH}/{job.pk}").json()
    assert "location" not in shown


def test_only_the_owner_reads_what_was_in_the_rows(call, cast):
    job = done(call(cast.bob), lines({"email": "no"}))
    answer = call(cast.root).get(f"{PATH}/{job.pk}/errors")
    assert answer.json()["summary"]["failed"] == 1
    refused(call(cast.alice).get(f"{PATH}/{job.pk}/errors"), 404, "inexistent_job")


def test_a_file_that_breaks_off_fails_and_tells_of_the_rows_before(call, cast, monkeypatch):
    monkeypatch.setattr("users.imports.BLOCK", 1)
    content = json.dumps([person("ann"), {"email": "no"}, person("ben")])[:-20]
    job = done(call(cast.bob), content)
    shown = call(cast.bob).get(f"{PATH}/{job.pk}").json()
    assert (shown["status"], shown["error"]) == ("failed", "cut_off")
    assert (shown["summary"]["inserted"], shown["summary"]["failed"]) == (1, 1)
    assert "location" not in shown
    bad, end = told(call(cast.bob), job)
    assert bad["errors"][0]["path"] == "email"
    assert (end["user"], end["errors"][0]["code"]) == ({}, "cut_off")


@pytest.mark.parametrize(
    ("upsert", "name"), [("true", "New"), ("email", "New"), ("username", "New"), ("false", "Old")]
)
def test_upsert_changes_who_is_there(call, cast, upsert, name):
    there = UserFactory(username="ann", name="Old", organization=cast.bob.organization)
    content = lines({"username": "ann", "email": there.email, "name": "New"})
    job = done(call(cast.bob), content, upsert=upsert)
    there.refresh_from_db()
    assert there.name == name
    assert job.summary["updated"] == (name == "New")


def test_people_come_from_the_connection_that_was_named(call, cast):
    other = Connection.objects.create(name="Partners", domain="partners.example")
    done(call(cast.bob), lines(person("ann", connection="Nowhere")), connection_id=other.pk)
    assert not User.objects.filter(username="ann").exists()  # a connection that nobody knows
    done(call(cast.bob), lines(person("ann")), connection_id=other.pk)
    assert User.objects.get(username="ann").connection == other


def test_what_an_export_wrote_comes_in(call, cast):
    fields = [{"name": name} for name in ("username", "email", "name", "phone")]
    api = call(cast.alice)
    job_id = api.post(EXPORTS, {"fields": fields, "format": "csv"}, format="json").json()["id"]
    jobs.run(jobs.claim())
    location = api.get(f"{PATH}/{job_id}").json()["location"]
    packed = b"".join(call().get(location).streaming_content)
    people = User.objects.belonging_to([cast.europe.pk, cast.italy.pk])
    before = people.count()
    text = gzip.decompress(packed).decode()
    assert text.count("\n") == before + 1
    fresh = text.replace("@", "@new.").replace("\n", "\nnew-").removesuffix("new-")
    job = done(api, gzip.compress(fresh.encode()), name="users.csv.gz")
    assert job.summary["inserted"] == before
    assert people.count() == 2 * before


def test_it_is_in_the_audit(call, cast):
    content = lines(person("ann"), {"email": "no"})
    job = done(call(cast.bob), content)
    entry = AuditEntry.objects.get(event=AuditEntry.Event.IMPORT)
    assert entry.actor == cast.bob
    told_of = entry.additional_data
    assert (told_of["job"], told_of["outcome"]) == (job.pk, "complete")
    assert (told_of["created"], told_of["refused"], told_of["bytes"]) == (1, 1, len(content))
    assert len(told_of["sha256"]) == 64
    created = AuditEntry.objects.get(object_repr="ann")
    assert created.actor == cast.bob


def test_who_loses_the_right_while_it_waits_imports_nobody(call, cast):
    job = asked(call(cast.bob), lines(person("ann")))
    cast.bob.roles.clear()
    jobs.run(jobs.claim())
    job.refresh_from_db()
    assert (job.state, job.error_code) == (State.FAILED, "withdrawn")
    assert not User.objects.filter(username="ann").exists()


def test_who_loses_a_right_on_the_way_grants_no_more(call, cast, monkeypatch):
    monkeypatch.setattr("users.imports.BLOCK", 1)
    asked(call(cast.alice), lines(person("ann"), person("ben", roles=["Admin"])))
    claimed = jobs.claim()
    pulse = jobs.Pulse(claimed, lambda: False)
    check = pulse.check

    def checked():
        cast.alice.roles.set(Role.objects.filter(name="Backoffice"))
        pulse._once()
        check()

    monkeypatch.setattr(pulse, "check", checked)
    with pytest.raises(jobs.JobFailedError, match="no longer has the permission"):
        jobs.import_string("users.job_imports.work")(claimed, pulse)
    assert User.objects.filter(username="ann").exists()
    assert not User.objects.filter(username="ben").exists()


def test_a_file_that_is_gone_is_told(call, cast, tmp_path):
    job = asked(call(cast.bob), lines(person("ann")))
    for path in kept(tmp_path):
        path.unlink()
    jobs.run(jobs.claim())
    job.refresh_from_db()
    assert (job.state, job.error_code) == (State.FAILED, "no_file")


def test_an_import_that_was_interrupted_goes_on_and_makes_nobody_twice(call, cast, monkeypatch):
    monkeypatch.setattr("users.imports.BLOCK", 2)
    job = asked(call(cast.bob), lines(*(person(f"p{number}") for number in range(5))))
    claimed = jobs.claim()
    asks = []

    def stopping():
        asks.append(1)
        return len(asks) == 2  # after two blocks

    jobs.run(claimed, stopping)
    job.refresh_from_db()
    assert job.state == State.QUEUED
    assert User.objects.filter(username__startswith="p", email__contains="@example").count() == 4
    jobs.run(jobs.claim())
    job.refresh_from_db()
    assert job.state == State.DONE
    assert (job.summary["inserted"], job.summary["failed"]) == (5, 0)


def test_it_tells_how_far_it_is(call, cast, monkeypatch):
    monkeypatch.setattr("users.imports.BLOCK", 100)
    content = lines(*(person(f"p{number}", description="x" * 500) for number in range(1000)))
    asked(call(cast.bob), content)
    claimed = jobs.claim()
    seen = []
    with jobs.Pulse(claimed, lambda: False) as pulse:
        check = pulse.check

        def noted():
            seen.append((pulse.rows_done, pulse.rows_total))
            check()

        monkeypatch.setattr(pulse, "check", noted)
        jobs.import_string("users.job_imports.work")(claimed, pulse)
    assert [rows for rows, _ in seen] == list(range(100, 1001, 100))
    assert all(rows <= total <= 1000 for rows, total in seen[1:])
    assert seen[-1] == (1000, 1000)


# -- bombs and rubbish


def test_a_bomb_is_defused(call, cast, settings):
    settings.IMPORT_MAX_BYTES = 1_000_000
    packed = io.BytesIO()
    with gzip.open(packed, "wb") as file:
        for _ in range(100):
            file.write(b" " * 1_000_000)
    job = done(call(cast.bob), packed.getvalue())
    assert (job.state, job.error_code) == (State.FAILED, "too_large")


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"\x1f\x8bnonsense", "gzip"),
        ("email\nänn@example.com\n".encode("latin-1"), "charset"),
        (csv_of(["email", "shoe"], ["a@example.com", "42"]), "unknown_title"),
        ("[" + json.dumps(person("ann")), "cut_off"),
        ('{"email": "' + "x" * 2_000_000, "line_too_long"),
    ],
)
def test_a_file_that_cannot_be_read_is_a_clear_failure(call, cast, content, code):
    job = done(call(cast.bob), content)
    assert (job.state, job.error_code) == (State.FAILED, code)
    assert told(call(cast.bob), job)[-1]["errors"][0]["code"] == code


# -- the uploaded file is nobody's for longer than needed


@pytest.mark.parametrize("end", ["cancelled", "given up", "expired"])
def test_the_upload_goes_with_its_job(call, cast, tmp_path, end):
    job = asked(call(cast.bob), lines(person("ann")))
    assert len(kept(tmp_path)) == 1
    assert jobs.clean_inputs() == 0
    if end == "cancelled":
        call(cast.bob).post(f"{PATH}/{job.pk}/cancel")
    elif end == "given up":
        Job.objects.filter(pk=job.pk).update(
            state="running", attempt=5, lease_until=clock.now(), started_at=clock.now()
        )
        assert jobs.reap() == 1
    else:
        Job.objects.filter(pk=job.pk).update(expires_at=clock.now())
        assert jobs.clean() == 1
    jobs.clean_inputs()
    assert kept(tmp_path) == []
    assert jobs.clean_inputs() == 0


# -- the letter


def test_a_letter_tells_of_the_end(call, cast, mailoutbox):
    job = done(call(cast.bob), lines(person("ann"), {"email": "no"}), send_completion_email="true")
    assert mailoutbox == []
    assert jobs.write_letters() == 1
    assert jobs.write_letters() == 0
    [letter] = mailoutbox
    assert letter.to == [cast.bob.email]
    assert letter.subject == "Your import is complete"
    assert "Inserted: 1" in letter.body
    assert "refused: 1" in letter.body
    assert f"{PATH}/{job.pk}/errors" in letter.body


def test_no_letter_unless_asked_for_nor_before_the_end(call, cast, mailoutbox):
    done(call(cast.bob), lines(person("ann")))
    asked(call(cast.bob), lines(person("ben")), send_completion_email="true")
    assert jobs.write_letters() == 0
    assert mailoutbox == []


def test_a_letter_tells_of_a_failure(call, cast, mailoutbox):
    done(call(cast.bob), "[", send_completion_email="true")
    jobs.write_letters()
    assert mailoutbox[0].subject == "Your import failed"
    assert "cut off" in mailoutbox[0].body


def test_who_may_no_longer_sign_in_is_told_nothing(call, cast, mailoutbox):
    done(call(cast.bob), lines(person("ann")), send_completion_email="true")
    cast.bob.suspend()
    cast.bob.save()
    jobs.write_letters()
    assert mailoutbox == []


def test_the_worker_writes_letters_and_removes_uploads(call, cast, mailoutbox, tmp_path):
    done(call(cast.bob), lines(person("ann")), send_completion_email="true")
    Worker().work_once()
    assert len(mailoutbox) == 1
    assert kept(tmp_path) == []


def test_a_letter_waits_for_the_mail_server(call, cast, mailoutbox, monkeypatch):
    done(call(cast.bob), lines(person("ann")), send_completion_email="true")
    with monkeypatch.context() as broken:

        def fail(*_):
            raise ConnectionRefusedError

        broken.setattr("users.job_letters.send", fail)
        with pytest.raises(ConnectionRefusedError):
            jobs.write_letters()
    assert jobs.write_letters() == 1
    assert len(mailoutbox) == 1


@pytest.mark.parametrize(("code", "is_due"), [(550, False), (450, True)])
def test_an_address_that_is_refused_holds_up_no_other(
    call, cast, mailoutbox, monkeypatch, code, is_due
):
    people = [cast.bob, cast.alice, cast.root]
    found = [
        done(call(who), lines(person(f"of-{who.username}")), send_completion_email="true")
        for who in people
    ]
    send = EmailMessage.send

    def picky(letter, *args, **kwargs):
        if letter.to == [cast.bob.email]:
            raise SMTPRecipientsRefused({cast.bob.email: (code, b"no")})
        return send(letter, *args, **kwargs)

    monkeypatch.setattr(EmailMessage, "send", picky)
    assert jobs.write_letters() == 2
    assert {letter.to[0] for letter in mailoutbox} == {cast.alice.email, cast.root.email}
    found[0].refresh_from_db()
    assert found[0].letter_due is is_due
