"""The list of people in the admin: whom it shows, its filters, its order, what it costs."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from users.admin.list_filters import PEOPLE_FILTERS
from users.models import Connection, Role
from usersvc import clock

from .browsing import PEOPLE, enter, messages_of, page_of, people
from .factories import (
    ConnectionFactory,
    GroupFactory,
    SiteFactory,
    TagFactory,
    UserFactory,
)

pytestmark = [pytest.mark.django_db, pytest.mark.one_cast]

EUROPE = {"alice", "bob", "rita", "sam", "charlie", "ivo"}


def test_one_sees_the_own_subtree_and_superusers_see_all(client, cast):
    assert set(people(enter(client, cast.alice))) == EUROPE
    assert "zoe" in people(enter(client, cast.root))
    assert set(people(enter(client, cast.sue))) == {*EUROPE, "sue", "akira"}


@pytest.mark.parametrize("who", ["akira", "zoe", "sue"])
def test_whom_one_does_not_see_is_nowhere(client, cast, who):
    browser, stranger = enter(client, cast.alice), getattr(cast, who)
    for page in ("change", "delete", "history", "password"):
        url = page_of(stranger).replace("/change/", f"/{page}/")
        answer = browser.get(url)
        assert answer.status_code in (302, 403, 404)
        assert who.encode() not in answer.content
    assert people(browser, q=who) == []
    choices = browser.get(
        "/admin/autocomplete/",
        {"app_label": "users", "model_name": "userrole", "field_name": "user", "term": who},
    )
    assert choices.status_code == 200
    assert choices.json()["results"] == []


@pytest.mark.parametrize(
    ("model", "field", "hidden", "shown"),
    [
        ("user", "organization", {"Acme", "Acme Asia", "Globex"}, {"Acme Europe", "Acme Italy"}),
        ("organization", "parent", {"Acme", "Globex"}, {"Acme Europe"}),
        ("site", "organization", {"Acme", "Globex"}, {"Acme Italy"}),
        ("usersite", "site", {"Paris"}, {"Rome"}),
        ("userrole", "role", {"Super Admin"}, {"Admin", "Reader"}),
    ],
)
def test_choices_are_in_sight_and_in_reach(client, cast, model, field, hidden, shown):
    SiteFactory(name="Rome", organization=cast.italy)
    SiteFactory(name="Paris", organization=cast.globex)
    asked = {"app_label": "users", "model_name": model, "field_name": field}
    answer = enter(client, cast.alice).get("/admin/autocomplete/", asked)
    names = {choice["text"] for choice in answer.json()["results"]}
    assert shown <= names
    assert not hidden & names


def test_deleted_people_are_not_offered(client, cast):
    cast.charlie.soft_delete()
    asked = {"app_label": "users", "model_name": "userrole", "field_name": "user"}
    answer = enter(client, cast.alice).get("/admin/autocomplete/", asked)
    assert "charlie" not in str(answer.json())


@pytest.fixture
def crowd(cast):
    """People in whom each filter finds somebody and not everybody."""
    now = clock.now()
    cast.rome = SiteFactory(name="Rome", organization=cast.italy)
    cast.ldap = ConnectionFactory(name="LDAP")
    cast.eve = UserFactory(
        username="eve",
        organization=cast.italy,
        status="risky",
        user_type="saas_admin",
        connection=cast.ldap,
        groups=[GroupFactory(name="Chess")],
        tags=[TagFactory(name="blue")],
        sites=[cast.rome],
        mfa_enabled=True,
        email_verified=True,
        last_login=now,
        access_ends_at=now + timedelta(days=1),
    )
    cast.late = UserFactory(
        username="late", organization=cast.europe, access_ends_at=now - timedelta(days=1)
    )
    cast.off = UserFactory(username="off", organization=cast.europe, suspended=True)
    cast.gone = UserFactory(username="gone", organization=cast.europe)
    cast.gone.soft_delete()
    return cast


FILTERS = {
    "status": [("risky", {"eve"}), ("suspended", {"off"})],
    "account_state": [
        ("Enabled*", {"eve"}),
        ("Disabled*", {"late"}),
        ("Disabled", {"off"}),
        ("Enabled", EUROPE),
    ],
    "user_type": [("saas_admin", {"eve"})],
    "role": [(lambda: str(Role.objects.get(name="Reader").pk), {"rita"})],
    "organization": [
        (lambda cast: str(cast.italy.pk), {"ivo", "eve"}),
        (lambda cast: str(cast.europe.pk), {*EUROPE, "eve", "late", "off"}),
        (lambda cast: str(cast.globex.pk), set()),
    ],
    "group": [("Chess", {"eve"}), ("Rowing", set())],
    "tag": [("blue", {"eve"})],
    "site": [(lambda cast: str(cast.rome.pk), {"eve"})],
    "connection": [(lambda: Connection.objects.get(name="LDAP").pk, {"eve"}), ("con_x", set())],
    "mfa": [("yes", {"eve"}), ("no", {*EUROPE, "late", "off"})],
    "email_verified": [("yes", {"eve"}), ("no", {*EUROPE, "late", "off"})],
    "signed_in": [("never", {*EUROPE - {"alice"}, "late", "off"})],
    "deleted": [("deleted", {"gone"}), ("everybody", {*EUROPE, "eve", "late", "off", "gone"})],
}


def test_every_filter_is_tested():
    assert set(FILTERS) == {one.parameter_name for one in PEOPLE_FILTERS}


@pytest.mark.parametrize(
    ("name", "case"), [(name, case) for name, cases in FILTERS.items() for case in cases]
)
def test_a_filter_finds_whom_it_says(client, crowd, name, case):
    value, found = case
    if callable(value):
        value = value(crowd) if value.__code__.co_argcount else value()
    assert set(people(enter(client, crowd.alice), **{name: value})) == found


def test_filters_and_search_narrow_each_other(client, crowd):
    browser = enter(client, crowd.alice)
    assert people(browser, status="risky", mfa="no") == []
    assert people(browser, status="risky", q="EVE example.com") == ["eve"]
    assert people(browser, status="active", q="eve") == []
    assert people(browser, q=str(crowd.eve.pk)) == ["eve"]


def test_the_state_is_told(client, crowd):
    browser = enter(client, crowd.alice)
    text = browser.get(PEOPLE, {"deleted": "everybody"}).content.decode()
    for state in ("Enabled*", "Disabled*", "Deleted"):
        assert f'field-state">{state}<' in text


COLUMNS = ["username", "name", "email", "organization", "status", "signed_in", "created"]


def test_every_column_sorts_with_nulls_last(client, cast):
    cast.bob.record_sign_in()
    cast.ivo.record_sign_in()
    browser = enter(client, cast.root)
    cast.root.refresh_from_db()
    shown = browser.get(PEOPLE).context["cl"].list_display
    never = {"rita", "sam", "sue", "nora", "zoe", "akira", "charlie", "alice"}
    for direction in ("", "-"):
        number = shown.index("signed_in")
        assert set(people(browser, o=f"{direction}{number}")[-8:]) == never
        number = shown.index("organization")
        assert set(people(browser, o=f"{direction}{number}")[-2:]) == {"root", "nora"}
    number = shown.index("name")
    names = people(browser, o=str(number))
    assert names == sorted(names)
    assert people(browser, o=f"-{number}") == names[::-1]


def test_names_sort_without_their_case(client, cast):
    for name in ("zacharias", "Ägidius", "Émile", "adam", "Bert"):
        UserFactory(username=name.casefold(), name=name, organization=cast.italy)
    browser = enter(client, cast.alice)
    number = browser.get(PEOPLE).context["cl"].list_display.index("name")
    found = people(browser, o=str(number), organization=str(cast.italy.pk))
    assert found == ["adam", "bert", "ivo", "zacharias", "ägidius", "émile"]


def test_newest_come_first(client, cast):
    assert people(enter(client, cast.alice))[:2] == ["charlie", "ivo"]


def cost(client, url, parameters=None):
    with CaptureQueriesContext(
        connection,
    ) as queries:
        assert client.get(url, parameters).status_code == 200
    return len(queries)


@pytest.mark.parametrize(
    "url",
    [
        PEOPLE,
        "/admin/users/organization/",
        "/admin/users/site/",
        "/admin/users/role/",
        "/admin/users/group/",
        "/admin/users/auditentry/",
    ],
)
def test_a_hundred_rows_cost_what_ten_do(client, cast, url):
    from .factories import OrganizationFactory, RoleFactory

    def more(number):
        for _ in range(number):
            below = OrganizationFactory(parent=cast.europe)
            SiteFactory(organization=below)
            person = UserFactory(organization=below, roles=[RoleFactory()])
            person.groups.add(GroupFactory())

    browser = enter(client, cast.alice)
    more(4)
    browser.get(url)
    few = cost(browser, url)
    more(90)
    assert cost(browser, url) == few


@pytest.mark.parametrize(
    "query",
    [
        "q=%00",
        "q=%ED%A0%80",
        "q=" + "x" * 3000,
        "status=nonsense",
        "status=active&status=risky",
        "status=%00",
        "organization=%00",
        "role=not-a-uuid",
        "connection=%00",
        "group=%00",
        "foo=bar",
        "password__startswith=a",
        "organization__name=Acme",
        "e=1",
        "e=1&foo=bar",
        "p=x",
        "p=99999",
        "p=-1",
        "all=",
        "o=x",
        "o=99.-98",
        "o=--1",
        "o=.",
        "_facets=1",
        "_to_field=id",
        "_popup=1",
    ],
)
def test_an_odd_address_is_no_crash(client, cast, query):
    answer = enter(client, cast.alice).get(f"{PEOPLE}?{query}")
    assert answer.status_code in (200, 302)
    answer = client.get(f"{PEOPLE}export/csv?{query}")
    assert answer.status_code in (200, 302)
    if answer.streaming:
        assert b"".join(answer.streaming_content).startswith(b"Username,")


@pytest.mark.parametrize(
    "query",
    ["status=nonsense", "foo=bar", "password__startswith=a", "deleted=no", "mfa=maybe", "q=%00"],
)
def test_a_filter_that_is_not_understood_is_told(client, cast, query):
    answer = enter(client, cast.alice).get(f"{PEOPLE}?{query}", follow=True)
    assert answer.redirect_chain == [(f"{PEOPLE}?e=1", 302)]
    assert "not understood" in messages_of(answer)[-1]
    refused = client.get(f"{PEOPLE}export/csv?{query}")
    assert (refused.status_code, refused["Location"]) == (302, f"{PEOPLE}?e=1")


@pytest.mark.parametrize(
    "model", ["user", "organization", "site", "role", "connection", "auditentry"]
)
@pytest.mark.parametrize("key", ["x", "0", "9" * 30, "%00", "%ED%A0%80", "con_0", "a" * 500])
def test_an_odd_id_names_nothing(client, cast, model, key):
    browser = enter(client, cast.root)
    for page in ("change/", "delete/", "history/", "password/", ""):
        answer = browser.get(f"/admin/users/{model}/{key}/{page}")
        assert answer.status_code in (302, 403, 404)
