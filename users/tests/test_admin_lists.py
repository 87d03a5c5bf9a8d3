"""Lists of what people belong to: their numbers of people agree with the list of people."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from users.models import Connection, User, named

from .browsing import enter, page_of, people
from .factories import (
    ConnectionFactory,
    GroupFactory,
    RoleFactory,
    SiteFactory,
    TagFactory,
    UserFactory,
)

pytestmark = [pytest.mark.django_db, pytest.mark.one_cast]
KINDS = ["role", "group", "site", "tag", "connection"]


def address(kind):
    return f"/admin/users/{kind}/"


def make(kind, cast, **values):
    """Make one of a kind that Alice sees."""
    if kind == "site":
        return SiteFactory(organization=cast.italy, **values)
    factories = {"role": RoleFactory, "group": GroupFactory, "tag": TagFactory}
    return factories.get(kind, ConnectionFactory)(**values)


def give(kind, row, *persons):
    for person in persons:
        if kind == "connection":
            User.all_objects.with_ids([person.pk]).update(connection=row)
        else:
            getattr(person, f"{kind}s").add(row)


def numbers(client, kind, **asked):
    answer = client.get(address(kind), asked)
    assert answer.status_code == 200
    return {row.name: row.headcount for row in answer.context["cl"].result_list}


@pytest.mark.parametrize("kind", KINDS)
def test_the_number_of_people_is_that_of_their_list(client, cast, kind):
    row = make(kind, cast, name="Chosen")
    gone = UserFactory(organization=cast.italy)
    give(kind, row, cast.charlie, cast.ivo, cast.akira, gone)
    gone.soft_delete()
    for who, number in (("alice", 2), ("root", 3)):
        browser = enter(client, getattr(cast, who))
        assert numbers(browser, kind)["Chosen"] == number
        assert len(people(browser, **{kind: str(row.pk)})) == number
        page = browser.get(address(kind)).content.decode()
        assert f'href="/admin/users/user/?{kind}={row.pk}">{number}</a>' in page
        assert f">{number}</a>" in browser.get(page_of(row)).context["people"]


@pytest.mark.parametrize("kind", KINDS)
def test_a_list_sorts_by_the_number_of_people_and_is_searched(client, cast, kind):
    few, many = make(kind, cast, name="Zed few"), make(kind, cast, name="Zed many")
    give(kind, few, cast.charlie)
    give(kind, many, cast.bob, cast.ivo)
    browser = enter(client, cast.root)
    columns = browser.get(address(kind)).context["cl"].list_display
    place = columns.index("people")
    assert list(numbers(browser, kind, o=f"-{place}", q="ZED")) == ["Zed many", "Zed few"]
    assert list(numbers(browser, kind, o=f"{place}", q="zed")) == ["Zed few", "Zed many"]
    assert b"Nothing matches" in browser.get(address(kind), {"q": "nowhere"}).content


@pytest.mark.parametrize("kind", KINDS)
def test_a_list_asks_as_much_for_many_as_for_few(client, cast, kind):
    browser = enter(client, cast.sue)
    give(kind, make(kind, cast), cast.charlie)
    browser.get(address(kind))
    with CaptureQueriesContext(connection) as few:
        browser.get(address(kind))
    crowd = UserFactory.create_batch(10, organization=cast.italy)
    for _ in range(10):
        give(kind, make(kind, cast), *crowd)
    with CaptureQueriesContext(connection) as many:
        browser.get(address(kind))
    assert len(many) == len(few) <= 16


def test_a_number_beyond_the_cap_is_told_as_more(client, cast, monkeypatch):
    monkeypatch.setattr(named, "COUNTED", 2)
    monkeypatch.setattr("users.admin.shared.COUNTED", 2)
    tag = TagFactory(name="crowded")
    give("tag", tag, *UserFactory.create_batch(4))
    browser = enter(client, cast.root)
    assert numbers(browser, "tag") == {"crowded": 3}
    assert ">2+</a>" in browser.get(address("tag")).content.decode()


def test_an_empty_list_says_what_it_is_for(client, cast):
    page = enter(client, cast.alice).get(address("tag")).content.decode()
    assert "No tags yet" in page
    assert "marked with" in page


def test_what_came_with_the_product_is_marked(client, cast):
    page = enter(client, cast.root).get(address("role")).content.decode()
    assert page.count("Built-in") == 5
    ConnectionFactory(name="Elsewhere")
    page = client.get(address("connection")).content.decode()
    assert Connection.objects.count() == 2
    assert ("Outside" in page, page.count('info">Built-in')) == (True, 1)
