"""The download document, parameter by parameter, value by value, header by header."""

import csv
import io
import json
import uuid
from datetime import UTC, datetime, timedelta
from urllib.parse import urlencode

import pytest
import time_machine
from django.db import connection

from users.models import AuditEntry, Connection, User
from users.querysets import SortKey

from .factories import (
    ConnectionFactory,
    GroupFactory,
    OrganizationFactory,
    SiteFactory,
    TagFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db
NOW = datetime(2025, 6, 21, 10, 30, tzinfo=UTC)
HOUR = timedelta(hours=1)
PATH = "/api/v2/users/download"
TOKENS = [
    "firstname", "lastname", "fullname", "userid", "email", "status", "lastloggedin",
    "passwordexpiry", "phone", "authdomain", "mfa", "emailverified", "createdat",
    "scheduleaccessstart", "scheduleaccessend", "scheduleaccesstimezone", "tags",
]  # fmt: skip


@pytest.fixture
def ask(call):
    """A function that downloads; as a superuser of its own unless a person is given."""

    def get(query="", person=None, **parameters):
        person = person or User.objects.filter(username="root").first()
        person = person or User.objects.create_superuser("root", "root@x.example", created_at=NOW)
        return call(person).get(f"{PATH}?{query}", parameters or None)

    return get


def rows(answer):
    assert answer.status_code == 200, answer.json()
    return list(csv.DictReader(io.StringIO(answer.getvalue().decode(), newline="")))


def names(answer):
    return sorted(row["userid"] for row in rows(answer) if row["userid"] != "root")


def test_all_columns_in_their_order_with_their_headers(cast, call):
    with time_machine.travel(NOW, tick=False):
        answer = call(cast.rita).get(PATH)
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    name = "users_export_2025-06-21_103000.csv"
    assert answer["Content-Disposition"] == f'attachment; filename="{name}"'
    assert answer["Cache-Control"] == "no-store"
    assert answer.getvalue().decode().split("\n")[0] == ",".join(TOKENS)


def full_person():
    return UserFactory(
        username="ben",
        email="ben@example.com",
        name="Benjamin Zhang",
        given_name="Benjamin",
        family_name="Zhang",
        phone="+39 055 123",
        connection=ConnectionFactory(domain="corp.example"),
        mfa_enabled=True,
        email_verified=True,
        created_at=NOW,
        last_login=NOW + timedelta(microseconds=999_999),
        password_expires_at=NOW + HOUR,
        access_starts_at=NOW,
        access_ends_at=NOW + timedelta(days=30),
        access_timezone="America/New_York",
        tags=[TagFactory(name="vip"), TagFactory(name="Alpha"), TagFactory(name="two words")],
    )


def test_a_row_as_documented(ask):
    full_person()
    with time_machine.travel(NOW + HOUR, tick=False):
        [row] = rows(ask("search=ben&timezone=asia/kolkata"))
    assert row == {
        "firstname": "Benjamin",
        "lastname": "Zhang",
        "fullname": "Benjamin Zhang",
        "userid": "ben",
        "email": "ben@example.com",
        "status": "Enabled*",
        "lastloggedin": "2025-06-21T16:00:00+0530",
        "passwordexpiry": "2025-06-21T17:00:00+0530",
        "phone": "+39 055 123",
        "authdomain": "corp.example",
        "mfa": "true",
        "emailverified": "true",
        "createdat": "2025-06-21T16:00:00+0530",
        "scheduleaccessstart": "2025-06-21T06:30:00-0400",
        "scheduleaccessend": "2025-07-21T06:30:00-0400",
        "scheduleaccesstimezone": "America/New_York",
        "tags": "Alpha;two words;vip",
    }


def test_a_blank_row(ask):
    UserFactory(username="new", name="New", created_at=NOW)
    [row] = rows(ask("search=new"))
    blank = {token: value for token, value in row.items() if value}
    assert blank == {
        "fullname": "New",
        "userid": "new",
        "email": "new@example.com",
        "status": "Enabled",
        "lastloggedin": "Never",
        "authdomain": "local",
        "mfa": "false",
        "emailverified": "false",
        "createdat": "2025-06-21T10:30:00+0000",
        "scheduleaccesstimezone": "UTC",
    }
    assert Connection.objects.get(domain="local").pk == "con_0000000000000001"


def test_nobody_is_a_title_row(ask):
    assert ask("search=nobody").getvalue().decode() == ",".join(TOKENS) + "\n"


# -- time zones


@pytest.mark.parametrize(
    ("zone", "at", "shown"),
    [
        ("UTC", "2025-06-21T10:30:00Z", "2025-06-21T10:30:00+0000"),
        ("Asia/Kolkata", "2025-06-21T10:30:00Z", "2025-06-21T16:00:00+0530"),
        ("america/new_york", "2025-03-09T06:59:59Z", "2025-03-09T01:59:59-0500"),
        ("America/New_York", "2025-03-09T07:00:00Z", "2025-03-09T03:00:00-0400"),
        ("America/New_York", "2025-11-02T05:30:00Z", "2025-11-02T01:30:00-0400"),
        ("America/New_York", "2025-11-02T06:30:00Z", "2025-11-02T01:30:00-0500"),
        ("Australia/Lord_Howe", "2025-04-05T14:59:59Z", "2025-04-06T01:59:59+1100"),
        ("Australia/Lord_Howe", "2025-04-05T15:00:00Z", "2025-04-06T01:30:00+1030"),
        ("Pacific/Chatham", "2025-01-01T00:00:00Z", "2025-01-01T13:45:00+1345"),
        ("Pacific/Chatham", "2025-06-01T00:00:00Z", "2025-06-01T12:45:00+1245"),
    ],
)
def test_every_instant_is_told_in_the_zone(ask, zone, at, shown):
    UserFactory(username="ann", created_at=datetime.fromisoformat(at))
    [row] = rows(ask(f"search=ann&timezone={zone}"))
    assert row["createdat"] == shown


# -- filters of text


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("name=MÜLL", ["ann"]),
        ("name=mull", []),
        ("name=müller,", []),
        ("name=", ["ann", "bea"]),
        ("loginName=NN", ["ann"]),
        ("loginName=b", ["bea"]),
        ("mail=Bea@EXAMPLE", ["bea"]),
        ("mail=example", ["ann", "bea"]),
        ("name=%25", []),
        ("name=_", []),
        ("search=ann", ["ann"]),
        ("search=müller+ann", ["ann"]),
    ],
)
def test_text_is_contained(ask, query, found):
    UserFactory(username="ann", name="Anna Müller")
    UserFactory(username="bea")
    assert names(ask(query)) == found


