"""Bounds that only the real server shows: of headers, of its first line, of bodies on their way."""

import pytest

from .serving import place, serving
from .talking import exchange, post_json, send, token_of

pytestmark = pytest.mark.once


@pytest.fixture(scope="module")
def service(tmp_path_factory):
    with (
        place(tmp_path_factory.mktemp("bounds")) as here,
        serving(here, USERSVC_DEMO_USERS=0) as service,
    ):
        service.own = {"Authorization": f"Bearer {token_of(service)}"}
        yield service


def test_the_first_line(service):
    longest = "x" * 8000
    assert send(service, "GET", f"/users?search={longest}", headers=service.own).status == 400
    assert send(service, "GET", f"/users?search={longest * 2}").status == 414


def test_headers(service):
    many = {f"X-H{number}": "x" for number in range(101)}
    assert send(service, "GET", "/healthz", headers=many).status == 431
    assert send(service, "GET", "/healthz", headers={"X-Long": "x" * 9000}).status == 431
    assert send(service, "GET", "/healthz", headers={"X-Long": "x" * 8000}).status == 200


@pytest.mark.parametrize("path", ["/users", "/users/bulk", "/api/v2/jobs/users-exports"])
def test_a_body_that_is_too_large_is_refused_before_it_has_come(service, path):
    headers = {**service.own, "Content-Type": "application/json", "Content-Length": "3000000"}
    answer = send(service, "POST", path, headers=headers)
    assert answer.status == 413
    assert "large" in answer.body
    whole = send(service, "POST", path, b" " * 3_000_000, headers=headers)
    assert whole.status in (413, None)  # None: it was hung up on while it still sent


def test_a_body_of_unknown_length(service):
    headers = {**service.own, "Content-Type": "application/json", "Transfer-Encoding": "chunked"}
    answer = send(service, "POST", "/users/bulk", b"2\r\n{}\r\n0\r\n\r\n", headers=headers)
    assert answer.status == 411


def test_a_body_that_is_shorter_than_it_says(service):
    content = (
        f"POST /users HTTP/1.1\r\nHost: localhost\r\nAuthorization: {service.own['Authorization']}"
        "\r\nContent-Type: application/json\r\nContent-Length: -1\r\n\r\n{}"
    )
    assert exchange(service, content.encode()).status == 400


def test_two_lengths_are_refused(service):
    """Two servers that read such a request differently would let one smuggle another in."""
    both = b"Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /healthz"
    answer = exchange(service, b"POST /api/token HTTP/1.1\r\nHost: localhost\r\n" + both)
    assert answer.status in (400, 411)
    twice = b"Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}"
    answer = exchange(service, b"POST /api/token HTTP/1.1\r\nHost: localhost\r\n" + twice)
    assert answer.status == 400


def test_the_service_goes_on(service):
    assert post_json(service, "/api/token", {"username": "x", "password": "y"}).status == 401
