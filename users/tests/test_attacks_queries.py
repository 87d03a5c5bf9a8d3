"""Attacks through what is asked: SQL, LIKE, headers, templates; whoever tries finds nobody more."""

import csv
import io
import re

import pytest
from django.core import mail

from users.admin.people_question import PeopleQuestion
from users.models import User
from usersvc.api import parameters

from .browsing import PEOPLE, enter, listed, page_of
from .factories import TagFactory, UserFactory
from .questions import QUESTIONS, Kind
from .sending import send

pytestmark = [pytest.mark.django_db, pytest.mark.one_cast]
SQL = [
    "' OR 1=1 --",
    '" OR ""="',
    "') OR ('1'='1",
    "1; DROP TABLE users_user; --",
    "' UNION SELECT password FROM users_user --",
    "\\' OR 1=1 -- ",
    "$$ OR 1=1 $$",
    "%s %(name)s %",
    "'||(SELECT 1)||'",
]
LIKE = ["%", "_", "\\", "%%", "_____", "%a%", "\\%", "[a-z]", "*", "?"]
TEMPLATES = ["{{7*7}}", "{% debug %}", "${7*7}", "#{7*7}", "<%= 7*7 %>", "%(password)s", "{0}"]


def found(answer):
    """Return how many people an answer of any family shows; None when it was refused."""
    if answer.status_code in (400, 404):
        return None
    assert answer.status_code == 200, answer.content
    if answer.streaming:
        return len(list(csv.reader(io.StringIO(answer.getvalue().decode())))) - 1
    return len(answer.json()["jobs"] if "jobs" in answer.json() else answer.json())


@pytest.mark.parametrize("attack", SQL)
@pytest.mark.parametrize("address", {address.name: address for address, _ in QUESTIONS}.values())
def test_sql_in_any_parameter_finds_nobody(cast, call, address, attack):
    everybody = User.all_objects.count()
    api = call(cast.root)
    for other, parameter in QUESTIONS:
        if other == address and parameter.kind is not Kind.CURSOR:
            answer = api.get(address.path, {**dict(address.always), parameter.name: attack})
            assert found(answer) in (None, 0), parameter.name
    assert User.all_objects.count() == everybody


@pytest.mark.parametrize("attack", [*SQL, *LIKE])
@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("/users", "search"),
        ("/api/v2/users/download", "search"),
        ("/api/v2/users/download", "name"),
        ("/api/v2/users/download", "loginName"),
        ("/api/v2/users/download", "mail"),
        ("/organizations", "search"),
        ("/roles", "search"),
        ("/tags", "search"),
        ("/connections", "search"),
    ],
)
def test_what_means_something_to_a_database_is_text(cast, call, path, name, attack):
    assert found(call(cast.root).get(path, {name: attack})) == 0


@pytest.mark.parametrize("text", ["%", "_", "\\", "100%", "a_b", "a\\b", "%_\\"])
def test_and_finds_whoever_has_it(cast, call, text):
    UserFactory(name=f"Odd {text} One")
    assert found(call(cast.root).get("/users", {"search": text})) == 1
    assert found(call(cast.root).get("/api/v2/users/download", {"name": text})) == 1


@pytest.mark.parametrize(("number", "attack"), list(enumerate([*SQL, *LIKE])))
def test_the_admin_finds_nobody_either(client, cast, number, attack):
    """Each question meets each fourth attack: what reads them is the same for all."""
    browser = enter(client, cast.root)
    names = sorted(PeopleQuestion.base_filters)
    assert len(names) > 20
    names += ["id", "password__startswith", "roles__permissions__codename"]
    for name in names[number % 4 :: 4]:
        answer = browser.get(PEOPLE, {name: attack})
        assert answer.status_code in (200, 400)
        assert listed(answer) == [], name
    assert listed(browser.get(PEOPLE, {"q": attack})) == []


def test_a_filter_does_not_reach_what_is_not_shown(client, cast):
    """Asking for people by the beginning of a hash would tell it, letter by letter."""
    browser = enter(client, cast.root)
    for name in ("password__startswith", "app_metadata__has_key", "organization__parent__name"):
        answer = browser.get(PEOPLE, {name: "a"})
        assert (answer.status_code, listed(answer)) == (400, [])