# -- states and booleans


@pytest.fixture
def states():
    now = datetime.now(UTC)
    UserFactory(username="ena", mfa_enabled=True)
    UserFactory(username="sus", suspended=True, email_verified=True)
    UserFactory(username="ina", status="inactive")
    UserFactory(username="in", access_ends_at=now + HOUR)
    UserFactory(username="out", access_ends_at=now - HOUR)
    UserFactory(username="del").soft_delete()


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("accountStatus=Enabled", ["ena"]),
        ("accountStatus=disabled", ["ina", "sus"]),
        ("accountStatus=Enabled*", ["in"]),
        ("accountStatus=enabled%2A", ["in"]),
        ("accountStatus=Disabled*", ["out"]),
        ("accountStatus=", ["ena", "in", "ina", "out", "sus"]),
        ("mfa=true", ["ena"]),
        ("mfa=1&emailVerified=0", ["ena"]),
        ("mfa=FALSE", ["in", "ina", "out", "sus"]),
        ("emailVerified=1", ["sus"]),
        ("emailVerified=true&mfa=true", []),
    ],
)
def test_states(states, ask, query, found):
    assert names(ask(query)) == found


def test_the_column_shows_the_word_that_finds(states, ask):
    shown = {row["userid"]: row["status"] for row in rows(ask())}
    assert shown == {
        "root": "Enabled",
        "ena": "Enabled",
        "sus": "Disabled",
        "ina": "Disabled",
        "in": "Enabled*",
        "out": "Disabled*",
    }


