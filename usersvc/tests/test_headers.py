"""What browsers are told with every answer: one table, over all addresses there are."""

import re

import pytest
from django.test import Client, override_settings

from users.tests.browsing import enter

from .test_closed import ROUTES, address

pytestmark = [pytest.mark.django_db, pytest.mark.once]
EVERYWHERE = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
PAGE = {
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self' data:",
    "font-src 'self'",
    "connect-src 'self'",
    "form-action 'self'",
    "frame-ancestors 'none'",
    "base-uri 'none'",
    "object-src 'none'",
}
NO_PAGE = {
    "default-src 'none'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
}
STATIC = "/static/users/admin.css"


# What a browser does not run, or takes from a file of ours.
NO_CODE = r"(?:\bsrc=|type=\"application/json\")"


def is_for_all(answer):
    """Tell whether it is an answer that is the same for everybody, who may keep it for a while."""
    path = answer.request["PATH_INFO"]
    kept = path in ("/.well-known/jwks.json", "/openapi.json", "/docs") or path.startswith("/docs/")
    return kept and answer.status_code == 200


def check(answer):
    """Check the headers of an answer that is anything at all."""
    told = {name: answer.get(name) for name in EVERYWHERE}
    assert told == EVERYWHERE
    assert "Access-Control-Allow-Origin" not in answer
    policy = {part.strip() for part in answer["Content-Security-Policy"].split(";")}
    is_page = answer.get("Content-Type", "").startswith("text/html")
    assert policy == (PAGE if is_page else NO_PAGE)
    kept = "max-age=300" if is_for_all(answer) else "no-store"
    assert kept in answer["Cache-Control"]
    if is_page:
        assert "camera=()" in answer["Permissions-Policy"]
        assert "publickey-credentials-get=(self)" in answer["Permissions-Policy"]
        text = answer.content.decode()
        assert re.findall(rf"<(?:style|script(?![^>]*{NO_CODE}))[ >]", text) == []
        assert re.findall(r"<[^>]*\s(?:on\w+|style)\s*=", text) == []


@pytest.mark.parametrize("route", ROUTES)
def test_every_address_answers_a_stranger_with_all_headers(route):
    for method in ("get", "post", "options"):
        check(getattr(Client(raise_request_exception=False), method)(address(route)))


def test_every_address_answers_its_users_with_all_headers(cast, call):
    """All of them in one test: the people take longer to make than the pages to answer."""
    for route in ROUTES:
        if not route.startswith("account"):
            check(enter(Client(raise_request_exception=False), cast.root).get(address(route)))
            check(call(cast.root).get(address(route)))


@pytest.mark.parametrize("path", ["/nothing", "/admin/nothing/", "/api/nothing", "/static/nothing"])
def test_what_is_not_there_is_answered_with_all_headers(client, path):
    answer = client.get(path)
    assert answer.status_code in (302, 404)
    check(answer)


def test_a_form_without_its_token_is_refused_with_all_headers():
    answer = Client(enforce_csrf_checks=True).post("/admin/login/", {"username": "root"})
    assert answer.status_code == 403
    assert "This form has expired" in answer.content.decode()
    check(answer)


def test_a_request_for_another_host_is_refused_with_all_headers(client):
    answer = client.get("/admin/login/", HTTP_HOST="evil.example")
    assert answer.status_code == 400
    assert "evil" not in answer.content.decode()
    check(answer)


def test_a_failure_is_answered_with_all_headers(client, monkeypatch):
    def fail(*args, **kwargs):
        raise RuntimeError("alice@example.com")

    monkeypatch.setattr("users.admin.site.DirectoryAdminSite.has_permission", fail)
    client.raise_request_exception = False
    answer = client.get("/admin/")
    assert answer.status_code == 500
    assert "alice" not in answer.content.decode()
    check(answer)


def test_what_is_static_may_be_kept_and_is_no_page(client):
    answer = client.get(STATIC)
    assert answer.status_code == 200
    assert "public" in answer["Cache-Control"]
    answer["Cache-Control"] = "no-store"
    check(answer)


def test_over_tls_browsers_are_told_to_stay_there(client):
    with override_settings(SECURE_HSTS_SECONDS=31_536_000):
        answer = client.get("/admin/login/", secure=True)
        plain = client.get("/admin/login/")
    assert answer["Strict-Transport-Security"] == "max-age=31536000"
    assert "Strict-Transport-Security" not in plain
