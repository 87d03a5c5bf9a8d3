"""The export document, parameter by parameter, value by value, header by header."""

import csv
import io
import uuid
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.db import connection

from users.models import Role, User
from users.querysets import SortKey

from .factories import OrganizationFactory, UserFactory

pytestmark = pytest.mark.django_db
NOW = datetime(2025, 6, 21, 10, 30, tzinfo=UTC)
TITLES = (
    "Username,Email,Name,Phone,Organization,User Roles,Status,Created At,Latest Login At,"
    "Suspended At\n"
)


def rows(answer):
    assert answer.status_code == 200, answer.json()
    return list(csv.DictReader(io.StringIO(answer.getvalue().decode(), newline="")))


def usernames(answer):
    return [row["Username"] for row in rows(answer)]


@pytest.fixture
def root():
    return User.objects.create_superuser("root", "root@example.com", created_at=NOW)


@pytest.fixture
def export(request, call):
    """A function that asks for a CSV; as the fixture root unless a person is given."""

    def ask(query="", person=None):
        person = person or request.getfixturevalue("root")
        return call(person).get(f"/api/users/export?format=csv&{query}")

    return ask


@pytest.mark.parametrize("path", ["/api/users/export", "/users/export"])
def test_a_file_with_its_headers(cast, call, path):
    with time_machine.travel(NOW, tick=False):
        answer = call(cast.root).get(f"{path}?format=csv")
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    name = "users_export_2025-06-21_103000.csv"
    assert answer["Content-Disposition"] == f'attachment; filename="{name}"'
    assert answer["Cache-Control"] == "no-store"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert len(rows(answer)) == 11


def test_a_row_as_documented(root, export):
    UserFactory(
        username="ben",
        email="ben@example.com",
        name="Benjamin Zhang",
        phone="+39 055 123",
        organization=OrganizationFactory(name='Zhang, "Sons" & Co'),
        roles=["Support", "Admin"],
        created_at=NOW,
        last_login=NOW + timedelta(microseconds=999_999),
        status="suspended",
        suspended_at=NOW + timedelta(days=1),
    )
    answer = export("search=ben")
    assert answer.getvalue().decode() == TITLES + (
        'ben,ben@example.com,Benjamin Zhang,+39 055 123,"Zhang, ""Sons"" & Co",'
        '"Admin, Support",suspended,2025-06-21 10:30:00 UTC,2025-06-21 10:30:00 UTC,'
        "2025-06-22 10:30:00 UTC\n"
    )


def test_the_titles_stand_above_nothing_too(export):
    assert export("search=nobody").getvalue().decode() == TITLES


def test_head_answers_as_get_without_a_file(cast, call):
    head = call(cast.rita).head("/api/users/export?format=pdf")
    assert head.status_code == 200
    assert head["Content-Type"] == "application/pdf"
    assert head["Content-Disposition"].endswith('.pdf"')
    assert head.getvalue() == b""
    assert call(cast.rita).head("/api/users/export").status_code == 400


@pytest.mark.parametrize("accept", ["text/csv", "application/pdf", "image/png", "nonsense"])
def test_accept_never_refuses(cast, call, accept):
    answer = call(cast.rita).get("/api/users/export?format=csv", HTTP_ACCEPT=accept)
    assert answer.status_code == 200
    wrong = call(cast.rita).get("/api/users/export", HTTP_ACCEPT=accept)
    assert wrong.json()["code"] == 400


# -- format


@pytest.mark.parametrize("word", ["csv", "CSV", "Csv", "csv&format=CSV"])
def test_format_in_any_case(cast, call, word):
    assert call(cast.rita).get(f"/api/users/export?format={word}").status_code == 200


# -- status