# -- places, groups, tags


def test_an_organization_by_its_id_or_external_id(cast, ask):
    assert names(ask("orgId=acme-italy", cast.alice)) == ["ivo"]
    assert names(ask(f"orgId={cast.italy.pk}", cast.alice)) == ["ivo"]
    assert "ivo" not in names(ask("orgId=acme-europe", cast.alice))


@pytest.mark.parametrize("name", ["orgId", "siteId"])
def test_a_place_out_of_sight_is_not_found(cast, ask, name):
    hidden = {"orgId": cast.asia, "siteId": SiteFactory(organization=cast.asia)}[name]
    for identifier in (hidden.pk, uuid.uuid4(), "nonsense", "ACME-ITALY", "'--", "a" * 900):
        answer = ask(f"{name}={identifier}", cast.alice)
        assert answer.status_code == 404
        assert answer.json()["error_message"].startswith(f"{name}: no such")
    assert ask(f"{name}=nonsense&mfa=maybe", cast.alice).status_code == 400


def test_a_site(cast, ask):
    site = SiteFactory(organization=cast.europe)
    cast.ivo.sites.add(site)
    assert names(ask(f"siteId={site.pk}", cast.alice)) == ["ivo"]


def test_a_group_by_its_name(ask):
    UserFactory(username="ann", groups=[GroupFactory(name="Straße, Süd")])
    UserFactory(username="bea", groups=[GroupFactory(name="Straße")])
    assert names(ask(groupName="STRASSE, süd")) == ["ann"]
    assert names(ask("groupName=Stra")) == []
    assert names(ask("groupName=nothing")) == []


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("tags=VIP", ["ann"]),
        ("tags=vip,new", ["ann", "bea"]),
        ("tags=vip&tags=new", ["ann", "bea"]),
        ("tags[]=new", ["bea"]),
        ('tags=["vip","new"]', ["ann", "bea"]),
        ("tags=none", []),
        ("tags=,", ["ann", "bea"]),
    ],
)
def test_tags_are_any_of(ask, query, found):
    UserFactory(username="ann", tags=[TagFactory(name="vip"), TagFactory(name="x")])
    UserFactory(username="bea", tags=[TagFactory(name="New")])
    assert names(ask(query)) == found


# -- sign-ins


def test_never_signed_in(ask):
    UserFactory(username="new")
    UserFactory(username="old", last_login=NOW)
    assert names(ask("lastLoggedIn=never")) == ["new"]
    for bound in ("lastLoggedInFromDate", "lastLoggedInToDate"):
        answer = ask(f"lastLoggedIn=Never&{bound}=2025-06-21")
        assert answer.status_code == 400
        assert answer.json()["error_message"].startswith("lastLoggedIn: ")


# -- order

SORT_WORDS = {
    "name": "name",
    "loginName": "username",
    "mail": "email",
    "lastLoggedIn": "last_login",
    "pwdExpiryDays": "password_expires_at",
    "whenCreated": "created_at",
    "whenChanged": "updated_at",
    "scheduleAccessEndDate": "access_ends_at",
}


def in_order(answer):
    return [row["userid"] for row in rows(answer) if row["userid"] != "root"]


def expected(*keys):
    people = User.objects.exclude(username="root").sorted_by(*keys)
    return [person.username for person in people]


