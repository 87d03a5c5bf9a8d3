"""Attacks through a browser or against the sign-in: forged forms, redirects elsewhere, guessing."""

from itertools import product
from urllib.parse import urlsplit

import pytest
from django.conf import settings as configured
from django.contrib.auth.hashers import MD5PasswordHasher
from django.core.cache import cache
from django.shortcuts import resolve_url
from django.test import Client

from users.models import User
from usersvc.api.addresses import API
from usersvc.tests.test_closed import PUBLIC, ROUTES, address

from .browsing import enter
from .factories import PASSWORD, UserFactory
from .sending import send

pytestmark = [pytest.mark.django_db, pytest.mark.one_cast, pytest.mark.once]
# Links of letters are signed: no other site can make one up.
LINKS = "(?P<key>"
PAGES = [route for route in ROUTES if not f"/{route}".startswith(API) and LINKS not in route]
OF_API = [route for route in ROUTES if f"/{route}".startswith(API)]


@pytest.mark.parametrize("route", PAGES)
def test_no_form_of_another_site_is_taken(cast, route):
    browser = enter(Client(enforce_csrf_checks=True, raise_request_exception=False), cast.root)
    forged = {"csrfmiddlewaretoken": "a" * 64, "username": "root", "action": "suspend"}
    for body in ({}, forged):
        answer = browser.post(address(route), body, HTTP_ORIGIN="https://evil.example")
        # 405 where nothing is taken from anybody.
        assert answer.status_code in (403, 405), route
    assert User.objects.filter(username="root").exists()


def test_a_session_opens_no_address_of_the_api(cast):
    browser = enter(Client(raise_request_exception=False), cast.root)
    closed = [route for route in OF_API if route not in PUBLIC]
    for route, method in product(closed, ("get", "post", "put", "patch", "delete")):
        assert getattr(browser, method)(address(route)).status_code == 401, (route, method)


ELSEWHERE = [
    "//evil.example",
    "///evil.example",
    "////evil.example",
    "https://evil.example",
    "https:evil.example",
    "https:/evil.example",
    "http:///evil.example",
    "\\\\evil.example",
    "/\\evil.example",
    "\\/evil.example",
    "/\t/evil.example",
    "\t//evil.example",
    " //evil.example",
    "/%09/evil.example",
    "javascript:alert(1)",
    "data:text/html,<script>alert(1)</script>",
    "//evil.example\\@localhost",
    "https://localhost@evil.example",
    "//localhost:8000@evil.example/",
    "\u2028//evil.example",
]
SIGN_IN = resolve_url(configured.LOGIN_URL)
REDIRECTING = ["next", "redirect", "return_to", "url", "continue"]


def leads_here(answer):
    """Tell whether an answer leads nowhere else, as browsers read addresses."""
    place = answer.get("Location", "")
    seen = place.replace("\\", "/").replace("\t", "").strip()
    parts = urlsplit(seen)
    here = (parts.scheme in ("", "http", "https")) and parts.netloc in ("", "testserver")
    return here and not seen.startswith("//")


@pytest.mark.parametrize("route", PAGES)
def test_no_page_leads_elsewhere(cast, route):
    """In every spelling where a page leads to a place of its own; in one where it does not."""
    for client in (Client(), enter(Client(), cast.root)):
        place = client.get(address(route)).get("Location", SIGN_IN)
        for elsewhere in ELSEWHERE[:1] if place.startswith(SIGN_IN) else ELSEWHERE:
            query = dict.fromkeys(REDIRECTING, elsewhere)
            for answer in (client.get(address(route), query), client.post(address(route), query)):
                assert leads_here(answer), answer["Location"]
                if not answer.streaming:
                    assert f'href="{elsewhere}' not in answer.content.decode()


@pytest.mark.parametrize("elsewhere", ELSEWHERE)
def test_no_sign_in_leads_elsewhere(cast, elsewhere):
    path = SIGN_IN
    body = {"username": "root", "login": "root", "password": PASSWORD, "next": elsewhere}
    answer = Client().post(f"{path}?next=/admin/", body)
    assert answer.status_code == 302
    assert leads_here(answer)


@pytest.mark.parametrize("path", ["//evil.example", "//evil.example/..", "/\\evil.example"])
def test_no_address_is_taken_for_a_host(client, path):
    assert leads_here(client.get(path))


class CountingHasher(MD5PasswordHasher):
    """A hasher that knows how much work it did."""

    algorithm = "counting"
    work = 0

    def encode(self, password, salt):
        type(self).work += 1
        return super().encode(password, salt)


@pytest.fixture
def work(settings):
    settings.PASSWORD_HASHERS = [f"{__name__}.CountingHasher"]

    def done(attempt):
        CountingHasher.work = 0
        attempt()
        return CountingHasher.work

    return done


@pytest.fixture
def accounts(work):
    """Accounts of every kind, and names of none."""
    UserFactory(username="known", email="known@example.com", password=PASSWORD)
    UserFactory(username="suspended", password=PASSWORD).suspend()
    UserFactory(username="inactive", status="inactive", password=PASSWORD)
    UserFactory(username="gone", password=PASSWORD).soft_delete()
    UserFactory(username="passwordless")
    return [
        "known",
        "KNOWN",
        "known@example.com",
        "suspended",
        "inactive",
        "gone",
        "passwordless",
        "unknown",
        "unknown@example.com",
        "@",
        "x" * 254,
    ]


def test_guessing_takes_the_same_work_for_every_account(work, accounts, call):
    """Hashing is nearly all the time that a sign-in takes."""

    def sign_in(name):
        answer = send(call(), "post", "/api/token", {"username": name, "password": "wrong"})
        assert (answer.status_code, answer.json()["message"]) == (401, "invalid credentials")

    found = {name: work(lambda name=name: sign_in(name)) for name in accounts}
    assert set(found.values()) == {1}, found


def test_and_the_same_on_the_page(work, accounts):
    path = SIGN_IN

    def sign_in(name):
        cache.clear()  # the page's own limit of tries would answer without any work
        body = {"username": name, "login": name, "password": "wrong"}
        assert Client().post(path, body).status_code == 200

    found = {name: work(lambda name=name: sign_in(name)) for name in accounts}
    assert set(found.values()) == {1}, found


def test_a_right_password_of_who_may_not_sign_in_is_answered_as_a_wrong_one(accounts, call):
    def answer(name, password):
        return send(call(), "post", "/api/token", {"username": name, "password": password})

    for name in ("suspended", "inactive", "gone"):
        right, wrong = answer(name, PASSWORD), answer(name, "wrong")
        assert right.status_code == wrong.status_code == 401
        assert right.content == wrong.content
