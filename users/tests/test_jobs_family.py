"""The jobs document: bodies, answers, refusals and the row behind them, in its own envelope."""

import json
import re
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from hypothesis import HealthCheck, given
from hypothesis import settings as fuzz
from hypothesis import strategies as st
from rest_framework.throttling import ScopedRateThrottle, SimpleRateThrottle

from exports.models import Job
from users.api.jobs import profile
from users.api.jobs.filters import UserFilterSet
from users.models import AuditEntry, Connection, User

from .factories import ConnectionFactory, UserFactory

pytestmark = pytest.mark.django_db
NOW = datetime(2023, 1, 25, 17, 48, 15, 325_999, tzinfo=UTC)
PATH = "/api/v2/jobs"
EXPORTS = f"{PATH}/users-exports"
BUILT_IN = "con_0000000000000001"
REASONS = {
    400: "Bad Request",
    401: "Unauthorized",
    403: "Forbidden",
    404: "Not Found",
    405: "Method Not Allowed",
    411: "Length Required",
    413: "Payload Too Large",
    415: "Unsupported Media Type",
    429: "Too Many Requests",
    500: "Internal Server Error",
}


@pytest.fixture
def reader(db):
    """Somebody who may export."""
    return UserFactory(username="reader", roles=["Reader"])


@pytest.fixture
def post(reader, call):
    """A function that asks for an export; as the reader unless a person is given."""

    def send(body=None, person=None, query=""):
        content = None if body is None else json.dumps(body)
        return call(person or reader).post(
            f"{EXPORTS}{query}", content, content_type="application/json"
        )

    return send


@pytest.fixture
def job(reader):
    return enqueue(reader)


def enqueue(owner, at=None, **request):
    at = at or datetime.now(UTC)
    return Job.objects.enqueue(owner, Job.Kind.EXPORT, at, spec={}, request=request)


def refused(answer, status, code, *words):
    assert answer.status_code == status, answer.content
    body = answer.json()
    assert set(body) == {"statusCode", "error", "message", "errorCode"}
    assert (body["statusCode"], body["error"], body["errorCode"]) == (status, REASONS[status], code)
    for word in words:
        assert word in body["message"]


# -- a new job


def test_the_answer_of_the_document(post):
    body = {
        "connection_id": BUILT_IN,
        "format": "json",
        "limit": 5,
        "fields": [{"name": "email", "export_as": "E-mail"}, {"name": "name"}],
    }
    with time_machine.travel(NOW, tick=False):
        answer = post(body)
    assert answer.status_code == 200
    job = Job.objects.get()
    assert answer.json() == {
        "status": "pending",
        "type": "users_export",
        "id": job.pk,
        "created_at": "2023-01-25T17:48:15.325Z",
        **body,
    }
    assert re.fullmatch(r"job_[A-Za-z0-9]{16}", job.pk)


@pytest.mark.parametrize(
    "body",
    [None, {}, {"limit": None, "format": None, "fields": None}, {"connection_id": None},
     {"fields": []}, {"connection": None}],
    ids=str,
)  # fmt: skip
def test_what_is_not_given_is_left_out(post, body):
    answer = post(body)
    assert set(answer.json()) == {"status", "type", "id", "created_at"}
    assert Job.objects.get().spec == {
        "family": "jobs",
        "filters": {},
        "format": "json",
        "limit": None,
        "fields": [{"name": name, "title": name} for name in profile.DEFAULT_FIELDS],
    }