@pytest.mark.parametrize(("word", "key"), list(SORT_WORDS.items()))
def test_each_word_sorts_both_ways_and_down_by_itself(ask, word, key):
    for n in range(4):
        dates = {} if n == 0 else {
            "last_login": NOW + n * HOUR,
            "password_expires_at": NOW - n * HOUR,
            "access_ends_at": NOW + n * HOUR,
        }  # fmt: skip
        UserFactory(name=f"N{n % 2}", created_at=NOW + n * HOUR, **dates)
    down = expected(SortKey(key, descending=True))
    assert in_order(ask(f"sort={word}")) == down
    assert in_order(ask(f"sort={word.upper()}:DESC")) == down
    assert in_order(ask(f"sort={word}:asc")) == expected(SortKey(key))


@pytest.mark.parametrize(
    "query",
    [
        "sort=name:asc,mail:desc",
        "sort=name:asc&sort=mail",
        "sort[]=name:asc&sort[]=mail:desc",
        'sort=["name:asc","mail"]',
        'sort=[ "name:asc" ]&sort=mail',
        "sort=name:asc,name:ASC,mail",
    ],
)
def test_several_keys_in_every_way_of_writing_them(ask, query):
    for n in range(4):
        UserFactory(name=f"N{n % 2}", email=f"{n}@x.example")
    assert in_order(ask(query)) == expected(SortKey("name"), SortKey("email", descending=True))


@pytest.mark.parametrize("query", ["", "sort=", "sort=:desc", "sort=[]", "sort=whenCreated:"])
def test_newest_first_unless_asked_otherwise(ask, query):
    for n in (2, 1, 3):
        UserFactory(username=f"d{n}", created_at=NOW + n * HOUR)
    assert in_order(ask(query)) == ["d3", "d2", "d1"]


def test_the_default_field_in_another_direction(ask):
    for n in (2, 1, 3):
        UserFactory(username=f"d{n}", created_at=NOW + n * HOUR)
    assert in_order(ask("sort=:asc")) == ["d1", "d2", "d3"]


# -- _fields


@pytest.mark.parametrize(
    ("query", "titles"),
    [
        ("_fields=userid", "userid"),
        ("_fields=email,userid", "email,userid"),
        ("_fields=EMAIL&_fields=UserId", "email,userid"),
        ('_fields=["tags", "mfa"]', "tags,mfa"),
        ("_fields[]=tags&_fields[]=mfa", "tags,mfa"),
        ("_fields=userid,userid,email", "userid,email"),
        ("_fields=", ",".join(TOKENS)),
        (f"_fields={','.join(reversed(TOKENS))}", ",".join(reversed(TOKENS))),
    ],
)
def test_columns_come_in_the_order_asked_for(ask, query, titles):
    assert ask(query).getvalue().decode().split("\n")[0] == titles


@pytest.mark.parametrize("token", TOKENS)
def test_each_column_alone_is_the_same_as_among_all(ask, token):
    full_person()
    UserFactory(username="new", name="=1+1")
    with time_machine.travel(NOW, tick=False):  # asking is a sign-in, which is in the file
        whole = [row[token] for row in rows(ask("sort=loginName"))]
        alone = ask(f"sort=loginName&_fields={token}").getvalue().decode()
    assert alone.count("\n") == 4
    assert [row[token] for row in csv.DictReader(io.StringIO(alone))] == whole


# -- bad input

BAD = [
    ("sort=name:up", "sort", "allowed: asc, desc"),
    ("sort=name:asc:desc", "sort", "field:asc"),
    ("sort=name:asc,name:desc", "sort", "two directions"),
    ('sort=["name"', "sort", "JSON array"),
    ("sort=[1]", "sort", "JSON array"),
    ("sort=['name'", "sort", "JSON array"),
    ("_fields=userid,emial", "_fields", "did you mean `email`?"),
    ("fields=userid", "fields", "did you mean `_fields`?"),
    ("orgid=acme", "orgid", "did you mean `orgId`?"),
]


