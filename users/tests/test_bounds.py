"""Bounds of what one request may hold; more is refused in the words of the family."""

import json

import pytest

from usersvc.api.body import DEEPEST
from usersvc.api.fields import LONGEST_TEXT, MOST_TERMS, MOST_VALUES

from .browsing import PEOPLE, enter, fields_of, listed, page_of

pytestmark = [pytest.mark.django_db, pytest.mark.one_cast]
LISTS = ["/users", "/api/users/export", "/api/v2/users/download", "/api/v2/connections", "/tags"]
BODIES = ["/users", "/tags", "/organizations", "/users/bulk", "/api/v2/jobs/users-exports"]


def nested(levels):
    return '{"a":' * levels + "1" + "}" * levels


def refused(answer, status, words):
    assert answer.status_code == status, answer.content[:300]
    assert answer["Content-Type"] == "application/json"
    assert words in answer.content.decode()


@pytest.mark.parametrize("path", LISTS)
def test_the_number_of_parameters(cast, call, path):
    query = "&".join(f"p{number}=1" for number in range(1001))
    refused(call(cast.root).get(f"{path}?{query}"), 400, "")


@pytest.mark.parametrize("path", LISTS)
def test_strangers_among_parameters_are_named_up_to_a_number(cast, call, path):
    query = "&".join(f"p{number}=1" for number in range(900))
    content = call(cast.root).get(f"{path}?{query}").content.decode()
    assert "p19" in content
    assert "p20" not in content


@pytest.mark.parametrize("path", LISTS[:3])
@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("x" * (LONGEST_TEXT + 1), f"is longer than {LONGEST_TEXT} characters"),
        (" ".join("x" * (MOST_TERMS + 1)), f"has {MOST_TERMS + 1} words; at most {MOST_TERMS}"),
    ],
)
def test_what_is_searched_for(cast, call, path, text, words):
    parameters = {"search": text} | ({"format": "csv"} if "export" in path else {})
    refused(call(cast.root).get(path, parameters), 400, words)


def test_the_most_that_can_be_searched_for(cast, call):
    text = " ".join(f"{number}" for number in range(MOST_TERMS))
    assert call(cast.root).get("/users", {"search": text}).status_code == 200


@pytest.mark.parametrize(
    ("path", "name", "value", "between"),
    [
        ("/users", "status", "active", ","),
        ("/api/users/export", "status", "enabled", ","),
        ("/api/users/export", "organization_id", "acme", "&organization_id="),
        ("/api/v2/users/download", "tags", "vip", ","),
        ("/api/v2/users/download", "sort", "name", ","),
        ("/api/v2/users/download", "_fields", "email", ","),
    ],
)
def test_the_number_of_values(cast, call, settings, path, name, value, between):
    settings.DATA_UPLOAD_MAX_NUMBER_FIELDS = 2000
    needed = "&format=csv" if path == "/api/users/export" else ""
    for number, status in ((MOST_VALUES, 200), (MOST_VALUES + 1, 400)):
        answer = call(cast.root).get(f"{path}?{name}={between.join([value] * number)}{needed}")
        assert answer.status_code == status
    refused(answer, 400, f"has {MOST_VALUES + 1} values; at most {MOST_VALUES}")


def test_wrong_values_are_named_up_to_a_number(cast, call):
    query = f"status={','.join(f'x{number}' for number in range(MOST_VALUES))}"
    content = call(cast.root).get(f"/users?{query}").content.decode()
    assert content.count("unknown value") == 20


@pytest.mark.parametrize("path", BODIES)
def test_the_size_of_a_body(cast, call, settings, path):
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 1000
    api = call(cast.root)
    words = "too large" if "jobs" not in path else "payload_too_large"
    refused(api.post(path, b"{" + b" " * 1000, content_type="application/json"), 413, words)
    below = api.post(path, b"{" + b" " * 999, content_type="application/json")
    assert below.status_code == 400


@pytest.mark.parametrize("path", BODIES)
@pytest.mark.parametrize("levels", [DEEPEST + 1, 500, 100_000])
def test_the_depth_of_a_body(cast, call, path, levels):
    body = nested(levels)
    answer = call(cast.root).post(path, body, content_type="application/json")
    refused(answer, 400, f"nests deeper than {DEEPEST} levels")


def test_the_depth_that_is_borne(cast, call):
    answer = call(cast.root).patch(
        f"/users/{cast.ivo.pk}",
        json.dumps({"user_metadata": json.loads(nested(DEEPEST - 1))}),
        content_type="application/json",
    )
    assert answer.status_code == 200, answer.content


@pytest.mark.parametrize("levels", [2, 500, 4000])
def test_the_depth_of_an_array_in_a_parameter(cast, call, levels):
    query = {"tags": "[" * levels + "]" * levels}
    refused(
        call(cast.root).get("/api/v2/users/download", query), 400, "is not a JSON array of texts"
    )


@pytest.mark.parametrize("path", [*BODIES, "/api/token", "/api/token/refresh"])
def test_a_body_of_unknown_length(cast, call, path):
    api = call(cast.root)
    answer = api.post(path, content_type="application/json", HTTP_TRANSFER_ENCODING="chunked")
    refused(answer, 411, "a body needs a Content-Length")


def test_the_admin_refuses_the_same(client, cast):
    browser = enter(client, cast.root)
    many = " ".join(f"{number}" for number in range(MOST_TERMS + 1))
    answer = browser.get(PEOPLE, {"q": many})
    assert (answer.status_code, listed(answer)) == (400, [])
    choices = browser.get(
        "/admin/autocomplete/",
        {"app_label": "users", "model_name": "role", "term": many, "field_name": "role"},
    )
    assert choices.status_code in (200, 403)
    assert b"results" not in choices.content or choices.json()["results"] == []
    values = {f"a{number}": "1" for number in range(1001)}
    assert browser.post(f"{PEOPLE}add/", values).status_code == 400
    files = {f"f{number}": b"x" for number in range(11)}
    assert browser.post(f"{PEOPLE}add/", as_files(files)).status_code == 400
    url = page_of(cast.ivo)
    form = fields_of(browser.get(url)) | {"user_metadata": nested(DEEPEST + 1)}
    assert "nests deeper" in browser.post(url, form).content.decode()


def as_files(contents):
    from django.core.files.uploadedfile import SimpleUploadedFile

    return {name: SimpleUploadedFile(name, content) for name, content in contents.items()}