def test_the_row_knows_what_to_do_and_who_asked_from_where(reader, call):
    corp = ConnectionFactory(name="Corp")
    body = {"connection": "corp", "format": "CSV", "limit": 2**63 - 1,
            "fields": [{"name": "Email", "export_as": "E-mail"}, {"name": "user_metadata.A b[0].C"},
                       {"name": "last_ip", "export_as": None}]}  # fmt: skip
    answer = call(reader).post(EXPORTS, body, format="json", REMOTE_ADDR="10.1.2.3")
    assert answer.status_code == 200
    job = Job.objects.get()
    assert (job.owner, job.address, job.kind, job.state) == (
        reader,
        "10.1.2.3",
        "export",
        "queued",
    )
    assert job.spec == {
        "family": "jobs",
        "filters": {"connection_id": [corp.pk]},
        "format": "csv",
        "limit": 2**63 - 1,
        "fields": [
            {"name": "email", "title": "E-mail"},
            {"name": "user_metadata.A b[0].C", "title": "user_metadata.A b[0].C"},
            {"name": "last_ip", "title": "last_ip"},
        ],
    }
    shown = {key: answer.json()[key] for key in ("connection", "format", "limit", "fields")}
    assert shown == {
        "connection": "corp",
        "format": "csv",
        "limit": 2**63 - 1,
        "fields": [{"name": "email", "export_as": "E-mail"}, *job.request["fields"][1:]],
    }
    assert "connection_id" not in answer.json()


def test_the_people_of_a_job(cast):
    """connection_id= as the row's spec hands it to the family's question."""
    corp = ConnectionFactory()
    people = [UserFactory(organization=cast.italy, connection=corp) for _ in range(3)]
    people[1].deleted_at = NOW
    people[1].save()
    UserFactory(organization=cast.asia, connection=corp)
    found = UserFilterSet({"connection_id": [corp.pk]}, cast.rita).people()
    assert list(found) == sorted([people[0], people[2]], key=lambda person: person.pk)
    assert set(UserFilterSet({}, cast.rita).people()) == set(
        User.objects.visible_to(cast.rita).living()
    )


def test_an_answer_leaves_no_audit_and_no_change(post):
    post({})
    assert not AuditEntry.objects.filter(event="export").exists()


def test_a_last_key_of_two_wins(reader, call):
    answer = call(reader).post(EXPORTS, '{"limit": 1, "limit": 2}', content_type="application/json")
    assert answer.json()["limit"] == 2


# -- bodies that are refused


def fields(count, **more):
    return {"fields": [{"name": f"user_metadata.f{n}"} for n in range(count)], **more}


LONG = "x" * 301
ONE = {"fields": [{"name": "email"}]}
BAD = [
    ({"limits": 5}, "limits: unknown key (did you mean `limit`?); allowed: connection_id"),
    ({"Limit": 5}, "Limit: unknown key (did you mean `limit`?)"),
    ({"": 5}, ": unknown key"),
    *[({"limit": bad}, f"limit: is not a whole number from 1 to {2**63 - 1} (given: {shown})")
      for bad, shown in [(0, "0"), (-1, "-1"), (1.5, "1.5"), (5.0, "5.0"), ("5", '"5"'),
                         (True, "true"), (False, "false"), ([5], "a list"), ({}, "an object"),
                         (2**63, str(2**63)), (10**300, "1" + "0" * 58 + "…")]],
    ([], "body: "),
    ("", "body: "),
    (5, "body: "),
    ([{}], "body: "),
    (False, "body: "),
    *[({"format": bad}, "format: unknown value") for bad in ("", "xml", 5, True, ["json"], "csv ")],
    ({"format": "jsn"}, "(did you mean `json`?); allowed: json, csv (given: \"jsn\")"),
    *[({"connection_id": bad}, "connection_id: ")
      for bad in ("", "con_1", f"{BUILT_IN}\n", BUILT_IN.upper(), 5, [BUILT_IN],
                  "con_\0" + "0" * 15, "con_" + "é" * 16, "con_" + "\ud800" * 16, f" {BUILT_IN}")],
    ({"connection_id": "con_1"}, "^con_[A-Za-z0-9]{16}$ (given: \"con_1\")"),
    *[({"connection": bad}, "connection: ") for bad in ("", "  ", 5, LONG, "\0", "\ud800")],
    *[({"fields": bad}, "fields: is not a list (given: ") for bad in ("email", {"name": "x"}, 5)],
    ({"fields": ["email"]}, "fields.0: "),
    ({"fields": [None]}, "fields.0: "),
    ({"fields": [{"name": "email"}, {}]}, "fields.1.name: required"),
    ({"fields": [{"name": None}]}, "fields.0.name: required"),
    ({"fields": [{"name": "email", "as": "x"}]}, "fields.0.as: unknown key"),
    *[({"fields": [{"name": bad}]}, "fields.0.name: ")
      for bad in ("", " ", 5, ["email"], LONG, "a\0", "\ud800", ".", "a.", ".a", "a..b", "a[", "a]",
                  "a[]", "a[x]", "a[-1]", "[0]", "a[0]b", "a[0].", "a[1234567]", "a[٣]",
                  "a['b']")],
    *[({"fields": [{"name": "email", "export_as": bad}]}, "fields.0.export_as: ")
      for bad in ("", " ", 5, ["x"], LONG, "a\0", "\udfff")],
    (fields(31, format="csv"), "fields: has 31 items; a csv file holds at most 30"),
    (fields(1001), "fields: has 1001 items; at most 1000"),
    *[({"format": form, "fields": [{"name": "email"}, {"name": "name", "export_as": "email"}]},
       "fields: 2 fields are called email") for form in ("json", "csv", None)],
    ({"fields": [{"name": "email"}, {"name": "EMAIL"}]}, "fields: 2 fields are called email"),
    *[({"format": "csv", "fields": [{"name": name}]}, "is a whole object")
      for name in ("user_metadata", "app_metadata", "identities", "identities[0]",
                   "identities[12]", "User_Metadata")],
    ({"\ud800": 1}, "?: unknown key"),
]  # fmt: skip


