"""The real service behind a proxy that speaks TLS: cookies, redirects, and whom it believes."""

import pytest

from .serving import place, serving
from .talking import post_json, send

pytestmark = pytest.mark.once
HOST = "users.example"
OVER_TLS = {"Host": HOST, "X-Forwarded-Proto": "https", "X-Forwarded-For": "203.0.113.7"}


@pytest.fixture(scope="module")
def proxied(tmp_path_factory):
    """A service that believes this machine."""
    with (
        place(tmp_path_factory.mktemp("proxied")) as here,
        serving(
            here,
            USERSVC_BASE_URL=f"https://{HOST}",
            ALLOWED_HOSTS=f"{HOST},localhost",
            TRUSTED_PROXIES="127.0.0.1",
            USERSVC_DEMO_USERS=0,
        ) as service,
    ):
        service.here = here
        yield service


@pytest.fixture(scope="module")
def direct(tmp_path_factory):
    """A service that believes nobody."""
    with (
        place(tmp_path_factory.mktemp("direct")) as here,
        serving(here, USERSVC_DEMO_USERS=0) as service,
    ):
        service.here = here
        yield service


def test_cookies_belong_to_this_host_and_to_tls(proxied):
    answer = send(proxied, "GET", "/account/login/", headers=OVER_TLS)
    assert answer.status == 200
    cookie = answer.cookies["__Host-csrftoken"]
    parts = {part.strip() for part in cookie.split(";")}
    assert parts >= {"Secure", "HttpOnly", "Path=/", "SameSite=Lax"}
    assert "Domain" not in cookie


def test_browsers_are_told_to_stay_with_tls(proxied):
    answer = send(proxied, "GET", "/api/me", headers=OVER_TLS)
    assert (answer.status, answer.headers["Strict-Transport-Security"]) == (
        401,
        "max-age=31536000",
    )


@pytest.mark.parametrize("scheme", [None, "http", "ftp"])
def test_what_came_without_tls_is_sent_there_or_refused(proxied, scheme):
    headers = {"Host": HOST} | ({"X-Forwarded-Proto": scheme} if scheme else {})
    page = send(proxied, "GET", "/admin/login/?next=/admin/", headers=headers)
    assert page.status == 301
    assert page.headers["Location"] == f"https://{HOST}/admin/login/?next=/admin/"
    body = post_json(proxied, "/api/token", {"username": "admin", "password": "x"}, **headers)
    assert body.status == 403
    assert body.json()["message"] == f"use https://{HOST}"
    assert send(proxied, "GET", "/healthz", headers=headers).status == 200


def test_no_link_comes_from_what_a_caller_says_of_itself(proxied):
    told = {**OVER_TLS, "X-Forwarded-Host": "evil.example", "Forwarded": "host=evil.example"}
    access = post_json(
        proxied, "/api/token", {"username": "admin", "password": proxied.password}, headers=told
    ).json()["access"]
    own = {**told, "Host": "localhost", "Authorization": f"Bearer {access}"}
    answer = send(proxied, "GET", "/users?page_size=1", headers=own)
    assert f"<https://{HOST}/users?" in answer.headers["Link"]
    assert "evil" not in answer.text
    assert send(proxied, "GET", "/admin/", headers={**told, "Host": "evil.example"}).status == 400


def test_a_service_that_believes_nobody_believes_its_own_machine_neither(direct):
    told = {
        "X-Forwarded-Proto": "https",
        "X-Forwarded-Protocol": "ssl",
        "X-Forwarded-Ssl": "on",
        "Script-Name": "/evil",
        "SCRIPT_NAME": "/evil",
    }
    answer = send(direct, "GET", "/admin/", headers=told)
    assert (answer.status, answer.headers["Location"]) == (302, "/admin/login/?next=/admin/")
    assert "Strict-Transport-Security" not in answer.headers


def test_the_address_in_the_audit_is_not_the_callers_word(direct, proxied):
    for service, expected in ((direct, "127.0.0.1"), (proxied, "203.0.113.7")):
        headers = OVER_TLS if service is proxied else {"X-Forwarded-For": "203.0.113.7"}
        own = post_json(
            service, "/api/token", {"username": "admin", "password": service.password}, **headers
        ).json()
        send(
            service,
            "POST",
            "/tags",
            '{"name": "forwarded"}',
            {
                **headers,
                "Authorization": f"Bearer {own['access']}",
                "Content-Type": "application/json",
            },
        )
        rows = service.here.rows("SELECT remote_addr FROM users_auditentry ORDER BY timestamp DESC")
        assert str(rows[0][0]) == expected