BREAKS = [
    "\r\nSet-Cookie: evil=1",
    "\nX-Evil: 1",
    "\r\n\r\n<html>",
    "%0d%0aX-Evil: 1",
    "\u010d\u010a",
]


@pytest.mark.parametrize("attack", BREAKS)
def test_nobody_adds_a_header_to_an_answer(cast, call, attack):
    api = call(cast.root)
    answers = [
        api.get("/users", {"search": attack, "page_size": 1}),
        api.get("/users", {attack: "x"}),
        api.get("/users", headers={"X-API-Version": "v1", "Prefer": f"count=exact{attack[:1]}"}),
        api.get("/api/v2/users/download", {"_fields": attack}),
        api.get("/api/users/export", {"format": f"csv{attack}"}),
        api.get("/api/users/export", {"format": "csv", "search": attack}),
        api.get("/admin/login/", {"next": f"/admin/{attack}"}),
    ]
    for answer in answers:
        text = "".join(f"{name}{value}" for name, value in answer.items())
        assert not re.search(r"[\r\n]", text)
        assert "evil" not in answer.cookies
        assert "X-Evil" not in answer


@pytest.mark.parametrize("attack", BREAKS[:3])
def test_nobody_adds_a_header_to_mail(cast, call, attack):
    api = call(cast.root)
    answer = send(api, "patch", f"/users/{cast.ivo.pk}", {"email": f"ivo@example.com{attack}"})
    assert answer.status_code == 400
    assert send(api, "patch", f"/users/{cast.ivo.pk}", {"name": f"Ivo{attack}"}).status_code == 200
    assert send(api, "post", f"/users/{cast.ivo.pk}/send-password-reset").status_code < 300
    [message] = mail.outbox
    assert message.recipients() == [cast.ivo.email]
    headers = message.message()
    assert {"Set-Cookie", "X-Evil", "Bcc"}.isdisjoint(headers.keys())
    assert attack.strip() not in headers["Subject"]


@pytest.mark.parametrize("attack", TEMPLATES)
def test_a_name_is_no_template(client, cast, call, attack):
    tag = TagFactory(name=attack)
    cast.ivo.name = cast.ivo.description = attack
    cast.ivo.save()
    cast.ivo.tags.add(tag)
    browser = enter(client, cast.root)
    for page in (page_of(cast.ivo), page_of(tag), f"{PEOPLE}?q=ivo"):
        text = browser.get(page).content.decode()
        assert attack.replace("<", "&lt;").replace(">", "&gt;") in text
        assert "49" not in re.sub(r'"[^"]*"|[\w-]*\d{3,}[\w-]*', "", text)
    send(call(cast.root), "post", f"/users/{cast.ivo.pk}/send-password-reset")
    assert attack in mail.outbox[0].body
    assert (
        attack in call(cast.root).get("/api/users/export?format=csv&search=ivo").getvalue().decode()
    )


def test_links_in_mail_lead_here_whatever_host_was_asked(cast, call, settings):
    settings.ALLOWED_HOSTS = ["*"]
    api = call(cast.root)
    path = f"/users/{cast.ivo.pk}/send-password-reset"
    answer = api.post(path, HTTP_HOST="evil.example", HTTP_X_FORWARDED_HOST="evil.example")
    assert answer.status_code < 300
    assert f"{settings.BASE_URL}/account/" in mail.outbox[0].body
    assert "evil" not in mail.outbox[0].body
    made = send(
        api, "post", "/tags", {"name": "t"}, Host="evil.example", X_Forwarded_Host="evil.example"
    )
    listing = api.get("/users?page_size=1", HTTP_HOST="evil.example")
    assert "evil" not in made.get("Location", "") + listing["Link"]


def test_every_parameter_has_a_type():
    """A parameter that reads its text itself would need a line above."""
    known = {each for each in vars(parameters).values() if isinstance(each, type)}
    from users.api.families import FAMILIES

    for family in FAMILIES:
        for parameter in family.filterset.base_filters.values():
            assert type(parameter) in known