@pytest.mark.parametrize(("body", "message"), BAD, ids=lambda value: ascii(value)[:60])
def test_a_body_that_is_not_understood_is_refused(post, body, message):
    refused(post(body), 400, "invalid_body", message)
    assert not Job.objects.exists()


GOOD = [
    fields(30, format="csv"),
    fields(1000),
    *[{"fields": [{"name": name}]} for name in ("user_metadata", "app_metadata", "identities")],
    *[{"format": "csv", "fields": [{"name": name}]} for name in profile.DEFAULT_FIELDS],
    {"format": "csv", "fields": [{"name": "roles"}, {"name": "tags[0]"}, {"name": "a.b.c"}]},
    {"fields": [{"name": "x" * 300, "export_as": "y" * 300}]},
    {"fields": [{"name": "email"}, {"name": "email", "export_as": "Email"}]},
    {"limit": 1},
    {"format": "Json"},
    {"connection": "local"},
    {"connection_id": BUILT_IN, "connection": "LOCAL"},
]


@pytest.mark.parametrize("body", GOOD, ids=lambda value: ascii(value)[:60])
def test_a_body_that_is_understood(post, body):
    Connection.objects.update(name="Local", name_key="local")
    answer = post(body)
    assert answer.status_code == 200, answer.content
    assert set(answer.json()) == {"status", "type", "id", "created_at", *body}


@pytest.mark.parametrize(
    ("content", "kind", "status", "code"),
    [
        (b"{", "application/json", 400, "invalid_body"),
        (b'{"limit": NaN}', "application/json", 400, "invalid_body"),
        (b'{"limit": 1e999}', "application/json", 400, "invalid_body"),
        (b'{"limit": ' + b"9" * 5000 + b"}", "application/json", 400, "invalid_body"),
        (b'{"format": "\xff"}', "application/json", 400, "invalid_body"),
        (b"null", "application/json", 400, "invalid_body"),
        (b"[" * 100_000, "application/json", 400, "invalid_body"),
        (b'{"fields":' * 5_000, "application/json", 400, "invalid_body"),
        (b"{}", "text/plain", 415, "unsupported_media_type"),
        (b"limit=5", "application/x-www-form-urlencoded", 415, "unsupported_media_type"),
        (b"{}" + b" " * 3_000_000, "application/json", 413, "payload_too_large"),
    ],
)
def test_what_is_no_json_is_refused(reader, call, content, kind, status, code):
    refused(call(reader).post(EXPORTS, content, content_type=kind), status, code)
    assert not Job.objects.exists()


