"""The jobs document: a new job, and every body and caller that gets none."""

import json
import re

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
from .jobs import BUILT_IN, EXPORTS, NOW, PATH, enqueue, refused

pytestmark = [pytest.mark.django_db, pytest.mark.one_cast]


@pytest.fixture
def reader(db):
    """Somebody who may export, metadata too."""
    return UserFactory(username="reader", roles=["Admin"])


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
        "connection": "Corp",
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
    *[({"format": bad}, "format: unknown value") for bad in ("xml", 5, True, ["json"], "csv ")],
    ({"format": "jsn"}, "(did you mean `json`?); allowed: json, csv (given: \"jsn\")"),
    *[({"connection_id": bad}, "connection_id: ")
      for bad in ("con_1", f"{BUILT_IN}\n", BUILT_IN.upper(), 5, [BUILT_IN],
                  "con_\0" + "0" * 15, "con_" + "é" * 16, "con_" + "\ud800" * 16, f" {BUILT_IN}")],
    ({"connection_id": "con_1"}, "^con_[A-Za-z0-9]{16}$ (given: \"con_1\")"),
    *[({"connection": bad}, "connection: ") for bad in (5, LONG, "\0", "\ud800")],
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
      for bad in (5, ["x"], LONG, "a\0", "\udfff")],
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
    {"fields": [{"name": "email", "export_as": ""}, {"name": "name", "export_as": " "}]},
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
    message = post({"fields": [{"name": ""}] * 100}).json()["message"]
    assert message.count("fields.") == 20
    assert message.endswith("; and 80 more")


# -- connections that a body names


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({"connection_id": "con_0000000000000002"}, "connection_id: no such connection: con_0"),
        ({"connection": "nobody's"}, "connection: no such connection: nobody's"),
        ({"connection_id": "con_0000000000000002", "connection": "Built-in"}, "connection_id: "),
        ({"connection_id": BUILT_IN, "connection": "nobody's"}, "connection: no such"),
    ],
    ids=str,
)
def test_an_unknown_connection_is_not_found(post, body, message):
    refused(post(body), 404, "inexistent_connection", message)
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


# -- the profile


@pytest.mark.parametrize(
    ("path", "canonical", "whole"),
    [
        ("email", "email", False),
        ("EMAIL", "email", False),
        ("User_Metadata.Country", "user_metadata.Country", False),
        ("APP_METADATA", "app_metadata", True),
        ("user_metadata[0]", "user_metadata[0]", False),
        ("Identities", "identities", True),
        ("Identities[3]", "identities[3]", True),
        ("identities[0].connection", "identities[0].connection", False),
        ("identities.connection", "identities.connection", False),
        ("roles", "roles", False),
        ("Last_IP", "Last_IP", False),
    ],
)
def test_paths(path, canonical, whole):
    assert profile.is_path(path)
    assert profile.canonical(path) == canonical
    assert profile.is_whole_object(canonical) == whole


def test_the_default_fields_are_in_the_profile():
    assert {profile.root_of(name) for name in profile.DEFAULT_FIELDS} <= set(profile.PROFILE)
    assert not any(profile.is_whole_object(name) for name in profile.DEFAULT_FIELDS)


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


def test_an_empty_value_is_an_absent_one(post):
    answer = post({"format": "", "connection_id": " ", "connection": "", "fields": []})
    assert answer.status_code == 200
    assert set(answer.json()) == {"status", "type", "id", "created_at"}
