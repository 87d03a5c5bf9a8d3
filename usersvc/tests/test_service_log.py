"""The log of the real service: whatever goes wrong, it tells of nobody."""

import json
from urllib.parse import quote

import pytest

from .serving import place, serving
from .talking import exchange, send, token_of

pytestmark = pytest.mark.once
# What a caller gives away in one place or another of a request; none of it may be logged.
PERSONAL = {
    "name": "Zoe Quimby",
    "first": "Quimby",
    "address": "zoe.quimby@example.com",
    "password": "correct-horse-7",
    "session": "s3ss10n" * 5,
    "token": "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJ6b2UifQ.c2lnbmF0dXJl",
    "link": "cz9x2y-0a1b2c3d",
}
IN_PATH = quote(f"{PERSONAL['name']} {PERSONAL['address']}")
IN_QUERY = f"?search={quote(PERSONAL['name'])}&mail={quote(PERSONAL['address'])}"
HEADERS = {
    "Authorization": f"Bearer {PERSONAL['token']}",
    "Cookie": f"sessionid={PERSONAL['session']}; csrftoken={PERSONAL['name']}",
    "Referer": f"http://localhost/{IN_PATH}",
    "User-Agent": PERSONAL["name"],
}
BODY = json.dumps({"username": PERSONAL["address"], "password": PERSONAL["password"]})


@pytest.fixture(scope="module")
def service(tmp_path_factory):
    with (
        place(tmp_path_factory.mktemp("log")) as here,
        serving(here, USERSVC_DEMO_USERS=0) as service,
    ):
        service.here = here
        service.token = token_of(service)
        yield service


def own(service):
    return {"Authorization": f"Bearer {service.token}"}


def refusals(service):
    """Yield answers to requests of every kind that is refused, and the status expected."""
    yield 400, send(service, "GET", f"/users{IN_QUERY}", headers=own(service))
    yield 400, send(service, "POST", "/api/token", BODY[:-5], {"Content-Type": "application/json"})
    yield 400, send(service, "GET", f"/{IN_PATH}", headers={"Host": "zoe.quimby.example"})
    yield 401, send(service, "GET", f"/users{IN_QUERY}", headers=HEADERS)
    yield 401, send(service, "POST", "/api/token", BODY, {"Content-Type": "application/json"})
    yield 403, send(service, "POST", f"/admin/login/{IN_QUERY}", BODY, HEADERS)
    yield 404, send(service, "GET", f"/{IN_PATH}{IN_QUERY}", headers=HEADERS)
    yield 404, send(service, "GET", f"/api/{IN_PATH}{IN_QUERY}", headers=HEADERS)
    yield 404, send(service, "GET", f"/users/{IN_PATH}", headers=own(service))
    yield 405, send(service, "DELETE", "/users", headers=own(service))
    yield 200, send(service, "GET", f"/account/password/MDE/{PERSONAL['link']}")


def malformed(service):
    """Yield answers to what is no HTTP: gunicorn refuses it, and would log it."""
    name = PERSONAL["name"].encode()
    yield exchange(service, b"GET /" + name + b" HTTP/9.9\r\n\r\n")
    yield exchange(service, b"G\xc3\xabT /" + name + b" HTTP/1.1\r\n\r\n")
    yield exchange(service, b"GET / HTTP/1.1\r\nHost: x\r\n" + name + b": x\r\n\r\n")
    yield exchange(service, b"GET / HTTP/1.1\r\nHost: x\r\nX: a\x00" + name + b"\r\n\r\n")
    yield exchange(service, b"GET / HTTP/1.1\r\nContent-Length: " + name + b"\r\n\r\n")
    yield exchange(service, b"GET /?" + b"q=zoe.quimby@example.com&" * 400 + b" HTTP/1.1\r\n\r\n")


def failures(service):
    """Yield answers of a service whose tables went away: the database quotes its statements."""
    yield send(service, "GET", f"/tags?search={quote(PERSONAL['name'])}", headers=own(service))
    yield send(service, "GET", f"/api/tags?search={PERSONAL['address']}", headers=own(service))
    yield send(
        service,
        "POST",
        "/tags",
        json.dumps({"name": PERSONAL["name"], "description": PERSONAL["address"]}),
        {**own(service), "Content-Type": "application/json"},
    )
    headers = {**HEADERS, "Authorization": ""}
    yield send(service, "GET", f"/admin/{IN_QUERY}", headers=headers)


def test_the_log_tells_of_nobody(service):
    for expected, answer in refusals(service):
        assert answer.status == expected, answer.text[:200]
    for answer in malformed(service):
        assert 400 <= answer.status < 500, answer.text[:200]
    cascade = " CASCADE" if service.here.is_postgres else ""
    service.here.execute(f"DROP TABLE users_tag{cascade}")
    service.here.execute(f"DROP TABLE django_session{cascade}")
    for answer in failures(service):
        assert answer.status == 500, answer.text[:200]
        assert "Traceback" not in answer.text
    _, said = service.stop()
    assert "Internal Server Error: /admin/" in said
    assert "Invalid HTTP_HOST header: '…'" in said
    assert "Traceback" in said
    assert [what for what, value in PERSONAL.items() if value.casefold() in said.casefold()] == []
    assert [what for what in ("quimby", "%C3", "%20", service.token) if what in said.lower()] == []
