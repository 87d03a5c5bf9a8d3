"""Attacks through ids: what is out of sight answers as what is absent, at every address."""

import re
import uuid

import pytest
from django.urls import reverse

from users.models import TokenFamily
from users.tokens import mint
from usersvc.api.addresses import API
from usersvc.tests.test_closed import ROUTES

from .browsing import enter, messages_of
from .factories import SiteFactory, UserFactory
from .jobs import enqueue

pytestmark = [pytest.mark.django_db, pytest.mark.one_cast, pytest.mark.once]
PARAMETER = re.compile(r"<(?:\w+:)?(\w+)>")
METHODS = ("get", "head", "patch", "put", "post", "delete")
ABSENT = str(uuid.UUID(int=7 << 96))
GLOBAL = ("roles", "groups", "tags", "connections")  # everybody's, whoever looks
OF_API = [
    route
    for route in ROUTES
    if f"/{route}".startswith(API)
    and PARAMETER.search(route)
    and not re.search("connections|<str:signed>", route)  # what is signed holds no id to change
    and route.removeprefix("api/") not in set(ROUTES) - {route}  # the same view answers there
]


@pytest.fixture
def owner(cast):
    """Somebody who may do everything, within Europe."""
    return UserFactory(organization=cast.europe, roles=["Super Admin"])


def out_of_sight(cast, route):
    """Return an id of each kind that Europe does not see, and of which there is something."""
    first = route.removeprefix("api/").removeprefix("v2/").split("/")[0]
    jobs = [enqueue(cast.sue).pk] if first == "jobs" else []
    mint(cast.ivo, ["pwd"])
    return {
        "users": [cast.akira.pk, cast.sue.pk, cast.zoe.pk, cast.nora.pk, cast.root.pk],
        "organizations": [cast.acme.pk, cast.asia.pk, cast.globex.pk],
        "sites": [SiteFactory(organization=cast.asia).pk],
        "jobs": jobs,
        "tokens": [TokenFamily.objects.of(cast.ivo).get().pk],
    }.get(first, [])


def filled(route, value):
    """Return the address of a route; the first id is the value, others are absent."""
    ids = iter([str(value), *[ABSENT] * 3])
    return "/" + PARAMETER.sub(lambda found: next(ids), route)


def told(answer, value):
    """Return everything that an answer tells, but the id itself."""
    body = answer.getvalue() if answer.streaming else answer.content
    kept = {
        name: text
        for name, text in answer.items()
        if name not in ("Expires", "Content-Length", "ETag", "X-Request-ID")
    }
    return answer.status_code, kept, body.decode().replace(str(value), "<id>")


@pytest.mark.parametrize("route", OF_API)
def test_what_is_out_of_sight_is_as_good_as_absent(cast, call, owner, route):
    api = call(owner)
    absent = ABSENT if "jobs" not in route else "job_aaaaaaaaaaaaaaaa"
    for value in out_of_sight(cast, route):
        for method in METHODS:
            there, nowhere = (
                told(getattr(api, method)(filled(route, each), {}, format="json"), each)
                if method not in ("get", "head")
                else told(getattr(api, method)(filled(route, each)), each)
                for each in (value, absent)
            )
            assert there == nowhere, (method, value)
            assert there[0] in (400, 403, 404, 405)


def test_every_address_with_an_id_is_attacked_or_everybodys():
    first = {re.sub(r"^(api/)?(v2/)?", "", route).split("/")[0] for route in OF_API}
    assert first - set(GLOBAL) == {"users", "organizations", "sites", "jobs", "tokens"}


@pytest.mark.parametrize("way", ["roles", "groups", "sites", "tags"])
def test_nobody_is_tied_to_what_is_out_of_sight(cast, call, owner, way):
    site = SiteFactory(organization=cast.asia)
    for ids in ([str(site.pk)], [ABSENT]):
        answer = call(owner).post(f"/users/{cast.ivo.pk}/{way}", {"ids": ids}, format="json")
        assert answer.status_code == 400
    told = call(owner).post(f"/users/{cast.ivo.pk}/sites", {"ids": [str(site.pk)]}, format="json")
    absent = call(owner).post(f"/users/{cast.ivo.pk}/sites", {"ids": [ABSENT]}, format="json")
    assert told.content.decode().replace(str(site.pk), ABSENT) == absent.content.decode()


ADMIN = [route for route in ROUTES if route.startswith("admin/users/") and "<path:" in route]


@pytest.mark.parametrize("route", ADMIN)
def test_the_admin_shows_nothing_out_of_sight_either(client, cast, owner, route):
    browser = enter(client, owner)
    model = route.split("/")[2]
    there = {
        "user": [cast.akira.pk, cast.sue.pk, cast.zoe.pk, cast.root.pk],
        "organization": [cast.acme.pk, cast.asia.pk],
        "site": [SiteFactory(organization=cast.asia).pk],
    }.get(model, [])
    for value in there:
        for method in ("get", "post"):
            answers = []
            for each in (value, ABSENT):
                address = "/" + re.sub(r"<path:\w+>", str(each), route)
                answer = getattr(browser, method)(address)
                followed = browser.get("/admin/") if answer.status_code == 302 else answer
                words = [] if answer.status_code != 302 else messages_of(followed)
                text = " ".join(words).replace(str(each), "<id>")
                place = answer.get("Location", "").replace(str(each), "<id>")
                answers.append((answer.status_code, place, text))
            assert answers[0] == answers[1], method
            assert answers[0][0] in (302, 403, 404)


PATHS = [
    "..",
    "../..",
    "..%2f..%2fetc%2fpasswd",
    "%2e%2e%2f%2e%2e",
    "....//....//etc/passwd",
    "%00",
    "a%00b",
    "%ff%fe",
    "/etc/passwd",
    "file:%2f%2f%2fetc%2fpasswd",
    "x" * 2000,
    "-1",
    "1;2",
    "𝟙",
]


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize(
    "prefix",
    [
        "/users/",
        "/api/v2/jobs/",
        "/organizations/",
        "/roles/",
        "/tags/",
        "/api/v2/connections/",
        "/admin/users/user/",
        "/admin/users/user/export/",
        "/static/",
        "/static/users/",
        "/account/password/",
    ],
)
def test_no_path_leads_out(client, cast, call, prefix, path):
    api = enter(client, cast.root) if prefix.startswith(("/admin", "/static")) else call(cast.root)
    answer = api.get(f"{prefix}{path}")
    content = answer.content.decode()
    is_told = answer.status_code == 200 and "This link does not work any more" in content
    assert is_told or answer.status_code in (302, 400, 404, 405)
    assert "root:" not in content
    assert "SECRET" not in content
    if answer.status_code == 302:
        assert answer["Location"].startswith("/admin/")


def test_the_choices_of_a_field_are_in_sight(client, cast, owner):
    query = {"app_label": "users", "model_name": "user", "field_name": "organization"}
    answer = enter(client, owner).get(reverse("admin:autocomplete"), query)
    assert answer.status_code == 200
    names = {choice["text"] for choice in answer.json()["results"]}
    assert not {name for name in names if "Asia" in name or "Globex" in name}
