"""The body of a job, key by key: as strict as the parameters of an address."""

import pytest

from exports.models import Job
from users.api.jobs.serializers import ExportSerializer, FieldSerializer

from .factories import ConnectionFactory
from .jobs import EXPORTS, refused
from .questions import CORP

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.one_cast,
    pytest.mark.once,
]  # read before any database is asked
# key: what is understood, how that is shown, and what is refused with what it says is right
KEYS = {
    "connection_id": (CORP, CORP, "con_1", "does not match ^con_[A-Za-z0-9]{16}$"),
    "connection": ("cORP", "Corp", 5, "is not a text"),
    "format": ("CSV", "csv", "cvs", "unknown value (did you mean `csv`?); allowed: json, csv"),
    "limit": (1, 1, 0, "is not a whole number from 1 to "),
    "fields": ([{"name": "EMAIL"}], [{"name": "email"}], "email", "is not a list"),
}
FIELD_KEYS = {
    "name": ("EMAIL", "email", "a..b", "is not a path such as email, user_metadata.country"),
    "export_as": ("E-Mail", "E-Mail", 5, "is not a text"),
}
EVERY_KEY = pytest.mark.parametrize("key", KEYS)
EVERY_FIELD_KEY = pytest.mark.parametrize("key", FIELD_KEYS)


@pytest.fixture
def post(cast, call):
    """A function that asks for an export."""
    ConnectionFactory(pk=CORP, name="Corp")
    api = call(cast.rita)
    return lambda **body: api.post(EXPORTS, body, format="json")


def mistyped(key):
    return (key + key[-1], key.upper(), key.title())


def test_every_key_that_is_declared_is_classified():
    assert set(ExportSerializer().fields) == set(KEYS)
    assert set(FieldSerializer().fields) == set(FIELD_KEYS)


@EVERY_KEY
def test_a_key_that_is_not_known_is_refused_with_the_nearest_one(post, key):
    for wrong in mistyped(key):
        answer = post(**{wrong: KEYS[key][0]})
        refused(answer, 400, "invalid_body", f"{wrong}: unknown key (did you mean `{key}`?)")
        listed = answer.json()["message"].split("; allowed: ")[1]
        assert set(listed.split(", ")) == set(KEYS)
    assert not Job.objects.exists()


@EVERY_FIELD_KEY
def test_a_key_of_a_field_that_is_not_known_is_refused_with_the_nearest_one(post, key):
    for wrong in mistyped(key):
        answer = post(fields=[{"name": "email"}, {"name": "name", wrong: "x"}])
        means = f"fields.1.{wrong}: unknown key (did you mean `{key}`?); allowed: name, export_as"
        refused(answer, 400, "invalid_body", means)


@EVERY_KEY
def test_a_value_is_shown_as_it_is_called_or_refused_with_what_is_right(post, key):
    good, canonical, bad, says = KEYS[key]
    assert post(**{key: good}).json()[key] == canonical
    answer = post(**{key: bad})
    refused(answer, 400, "invalid_body", f"{key}: {says}")
    assert answer.json()["message"].endswith(f"(given: {_json(bad)})")
    assert Job.objects.count() == 1


@EVERY_FIELD_KEY
def test_a_value_of_a_field_is_shown_as_it_is_called_or_refused(post, key):
    good, canonical, bad, says = FIELD_KEYS[key]
    assert post(fields=[{"name": "name", key: good}]).json()["fields"][0][key] == canonical
    answer = post(fields=[{"name": "name", key: bad}])
    refused(answer, 400, "invalid_body", f"fields.0.{key}: {says}")
    assert answer.json()["message"].endswith(f"(given: {_json(bad)})")


def _json(value):
    return f'"{value}"' if isinstance(value, str) else str(value)


@EVERY_KEY
def test_null_and_what_is_empty_are_an_absent_key(post, key):
    empty = [None, []] if key == "fields" else [None, "", " "]
    asked = [post(**{key: value}).json() for value in empty] + [post().json()]
    assert [set(answer) for answer in asked] == [{"status", "type", "id", "created_at"}] * len(
        asked
    )
    jobs = [(job.spec, job.request) for job in Job.objects.all()]
    assert jobs == jobs[:1] * len(asked)


def test_an_id_of_a_connection_is_exact(post):
    other = CORP[:4] + CORP[4:].swapcase()
    refused(
        post(connection_id=other),
        404,
        "inexistent_connection",
        f"connection_id: no such connection: {other}",
    )
    refused(post(connection_id=CORP.upper()), 400, "invalid_body", "connection_id: does not match")
    assert post(connection="corp").status_code == 200