@pytest.fixture
def statuses():
    UserFactory(username="act")
    UserFactory(username="ina", status="inactive")
    UserFactory(username="sus", suspended=True)
    UserFactory(username="del").soft_delete()


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", ["act", "ina", "root", "sus"]),
        ("status=", ["act", "ina", "root", "sus"]),
        ("status=enabled", ["act", "ina", "root"]),
        ("status=SUSPENDED", ["sus"]),
        ("status=deleted", ["del"]),
        ("status=suspended&status=deleted", ["del", "sus"]),
        ("status=suspended,deleted", ["del", "sus"]),
        ("status[]=suspended&status[]=deleted", ["del", "sus"]),
        ("status=suspended&status=suspended", ["sus"]),
        ("status=suspended,,", ["sus"]),
        ("status=enabled,suspended,deleted", ["act", "del", "ina", "root", "sus"]),
    ],
)
def test_status(statuses, export, query, found):
    assert sorted(usernames(export(query))) == found


def test_status_prints_the_word_that_finds_it(statuses, export):
    found = rows(export("status=enabled,suspended,deleted"))
    assert {row["Username"]: row["Status"] for row in found} == {
        "root": "enabled",
        "act": "enabled",
        "ina": "enabled",
        "sus": "suspended",
        "del": "deleted",
    }


# -- organization_id, role, search


def test_organization_id_is_the_external_id_exactly(cast, export):
    def of(query):
        return sorted(usernames(export(query, cast.root)))

    assert of("organization_id=acme-italy") == ["ivo"]
    assert of("organization_id=acme-italy&organization_id=acme-asia") == ["akira", "ivo"]
    assert of("organization_id[]=acme-italy") == ["ivo"]
    assert of("organization_id=acme-italy,acme-asia") == []
    assert of("organization_id=ACME-ITALY") == []
    assert of(f"organization_id={cast.italy.pk}") == []
    assert of("organization_id=%00") == []


def test_an_organization_out_of_sight_names_nothing(cast, export):
    assert usernames(export("organization_id=acme-asia", cast.alice)) == []
    assert usernames(export("organization_id=globex&organization_id=acme-italy", cast.alice)) == [
        "ivo"
    ]


def test_role_is_the_id_of_a_role(cast, export):
    reader, support = (Role.objects.get(name=name).pk for name in ("Reader", "Support"))
    assert sorted(usernames(export(f"role={reader}", cast.root))) == ["nora", "rita"]
    assert sorted(usernames(export(f"role={reader}&role={support}", cast.alice))) == ["rita", "sam"]
    for nothing in (uuid.uuid4(), "Reader", "nonsense", "%00", f"{reader},{support}", "''--"):
        assert usernames(export(f"role={nothing}", cast.root)) == []


def test_parameters_are_joined_by_and(cast, export):
    cast.ivo.suspend()
    assert usernames(export("organization_id=acme-italy&status=suspended", cast.alice)) == ["ivo"]
    assert usernames(export("organization_id=acme-italy&status=enabled", cast.alice)) == []


def test_search(cast, export):
    assert usernames(export("search=IVO", cast.alice)) == ["ivo"]
    assert usernames(export("search=akira", cast.alice)) == []
    assert usernames(export("search=ivo+example", cast.alice)) == ["ivo"]


# -- order

SORT_WORDS = {
    "name": "name",
    "email": "email",
    "username": "username",
    "created_at": "created_at",
    "updated_at": "updated_at",
    "latest_login_at": "last_login",
    "organization": "organization",
    "status": "export_status",
}


@pytest.mark.parametrize(("word", "key"), list(SORT_WORDS.items()))
def test_each_word_sorts_both_ways(statuses, cast, export, word, key):
    cast.bob.record_sign_in()
    everybody = User.objects.all()
    up = [person.username for person in everybody.sorted_by(SortKey(key))]
    down = [person.username for person in everybody.sorted_by(SortKey(key, descending=True))]
    # Asking notes a sign-in of who asks, so that person's own place is not looked at.
    for query, expected in {
        f"sort_by={word}": up,
        f"sort_by={word}&sort_direction=asc": up,
        f"sort_by={word.upper()}&sort_direction=DESC": down,
    }.items():
        found = usernames(export(query, cast.root))
        assert [name for name in found if name != "root"] == [n for n in expected if n != "root"]


