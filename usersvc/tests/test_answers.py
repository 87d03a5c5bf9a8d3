"""What every address has in common: envelopes, health."""

import pytest

pytestmark = [pytest.mark.django_db, pytest.mark.once]


@pytest.mark.parametrize("path", ["/api/nothing", "/users/export/", "/api/v2/nothing"])
def test_an_unknown_address_answers_programs_in_json(client, path):
    answer = client.get(path)
    assert answer.status_code == 404
    assert answer.json() == {"code": 404, "message": "not found", "data": {}}


def test_an_unknown_address_of_a_family_answers_in_its_words(client):
    assert client.get("/api/v2/users/downloads").json()["error_message"] == "not found"
    for path in ("/api/v2/jobs/users-exports/", "/api/v2/jobs/a/b", "/api/v2/connections/"):
        assert client.post(path).json()["errorCode"] == "not_found"


def test_people_get_a_page(client):
    assert client.get("/nothing")["Content-Type"].startswith("text/html")


def test_no_address_of_the_api_redirects(client):
    assert client.post("/api/token/").status_code == 404
    assert client.get("/users/export/").status_code == 404


def test_the_start_page_leads_to_the_admin(client):
    assert client.get("/")["Location"] == "/admin/"
    assert client.get("/admin")["Location"] == "/admin/"
