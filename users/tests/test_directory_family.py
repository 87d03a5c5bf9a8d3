"""The directory document, parameter by parameter, value by value, header by header."""

import re
import uuid
from datetime import UTC, datetime, timedelta

import pytest

from users.models import User
from users.querysets import SortKey

from .factories import UserFactory

pytestmark = pytest.mark.django_db
NOW = datetime(2025, 6, 21, 10, 30, 0, 250_000, tzinfo=UTC)


@pytest.fixture
def ask(request, call):
    """A function that asks for a page; as a superuser unless a person is given."""

    def get(query="", person=None, path="/users", **headers):
        person = person or User.objects.filter(username="root").first()
        person = person or User.objects.create_superuser("root", "root@x.example", created_at=NOW)
        return call(person).get(f"{path}?{query}", headers=headers)

    return get


def names(answer):
    assert answer.status_code == 200, answer.json()
    return [person["identifier"] for person in answer.json()]


@pytest.mark.parametrize("path", ["/users", "/api/users"])
def test_a_page_is_a_bare_array_of_people(cast, ask, path):
    answer = ask("search=ivo", cast.bob, path)
    assert answer["Content-Type"] == "application/json"
    [ivo] = answer.json()
    assert ivo == {
        "id": str(cast.ivo.pk),
        "identifier": "ivo",
        "name": "Ivo",
        "email": "ivo@example.com",
        "user_type": "saas_user",
        "status": "active",
        "created_at": cast.ivo.created_at.isoformat().replace("+00:00", "Z"),
        "updated_at": cast.ivo.updated_at.isoformat().replace("+00:00", "Z"),
    }


def test_instants_show_microseconds_as_needed(ask):
    UserFactory(username="whole", created_at=NOW.replace(microsecond=0), updated_at=NOW)
    [person] = ask("search=whole").json()
    assert person["created_at"] == "2025-06-21T10:30:00Z"
    assert person["updated_at"] == "2025-06-21T10:30:00.250000Z"


# -- metadata


def test_who_created_and_changed_is_shown_to_those_who_may_see_it(cast, ask):
    made = UserFactory(
        username="made", organization=cast.europe, created_by=cast.alice, updated_by=cast.bob
    )
    [shown] = ask("search=made", cast.alice).json()
    assert (shown["created_by"], shown["updated_by"]) == (str(cast.alice.pk), str(cast.bob.pk))
    for person in (cast.bob, cast.rita, cast.sam):
        [hidden] = ask("search=made", person).json()
        assert set(shown) - set(hidden) == {"created_by", "updated_by"}
    assert names(ask(f"created_by={cast.alice.pk}", cast.alice)) == ["made"]
    assert names(ask(f"updated_by={cast.bob.pk}", cast.alice)) == ["made"]
    assert names(ask(f"id={made.pk}", cast.alice)) == ["made"]


@pytest.mark.parametrize("name", ["id", "created_by", "updated_by"])
def test_filters_on_metadata_need_the_permission(cast, ask, name):
    answer = ask(f"{name}={uuid.uuid4()}&nonsense=1", cast.bob)
    assert answer.status_code == 403
    assert answer.json()["message"].startswith("insufficient permissions")
    assert name in answer.json()["message"]
    assert ask(f"{name}=", cast.bob).status_code == 200
    assert names(ask(f"{name}={uuid.uuid4()}", cast.alice)) == []


@pytest.mark.parametrize("name", ["created_by", "updated_by"])
def test_sorting_by_metadata_needs_the_permission(cast, ask, name):
    assert ask(f"sort_by={name}", cast.alice).status_code == 200
    answer = ask(f"sort_by={name}", cast.bob)
    assert answer.status_code == 400
    assert name not in answer.json()["data"]["errors"][0]["message"].split("allowed:")[1]


# -- filters


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("user_type=saas_admin", ["adm", "root"]),
        ("user_type=SAAS_USER_CLIENT", ["cli"]),
        ("user_type=saas_admin,saas_user_client", ["adm", "cli", "root"]),
        ("status=onboarding", ["onb"]),
        ("status=inactive&status=Risky", ["ina", "ris"]),
        ("status[]=suspended", ["sus"]),
        ("status=active&user_type=saas_user_client", ["cli"]),
        ("status=", ["adm", "cli", "ina", "onb", "ris", "root", "sus"]),
        ("search=CLI", ["cli"]),
        ("search=cli+example", ["cli"]),
        ("search=cli+adm", []),
    ],
)
def test_filters(ask, query, found):
    UserFactory(username="adm", user_type="saas_admin")
    UserFactory(username="cli", user_type="saas_user_client")
    for word in ("onboarding", "inactive", "risky"):
        UserFactory(username=word[:3], status=word)
    UserFactory(username="sus", suspended=True)
    UserFactory(username="del").soft_delete()
    assert sorted(names(ask(query))) == found


# -- order

WORDS = {
    "id": "id",
    "identifier": "username",
    "name": "name",
    "email": "email",
    "user_type": "user_type",
    "status": "status",
    "created_at": "created_at",
    "updated_at": "updated_at",
    "created_by": "created_by",
    "updated_by": "updated_by",
}


@pytest.mark.parametrize(("word", "key"), list(WORDS.items()))
def test_each_word_sorts_both_ways(cast, ask, word, key):
    UserFactory(organization=cast.asia, created_by=cast.bob, updated_by=cast.alice)
    up = [person.username for person in User.objects.sorted_by(SortKey(key))]
    down = [person.username for person in User.objects.sorted_by(SortKey(key, descending=True))]
    assert names(ask(f"sort_by={word}")) == up
    assert names(ask(f"sort_by={word.upper()}&sort_order=ASC")) == up
    assert names(ask(f"sort_by={word}&sort_order=desc")) == down