def test_newest_first_unless_asked_otherwise(export):
    for days in (2, 1, 3):
        UserFactory(username=f"d{days}", created_at=NOW + timedelta(days=days))
    assert usernames(export()) == ["d3", "d2", "d1", "root"]
    assert usernames(export("sort_by=")) == ["d3", "d2", "d1", "root"]
    assert usernames(export("sort_direction=desc")) == ["d3", "d2", "d1", "root"]
    assert usernames(export("sort_direction=asc")) == ["root", "d1", "d2", "d3"]
    assert usernames(export("sort_by=created_at")) == ["root", "d1", "d2", "d3"]


# -- the limit


def test_exactly_the_limit_passes_and_one_more_is_refused(export, settings):
    settings.EXPORT_MAX_ROWS = 3
    UserFactory.create_batch(2)
    assert len(rows(export())) == 3
    UserFactory()
    answer = export()
    assert answer.status_code == 400
    data = answer.json()["data"]
    assert [error["key"] for error in data["errors"]] == ["limit"]
    assert "4 users match" in data["errors"][0]["message"]
    assert data["details"] == {"total_count": 4, "max_limit": 3}
    assert export("search=root").status_code == 200


def test_ten_thousand_pass_and_one_more_does_not(root, call):
    people = [User(username=f"u{n}", email=f"u{n}@x.example", name="U") for n in range(10_000)]
    User.objects.bulk_create(people)
    answer = call(root).get("/api/users/export?format=csv")
    assert answer.json()["data"]["details"] == {"total_count": 10_001, "max_limit": 10_000}
    people[0].soft_delete()
    answer = call(root).get("/api/users/export?format=csv")
    assert len(rows(answer)) == 10_000


# -- who


def test_each_role_gets_what_it_may(cast, call):
    europe = ["alice", "bob", "charlie", "ivo", "rita", "sam"]
    seen = {
        cast.root: 11,
        cast.sue: [*europe, "akira", "sue"],
        cast.alice: europe,
        cast.bob: europe,
        cast.rita: europe,
        cast.nora: ["nora"],
        cast.zoe: ["zoe"],
    }
    for person, expected in seen.items():
        found = sorted(usernames(call(person).get("/api/users/export?format=csv")))
        assert found == sorted(expected) if isinstance(expected, list) else len(found) == expected
    for person in (cast.sam, cast.ivo, cast.charlie):
        answer = call(person).get("/api/users/export?format=csv")
        assert answer.status_code == 403
        assert answer.json() == {"code": 403, "message": "insufficient permissions", "data": {}}


def test_refusals_come_in_their_order(cast, call):
    assert call().get("/api/users/export?format=xlsx").status_code == 401
    assert call(cast.sam).get("/api/users/export?format=xlsx").status_code == 403
    assert call(cast.rita).get("/api/users/export?format=xlsx").status_code == 400


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
def test_other_methods_are_refused_in_the_envelope(cast, call, method):
    answer = getattr(call(cast.rita), method)("/api/users/export?format=csv")
    assert answer.status_code == 405
    assert answer.json() == {"code": 405, "message": "method not allowed", "data": {}}
    assert getattr(call(), method)("/api/users/export").status_code == 401


def test_too_many_files_a_minute_are_refused(cast, call):
    api = call(cast.rita)
    for _ in range(120):
        assert api.head("/api/users/export?format=csv").status_code == 200
    answer = api.get("/api/users/export?format=csv")
    assert answer.status_code == 429
    assert int(answer["Retry-After"]) > 0
    assert answer.json() == {"code": 429, "message": "too many requests", "data": {}}
    assert call(cast.bob).get("/api/users/export?format=csv").status_code == 200


# -- what it costs


def test_a_hundred_rows_cost_as_many_queries_as_ten(cast, call, django_assert_num_queries):
    """Caller, permissions, sight, count, audit twice, rows (SQLite: numbers first), roles."""
    api = call(cast.sue)
    for size in (10, 90):
        UserFactory.create_batch(size, organization=cast.asia, roles=["Reader", "Support"])
        api.get("/api/users/export?format=csv").getvalue()  # fills the content type cache
        with django_assert_num_queries({"sqlite": 12, "postgresql": 11}[connection.vendor]):
            answer = api.get("/api/users/export?format=csv")
            answer.getvalue()