@pytest.mark.parametrize("kind", ["application/json", "text/plain", "multipart/form-data"])
def test_no_body_is_an_empty_one(reader, call, kind):
    assert call(reader).post(EXPORTS, content_type=kind).status_code == 200


def test_a_body_of_unknown_length_is_refused(reader, call):
    """It would be read as {}, and everybody exported."""
    answer = call(reader).post(
        EXPORTS, content_type="application/json", HTTP_TRANSFER_ENCODING="chunked"
    )
    refused(answer, 411, "length_required")


def test_only_so_many_faults_are_told(post):
    message = post({f"k{n}": n for n in range(100)}).json()["message"]
    assert message.count("unknown key") == 20
    assert message.endswith("; and 80 more")


# -- connections that a body names


@pytest.mark.parametrize(
    "body",
    [
        {"connection_id": "con_0000000000000002"},
        {"connection": "nobody's"},
        {"connection_id": "con_0000000000000002", "connection": "nobody's"},
        {"connection_id": BUILT_IN, "connection": "nobody's"},
    ],
    ids=str,
)
def test_an_unknown_connection_is_not_found(post, body):
    refused(post(body), 404, "inexistent_connection", list(body.values())[-1 if len(body) == 2 and
            body["connection_id"] == BUILT_IN else 0])  # fmt: skip
    assert not Job.objects.exists()


def test_two_connections_in_one_body_are_a_contradiction(post):
    other = ConnectionFactory(name="Corp")
    body = {"connection_id": BUILT_IN, "connection": "Corp"}
    refused(post(body), 400, "invalid_body", "connection: names another one")
    assert post({**body, "connection_id": other.pk}).status_code == 200


# -- who, and in which order


@pytest.mark.parametrize(
    ("who", "status", "code"),
    [
        (None, 401, "invalid_token"),
        ("sam", 403, "insufficient_scope"),
        ("charlie", 403, "insufficient_scope"),
    ],
)
@pytest.mark.parametrize("body", [b"{}", b"{", b'{"connection_id": "con_0000000000000002"}'])
def test_strangers_are_refused_before_anything_is_read(cast, call, who, status, code, body):
    person = getattr(cast, who) if who else None
    answer = call(person).post(f"{EXPORTS}?x=1", body, content_type="application/json")
    refused(answer, status, code)
    assert ("WWW-Authenticate" in answer) == (status == 401)


@pytest.mark.parametrize(
    ("method", "path"),
    [("get", ""), ("get", "/{}"), ("get", "/{}/errors"), ("post", "/{}/cancel"), ("get", "/x")],
)
def test_every_address_refuses_strangers(cast, call, job, method, path):
    address = f"{PATH}{path.format(job.pk)}"
    refused(getattr(call(), method)(address), 401, "invalid_token")
    refused(getattr(call(cast.sam), method)(address), 403, "insufficient_scope")


@pytest.mark.parametrize("who", ["root", "sue", "alice", "bob", "rita", "nora"])
def test_who_may_export(cast, post, who):
    assert post({}, getattr(cast, who)).status_code == 200


def test_a_body_is_judged_before_its_connection_and_both_before_the_number_of_jobs(
    post, settings, job
):
    settings.JOBS_PER_CALLER = 1
    absent = "con_0000000000000002"
    refused(post({"connection_id": absent, "limit": 0}), 400, "invalid_body", "limit")
    refused(post({"connection_id": absent}), 404, "inexistent_connection")
    refused(post({}), 429, "too_many_jobs")


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("post", "/users-exports"),
        ("get", "/{}"),
        ("get", "/{}/errors"),
        ("post", "/{}/cancel"),
        ("get", ""),
    ],
)
def test_an_unknown_parameter_is_refused_everywhere(reader, call, job, method, path):
    answer = getattr(call(reader), method)(f"{PATH}{path.format(job.pk)}?limit=5")
    refused(answer, 400, "invalid_query_string", "limit: unknown parameter", "(given: 5)")
    assert Job.objects.get().state == "queued"