def test_newest_first_unless_asked_otherwise(ask):
    for days in (2, 1, 3):
        UserFactory(username=f"d{days}", created_at=NOW + timedelta(days=days))
    assert names(ask()) == ["d3", "d2", "d1", "root"]
    assert names(ask("sort_order=desc")) == ["d3", "d2", "d1", "root"]
    assert names(ask("sort_order=asc")) == ["root", "d1", "d2", "d3"]
    assert names(ask("sort_by=created_at")) == ["root", "d1", "d2", "d3"]


# -- pages


@pytest.fixture
def nine(ask):
    for n in range(1, 9):
        UserFactory(username=f"u{n}", created_at=NOW + timedelta(days=n))
    return ["u8", "u7", "u6", "u5", "u4", "u3", "u2", "u1", "root"]


def links(answer):
    return {
        rel: re.search(r"[?&]page=(\d+)", address)[1]
        for address, rel in re.findall(r'<([^>]+)>; rel="(\w+)"', answer["Link"])
    }


@pytest.mark.parametrize(
    ("page", "first", "last", "rels"),
    [
        (1, 0, 4, {"first": "1", "next": "2", "last": "3"}),
        (2, 4, 8, {"first": "1", "prev": "1", "next": "3", "last": "3"}),
        (3, 8, 9, {"first": "1", "prev": "2", "last": "3"}),
        (4, 9, 9, {"first": "1", "prev": "3", "last": "3"}),
        (10**17, 9, 9, {"first": "1", "prev": str(10**17 - 1), "last": "3"}),
    ],
)
def test_pages(ask, nine, page, first, last, rels):
    answer = ask(f"page={page}&page_size=4")
    assert names(answer) == nine[first:last]
    assert answer["X-Total-Count"] == "9"
    assert "X-Total-Count-Capped" not in answer
    assert links(answer) == rels


def test_links_keep_the_question(ask, nine):
    answer = ask("page_size=4&status=active&status=risky&search=u")
    following = re.search(r'<([^>]+)>; rel="next"', answer["Link"])[1]
    assert following.startswith("http://localhost:8000/users?")
    assert names(ask(following.split("?")[1])) == nine[4:8]


def test_a_page_has_twenty_people_unless_asked(ask):
    UserFactory.create_batch(25)
    assert len(names(ask())) == 20
    assert len(names(ask("page_size=26"))) == 26


def test_the_count_is_capped_unless_the_exact_one_is_preferred(ask, nine, monkeypatch):
    monkeypatch.setattr("usersvc.api.pagination.COUNTED", 8)
    capped = ask("page_size=4")
    assert (capped["X-Total-Count"], capped["X-Total-Count-Capped"]) == ("8", "true")
    assert links(capped) == {"first": "1", "next": "2"}
    assert links(ask("page_size=4&page=3")) == {"first": "1", "prev": "2"}
    assert names(ask("page_size=4&page=99")) == []
    exact = ask("page_size=4", Prefer="respond-async, count=exact")
    assert (exact["X-Total-Count"], exact["Preference-Applied"]) == ("9", "count=exact")
    assert "X-Total-Count-Capped" not in exact
    assert links(exact)["last"] == "3"
    monkeypatch.setattr("usersvc.api.pagination.COUNTED", 9)
    assert "X-Total-Count-Capped" not in ask()


# -- headers, permissions, cost


@pytest.mark.parametrize("version", ["v1", "V1", "", " v1 "])
def test_the_version_is_echoed(cast, ask, version):
    answer = ask("", cast.bob, **{"X-API-Version": version})
    assert (answer.status_code, answer["X-API-Version"]) == (200, "v1")


def test_an_unknown_version_is_refused_after_the_token(cast, ask, call):
    answer = ask("", cast.bob, **{"X-API-Version": "v2"})
    assert answer.status_code == 400
    assert answer.json()["data"]["errors"] == [
        {"key": "X-API-Version", "message": "unknown version; allowed: v1", "value": "v2"}
    ]
    assert call().get("/users", headers={"X-API-Version": "v2"}).status_code == 401
    assert call(cast.ivo).get("/users", headers={"X-API-Version": "v2"}).status_code == 403


@pytest.mark.parametrize("kind", ["application/xml", "multipart/form-data", "text/plain", "x"])
def test_the_content_type_of_a_get_is_ignored(cast, ask, kind):
    assert ask("", cast.bob, **{"Content-Type": kind, "Accept": "text/html"}).status_code == 200


def test_head_answers_as_get(cast, call):
    answer = call(cast.bob).head("/users?page_size=2")
    assert (answer.status_code, answer["X-Total-Count"]) == (200, "6")


def test_who_may_list_sees_its_own_subtree(cast, ask):
    europe = ["alice", "bob", "charlie", "ivo", "rita", "sam"]
    for person in (cast.alice, cast.bob, cast.rita, cast.sam):
        assert sorted(names(ask("", person))) == europe
    assert sorted(names(ask("", cast.sue))) == ["akira", *europe[:4], "rita", "sam", "sue"]
    assert names(ask("", cast.nora)) == ["nora"]
    assert len(names(ask())) == 11
    assert ask("", cast.ivo).status_code == 403


@pytest.mark.parametrize("size", [10, 100])
def test_a_hundred_rows_cost_as_many_queries_as_ten(cast, call, django_assert_num_queries, size):
    """Caller 1, permissions 1, sight 1, count 1, rows 1."""
    api = call(cast.sue)
    UserFactory.create_batch(size, organization=cast.asia, roles=["Reader"])
    with django_assert_num_queries(5):
        assert len(api.get(f"/users?page_size={size}").json()) == size
