"""Bad input to the export family: each gets the documented body, and nobody's data."""

import pytest

from users.models import User

# Once: it is refused before any database is asked.
pytestmark = [pytest.mark.django_db, pytest.mark.one_cast, pytest.mark.once]
PATH = "/api/users/export"


def faults(answer):
    assert answer.status_code == 400, answer.content
    body = answer.json()
    assert (body["code"], body["message"]) == (400, "validation failed")
    assert body["data"]["type"] == "validation_error"
    return {error["key"]: (error["message"], error["value"]) for error in body["data"]["errors"]}


CASES = [
    ("format=csv%00", "format", "allowed: csv, pdf", "csv\0"),
    ("format=csv&status=enabled,gone", "status", "enabled, suspended, deleted", "gone"),
    ("format=csv&organisation_id=x", "organisation_id", "did you mean `organization_id`?", "x"),
    ("format=csv&page=1", "page", "unknown parameter", "1"),
    ("format=csv&status[0]=enabled", "status[0]", "did you mean `status`?", "enabled"),
    ("format=csv&sort_by=-name", "sort_by", "did you mean `name`?", "-name"),
    ("format=csv&search=" + "a" * 20_000, "search", "longer than 1000", "a" * 199 + "…"),
]


@pytest.mark.parametrize(("query", "key", "message", "value"), CASES)
def test_a_fault_names_parameter_value_and_what_is_allowed(cast, call, query, key, message, value):
    found = faults(call(cast.rita).get(f"{PATH}?{query}"))
    assert list(found) == [key]
    assert message in found[key][0]
    assert found[key][1] == value


def test_every_fault_is_named_at_once(cast, call):
    query = "format=x&status=a,b&sort_by=c&nonsense=d"
    answer = call(cast.rita).get(f"{PATH}?{query}")
    assert set(faults(answer)) == {"format", "status", "sort_by", "nonsense"}
    assert [error["value"] for error in answer.json()["data"]["errors"]].count("b") == 1


NASTY = [
    "' OR 1=1 --",
    '"; DROP TABLE users_user; --',
    "<script>alert(1)</script>",
    "</style><style>*{display:none}",
    "%25%5F%5C",
    "{{ 7*7 }}{% include 'x' %}",
    "../../../../etc/passwd",
    "\r\nSet-Cookie: a=b",
    "=HYPERLINK(1)",
    "\ufffe\uffff\u202e",
    "a" * 1000,
    "😀" * 100,
]


@pytest.mark.parametrize("text", NASTY)
@pytest.mark.parametrize("name", ["search", "organization_id", "role"])
def test_nasty_text_names_nobody(cast, call, name, text):
    answer = call(cast.root).get(PATH, {"format": "csv", name: text})
    assert answer.status_code == 200
    assert answer.getvalue().count(b"\n") == 1
    assert User.objects.count() == 11


@pytest.mark.parametrize("query", ["search=%ED%A0%80", "organization_id=%FF", "role=%C0%80"])
def test_broken_utf8_names_nobody(cast, call, query):
    answer = call(cast.root).get(f"{PATH}?format=csv&{query}")
    assert answer.status_code == 200
    assert answer.getvalue().count(b"\n") == 1


def test_a_flood_of_parameters_is_refused(cast, call):
    query = "&".join(f"role={n}" for n in range(2000))
    assert call(cast.root).get(f"{PATH}?format=csv&{query}").status_code == 400