@pytest.mark.parametrize(
    ("method", "path"),
    [("get", "/users-exports"), ("put", "/{}"), ("get", "/{}/cancel"), ("post", "")],
)
def test_another_method_is_refused(reader, call, job, method, path):
    answer = getattr(call(reader), method)(f"{PATH}{path.format(job.pk)}")
    refused(answer, 405, "method_not_allowed")
    assert answer["Allow"]


def test_a_failure_is_told_in_the_envelope(post, monkeypatch):
    monkeypatch.setattr("users.api.jobs.views.spec_of", lambda *args: 1 / 0)
    refused(post({}), 500, "internal_error", "internal server error")


# -- too many


def test_too_many_active_jobs_have_to_wait(cast, reader, post, settings):
    settings.JOBS_PER_CALLER = 2
    for _ in range(2):
        assert post({}).status_code == 200
    answer = post({})
    refused(answer, 429, "too_many_jobs", "2 jobs of yours")
    assert int(answer["Retry-After"]) > 0
    assert post({}, cast.bob).status_code == 200  # others are not concerned
    Job.objects.owned_by(reader).first().cancel()
    assert post({}).status_code == 200
    assert Job.objects.owned_by(reader).count() == 3


def test_too_many_requests_are_told_apart(reader, post, monkeypatch):
    monkeypatch.setattr(ScopedRateThrottle, "allow_request", lambda self, request, view: False)
    monkeypatch.setattr(ScopedRateThrottle, "wait", lambda self: 7)
    answer = post({})
    refused(answer, 429, "too_many_requests")
    assert answer["Retry-After"] == "7"


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
    expected = {
        "status": status,
        "type": "users_export",
        "id": job.pk,
        "created_at": "2023-01-25T17:48:15.325Z",
        "format": "csv",
        "percentage_done": percentage,
        "summary": {"total": rows},
        **({} if left is None else {"time_left_seconds": left}),
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


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("page=0", "page: is not a whole number from 1 up (given: 0)"),
        ("page=x", "page: "),
        ("page_size=0", "page_size: is not a whole number from 1 to 100"),
        ("page_size=101", "page_size: "),
        ("per_page=5", "per_page: unknown parameter"),
        ("status=done", "status: unknown value; allowed: pending, processing, completed, failed"),
        ("status=pendin", "did you mean `pending`?"),
        ("page=1&page=2", "page: given more than once"),
    ],
)
def test_a_question_about_jobs_that_is_not_understood(reader, call, query, message):
    refused(call(reader).get(f"{PATH}?{query}"), 400, "invalid_query_string", message)


@pytest.mark.parametrize("size", [10, 100])
def test_a_hundred_jobs_cost_as_many_queries_as_ten(
    reader, call, settings, size, django_assert_num_queries
):
    """Caller 1, permissions 1, count 1, ids 1, rows 1."""
    settings.JOBS_PER_CALLER = 1000
    for _ in range(size):
        enqueue(reader)
    api = call(reader)
    with django_assert_num_queries(5):
        assert len(api.get(f"{PATH}?page_size=100").json()) == size


# -- connections


def test_connections(cast, call):
    corp = ConnectionFactory(name="Straße", domain="corp.example")
    built_in = Connection.objects.get(pk=BUILT_IN)
    shown = {
        BUILT_IN: {
            "id": BUILT_IN,
            "name": built_in.name,
            "domain": "local",
            "is_builtin": True,
        },
        corp.pk: {
            "id": corp.pk,
            "name": "Straße",
            "domain": "corp.example",
            "is_builtin": False,
        },
    }
    api = call(cast.sam)
    assert api.get("/api/v2/connections").json() == [shown[pk] for pk in sorted(shown)]
    assert api.get("/api/v2/connections?name=STRASSE").json() == [shown[corp.pk]]
    assert api.get("/api/v2/connections?name=Stra").json() == []
    assert api.get("/api/v2/connections?name=").json() == [shown[pk] for pk in sorted(shown)]
    assert api.get(f"/api/v2/connections/{corp.pk}").json() == shown[corp.pk]