@pytest.mark.parametrize(("query", "key", "message"), BAD)
def test_bad_input_is_named_in_the_envelope(cast, ask, query, key, message):
    answer = ask(query, cast.alice)
    assert answer.status_code == 400
    body = answer.json()
    assert set(body) == {"authorization", "data", "error_code", "error_message", "error_status"}
    assert (body["authorization"], body["error_code"], body["error_status"]) == (True, 400, True)
    assert body["data"] == {"message": body["error_message"]}
    assert body["error_message"].startswith(f"{key}: ")
    assert message in body["error_message"]


@pytest.mark.parametrize(("who", "status"), [(None, 401), ("sam", 403), ("ivo", 403)])
def test_strangers_get_the_flat_envelope(cast, call, who, status):
    answer = call(getattr(cast, who) if who else None).get(f"{PATH}?nonsense=1")
    assert answer.status_code == status
    assert answer.json() == {
        "error_code": status,
        "error_message": {401: "invalid token", 403: "insufficient permissions"}[status],
        "error_status": True,
    }


def test_a_failure_has_an_empty_list_of_data(cast, call, monkeypatch):
    monkeypatch.setattr("exports.formats.csv.line", lambda cells: 1 / 0)
    answer = call(cast.alice).get(PATH)
    assert answer.status_code == 500
    assert answer.json() == {
        "authorization": True,
        "data": [],
        "error_code": 500,
        "error_message": "internal server error",
        "error_status": True,
    }


def test_head_takes_no_file(cast, call):
    answer = call(cast.rita).head(PATH)
    assert (answer.status_code, answer.getvalue()) == (200, b"")
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    assert not AuditEntry.objects.filter(event="export").exists()


def test_there_is_no_limit(cast, ask, settings):
    settings.EXPORT_MAX_ROWS = 3
    assert len(rows(ask("", cast.alice))) == 6


def test_the_audit_knows_the_question(cast, ask):
    query = {"timezone": "utc", "sort": "name:asc", "mfa": "0", "orgId": "acme-italy",
             "lastLoggedInToDate": "2030-01-01", "_fields": "userid"}  # fmt: skip
    ask(urlencode(query), cast.alice).getvalue()
    details = AuditEntry.objects.get(event="export").additional_data
    assert details["filters"] == {
        "timezone": "UTC",
        "sort": ["name:asc"],
        "mfa": False,
        "orgId": str(cast.italy.pk),
        "lastLoggedInToDate": "2030-01-01T23:59:59.999999Z",
        "_fields": ["userid"],
    }
    assert (details["family"], details["rows"], details["columns"]) == ("download", 0, ["userid"])
    assert json.dumps(details)


def test_sight(cast, ask):
    europe = ["alice", "bob", "charlie", "ivo", "rita", "sam"]
    assert names(ask("", cast.rita)) == europe
    assert names(ask("", cast.nora)) == ["nora"]
    assert names(ask("", cast.zoe)) == ["zoe"]


@pytest.mark.parametrize("size", [10, 100])
def test_a_hundred_rows_cost_as_many_queries_as_ten(cast, call, django_assert_num_queries, size):
    """Caller, permissions, sight, audit twice, names of tags, rows; SQLite: numbers of rows first.

    PostgreSQL: zones twice.
    """
    api = call(cast.sue)
    tags = [TagFactory(), TagFactory()]
    UserFactory.create_batch(size, organization=OrganizationFactory(parent=cast.asia), tags=tags)
    api.get(PATH).getvalue()  # fills the content type cache
    with django_assert_num_queries({"sqlite": 11, "postgresql": 12}[connection.vendor]):
        api.get(PATH).getvalue()


def test_lists_as_the_document_prints_them(cast, ask):
    answer = ask("_fields=['firstname','lastname', 'userid']&sort=['name:asc']")
    assert answer.getvalue().decode().splitlines()[0] == "firstname,lastname,userid"