def test_connections_as_the_public_clients_ask_for_them(reader, call):
    for n in range(3):
        ConnectionFactory(name=f"C{n}")
    everyone = sorted(Connection.objects.values_list("pk", flat=True))
    api = call(reader)
    assert len(api.get("/api/v2/connections?include_fields=true").json()) == 4
    page = api.get("/api/v2/connections?include_totals=true&take=3&fields=id").json()
    assert page == {
        "connections": [{"id": pk} for pk in everyone[:3]],
        "total": 4,
        "next": everyone[2],
    }
    page = api.get(f"/api/v2/connections?take=3&from={page['next']}&fields=id").json()
    assert page["connections"] == [{"id": everyone[3]}]
    assert "next" not in page
    others = api.get("/api/v2/connections?fields=domain,is_builtin&include_fields=false").json()
    assert set(others[0]) == {"id", "name"}
    one = api.get(f"/api/v2/connections/{BUILT_IN}?fields=Domain&include_fields=true")
    assert one.json() == {"domain": "local"}


@pytest.mark.parametrize(
    ("path", "status", "code", "message"),
    [
        ("?nam=x", 400, "invalid_query_string", "did you mean `name`?"),
        ("?strategy=auth0", 400, "invalid_query_string", "strategy: unknown parameter"),
        ("?name=%00", 400, "invalid_query_string", "name: "),
        ("?fields=password", 400, "invalid_query_string", "allowed: id, name, domain"),
        ("?take=0", 400, "invalid_query_string", "take: "),
        (f"/{BUILT_IN}?name=x", 400, "invalid_query_string", "name: unknown parameter"),
        ("/con_0000000000000002", 404, "inexistent_connection", "con_0000000000000002"),
        ("/%00", 404, "inexistent_connection", "no such connection"),
        ("/x", 404, "inexistent_connection", "no such connection"),
    ],
)
def test_questions_about_connections_that_are_refused(reader, call, path, status, code, message):
    refused(call(reader).get(f"/api/v2/connections{path}"), status, code, message)


def test_connections_need_a_permission(cast, call):
    for path in ("", f"/{BUILT_IN}"):
        refused(call(cast.charlie).get(f"/api/v2/connections{path}"), 403, "insufficient_scope")
        refused(call().get(f"/api/v2/connections{path}"), 401, "invalid_token")


# -- anything at all

TEXTS = st.one_of(
    st.text(max_size=8),
    st.sampled_from(
        ["json", "CSV", BUILT_IN, "con_0000000000000002", "email", "user_metadata", "a.b[0]", "\0"]
    ),
)
JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False), TEXTS),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(TEXTS, inner, max_size=3)),
    max_leaves=8,
)
FIELD = st.fixed_dictionaries({}, optional={"name": st.one_of(TEXTS, JSON), "export_as": TEXTS})
BODY = st.fixed_dictionaries(
    {},
    optional={
        "connection_id": st.one_of(TEXTS, JSON),
        "connection": st.one_of(TEXTS, JSON),
        "format": st.one_of(TEXTS, JSON),
        "limit": st.one_of(st.integers(), JSON),
        "fields": st.one_of(st.lists(FIELD, max_size=3), JSON),
    },
)
CODES = {
    400: {"invalid_body"},
    404: {"inexistent_connection"},
}


def test_no_body_breaks_the_service(reader, call, settings, monkeypatch):
    settings.JOBS_PER_CALLER = 10_000
    monkeypatch.setattr(SimpleRateThrottle, "allow_request", lambda self, request, view: True)
    api = call(reader)

    @fuzz(
        max_examples=300,
        deadline=None,
        suppress_health_check=[HealthCheck.function_scoped_fixture],
    )
    @given(st.one_of(BODY, JSON))
    def ask(body):
        content = json.dumps(body)
        answer = api.post(EXPORTS, content, content_type="application/json")
        if answer.status_code == 200:
            shown = api.get(f"{PATH}/{answer.json()['id']}")
            assert answer.json().items() <= shown.json().items()
        else:
            assert answer.status_code in CODES, answer.content
            assert answer.json()["errorCode"] in CODES[answer.status_code]
            assert set(answer.json()) == {"statusCode", "error", "message", "errorCode"}

    ask()
