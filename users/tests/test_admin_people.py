"""The list of people in the admin: whom it shows, its filters, its order, what it costs."""

import re
from datetime import timedelta
from html import unescape
from urllib.parse import parse_qs

import pytest
from django.db import connection
from django.test import Client, RequestFactory
from django.test.utils import CaptureQueriesContext

from users import lockout
from users.admin.people_columns import ALL, DEFAULT
from users.admin.people_list import NO_FILTERS
from users.admin.people_question import PeopleQuestion
from users.models import Connection, Group, Role, Tag, User
from usersvc import clock

from .browsing import PEOPLE, enter, listed, messages_of, page_of, people
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


def days(number):
    """Return an instant so many days from now, as an address holds it."""
    return (clock.now() + timedelta(days=number)).isoformat()


def grown_old(person):
    User.objects.with_ids([person.pk]).update(created_at=clock.now() - timedelta(days=100))
    return "99"


def locking(person):
    for _ in range(3):
        lockout.record_failure(RequestFactory().get("/"), person.username)
    return "yes"


def expiring(person):
    User.objects.with_ids([person.pk]).update(password_expires_at=clock.now() + timedelta(days=9))
    return days(0)


FILTERS = {
    "q": [("eve", {"eve"}), ("nobody at all", set())],
    "status": [
        ("risky", {"eve"}),
        ("suspended", {"off"}),
        (["risky", "suspended"], {"eve", "off"}),
    ],
    "account_state": [
        ("Enabled*", {"eve"}),
        ("Disabled*", {"late"}),
        ("disabled", {"off"}),
        ("Enabled", EUROPE),
        (["Enabled*", "Disabled*"], {"eve", "late"}),
    ],
    "user_type": [("saas_admin", {"eve"})],
    "role": [
        (lambda: str(Role.objects.get(name="Reader").pk), {"rita"}),
        (lambda: [str(role.pk) for role in Role.objects.all()], {"alice", "bob", "rita", "sam"}),
        ("not-a-uuid", set()),
    ],
    "organization": [
        (lambda cast: str(cast.italy.pk), {"ivo", "eve"}),
        (lambda cast: str(cast.europe.pk), {*EUROPE, "eve", "late", "off"}),
        (lambda cast: [str(cast.italy.pk), str(cast.globex.pk)], {"ivo", "eve"}),
        (lambda cast: str(cast.globex.pk), set()),
    ],
    "group": [(lambda: str(Group.objects.get(name="Chess").pk), {"eve"}), ("Chess", set())],
    "tag": [(lambda: str(Tag.objects.get(name="blue").pk), {"eve"})],
    "site": [(lambda cast: str(cast.rome.pk), {"eve"})],
    "connection": [(lambda: Connection.objects.get(name="LDAP").pk, {"eve"}), ("con_x", set())],
    "mfa": [("true", {"eve"}), ("false", {*EUROPE, "late", "off"})],
    "email_verified": [("true", {"eve"}), ("false", {*EUROPE, "late", "off"})],
    "locked": [(lambda cast: locking(cast.late), {"late"})],
    "signed_in": [("never", {*EUROPE - {"alice"}, "late", "off"})],
    "dormant_days": [("1", set()), (lambda cast: grown_old(cast.late), {"late"})],
    "signed_in_from": [(days(-1), {"alice", "eve"}), (days(1), set())],
    "signed_in_to": [(days(-1), set()), (days(1), {"alice", "eve"})],
    "created_from": [(days(1), set())],
    "created_to": [(days(-1), set()), (days(1), {*EUROPE, "eve", "late", "off"})],
    "updated_from": [(days(1), set())],
    "updated_to": [(days(-1), set())],
    "password_expires_from": [(lambda cast: expiring(cast.late), {"late"})],
    "password_expires_to": [(days(0), set())],
    "access_ends_from": [(days(0), {"eve"})],
    "access_ends_to": [(days(0), {"late"})],
    "deleted": [("deleted", {"gone"}), ("everybody", {*EUROPE, "eve", "late", "off", "gone"})],
}


def test_every_filter_is_tested():
    assert set(FILTERS) == set(PeopleQuestion.base_filters) - NO_FILTERS


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
    assert people(browser, status="risky", mfa="false") == []
    assert people(browser, status="risky", q="EVE example.com") == ["eve"]
    assert people(browser, status="active", q="eve") == []
    assert people(browser, q=str(crowd.eve.pk)) == ["eve"]


def test_the_state_is_told(client, crowd):
    browser = enter(client, crowd.alice)
    text = browser.get(PEOPLE, {"deleted": "everybody"}).content.decode()
    for state in ("Enabled*", "Disabled*", "Deleted"):
        assert f'field-state">{state}<' in text


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
    number = shown.index("person")
    names = people(browser, o=str(number))
    assert names == sorted(names)
    assert people(browser, o=f"-{number}") == names[::-1]
    number = shown.index("standing")
    assert people(browser, o=str(number)) == people(browser, o=f"-{number}")[::-1]


def test_names_sort_without_their_case(client, cast):
    for name in ("zacharias", "Ägidius", "Émile", "adam", "Bert"):
        UserFactory(username=name.casefold(), name=name, organization=cast.italy)
    browser = enter(client, cast.alice)
    number = browser.get(PEOPLE).context["cl"].list_display.index("person")
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
    assert answer.status_code in (200, 302, 400)
    answer = client.get(f"{PEOPLE}export/csv?{query}")
    assert answer.status_code in (200, 302)
    if answer.streaming:
        assert b"".join(answer.streaming_content).startswith(b"Username,")


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("status=nonsense", ["status", "nonsense", "onboarding"]),
        ("foo=bar", ["foo", "unknown parameter", "bar"]),
        ("statsu=active", ["statsu", "did you mean `status`"]),
        ("password__startswith=a", ["password__startswith"]),
        ("deleted=no", ["deleted", "everybody"]),
        ("mfa=maybe", ["mfa", "maybe"]),
        ("q=%00", ["q"]),
        ("p=x", ["p", "x"]),
        ("created_from=2026-02-30", ["created_from", "2026-02-30"]),
        ("created_from=2026-02-02&created_to=2026-02-01", ["created_to", "lies before"]),
    ],
)
def test_a_question_that_is_not_understood_is_told_and_shows_nobody(client, cast, query, words):
    answer = enter(client, cast.alice).get(f"{PEOPLE}?{query}")
    assert answer.status_code == 400
    assert listed(answer) == []
    [fault, *_] = re.findall(r"<li><code>.*?</li>", answer.content.decode(), re.DOTALL)
    for word in words:
        assert word in unescape(fault)
    refused = client.get(f"{PEOPLE}export/csv?{query}")
    assert refused.status_code == 302
    assert refused["Location"].startswith(f"{PEOPLE}?")
    values = {"action": "suspend", "select_across": "1", "confirm": "yes"}
    assert client.post(f"{PEOPLE}?{query}", values)
    assert not User.objects.filter(status="suspended").exists()


# -- chips, pages and columns


def test_a_chip_takes_one_value_away(client, crowd):
    role = Role.objects.get(name="Reader")
    browser = enter(client, crowd.alice)
    asked = {"status": ["active", "risky"], "role": str(role.pk), "q": "r", "p": "1", "o": "1"}
    cl = browser.get(PEOPLE, asked).context["cl"]
    told = [(chip.label, chip.text) for chip in cl.chips]
    assert told == [("Status", "Active"), ("Status", "Risky"), ("Role", "Reader"), ("Search", "r")]
    assert cl.filter_count == 3
    without = parse_qs(cl.chips[0].without.removeprefix("?"))
    assert without == {"status": ["risky"], "role": [str(role.pk)], "q": ["r"], "o": ["1"]}
    assert cl.without_any == "?o=1"


def test_a_chip_names_nothing_out_of_sight(client, cast):
    asked = {"organization": str(cast.globex.pk)}
    cl = enter(client, cast.alice).get(PEOPLE, asked).context["cl"]
    assert [chip.text for chip in cl.chips] == [str(cast.globex.pk)]


def test_a_wrong_filter_has_a_chip_that_takes_it_away(client, cast):
    cl = enter(client, cast.alice).get(f"{PEOPLE}?statsu=active&status=active").context["cl"]
    assert [(chip.label, chip.is_wrong) for chip in cl.chips] == [
        ("statsu", True),
        ("Status", False),
    ]
    assert cl.chips[0].without == "?status=active"


def test_pages_lead_on_and_back(client, cast):
    for number in range(60):
        UserFactory(username=f"n{number:02}", organization=cast.europe)
    browser = enter(client, cast.alice)
    first = browser.get(PEOPLE, {"status": "active"}).context["cl"]
    assert (len(first.result_list), first.has_next, first.first, first.last) == (50, True, 1, 50)
    second = browser.get(f"{PEOPLE}{first.next_page}").context["cl"]
    assert second.page_num == 2
    assert (second.has_next, second.first) == (False, 51)
    assert not {each.pk for each in first.result_list} & {each.pk for each in second.result_list}
    back = browser.get(f"{PEOPLE}{second.previous_page}").context["cl"]
    assert [each.pk for each in back.result_list] == [each.pk for each in first.result_list]
    past = browser.get(PEOPLE, {"p": "9"})
    assert "past the end" in past.content.decode()


def test_many_are_counted_when_that_is_asked_for(client, cast, monkeypatch):
    monkeypatch.setattr("usersvc.api.pagination.COUNTED", 3)
    browser = enter(client, cast.alice)
    cl = browser.get(PEOPLE).context["cl"]
    assert (cl.result_count, cl.is_capped) == (3, True)
    assert "3+ users" in browser.get(PEOPLE).content.decode()
    cl = browser.get(f"{PEOPLE}{cl.counted_exactly}").context["cl"]
    assert (cl.result_count, cl.is_capped) == (len(EUROPE), False)


def test_columns_are_chosen_and_remembered_for_each(client, cast):
    browser = enter(client, cast.alice)
    chosen = {"columns": ["tag_names", "email"], "page_size": "25", "next": f"{PEOPLE}?q=a"}
    answer = browser.post(f"{PEOPLE}columns", chosen)
    assert (answer.status_code, answer["Location"]) == (302, f"{PEOPLE}?q=a")
    cl = browser.get(PEOPLE).context["cl"]
    assert [name for name in cl.list_display if name != "action_checkbox"] == [
        "person",
        "tag_names",
        "email",
    ]
    assert cl.size == 25
    other = enter(Client(), cast.bob).get(PEOPLE).context["cl"]
    assert set(DEFAULT) <= set(other.list_display)


@pytest.mark.parametrize(
    ("values", "word"),
    [({"columns": "shoe", "page_size": "25"}, "shoe"), ({"page_size": "26"}, "26")],
)
def test_a_column_that_there_is_not_is_told(client, cast, values, word):
    answer = enter(client, cast.alice).post(f"{PEOPLE}columns", values, follow=True)
    assert word in messages_of(answer)[-1]
    assert "person" in answer.context["cl"].list_display


@pytest.mark.parametrize("there", ["https://evil.example/", "//evil.example", "/admin/logout/", ""])
def test_nobody_is_led_elsewhere(client, cast, there):
    values = {"columns": "email", "page_size": "25", "next": there}
    answer = enter(client, cast.alice).post(f"{PEOPLE}columns", values)
    assert answer["Location"] == PEOPLE


def test_every_column_is_shown_at_the_cost_of_a_few_queries(client, crowd):
    browser = enter(client, crowd.alice)
    browser.post(f"{PEOPLE}columns", {"columns": ALL, "page_size": "100"})
    text = browser.get(PEOPLE).content.decode()
    for word in ("Chess", "blue", "Rome", "LDAP", "Reader"):
        assert word in text
    few = cost(browser, PEOPLE)
    for number in range(20):
        UserFactory(
            organization=crowd.italy,
            tags=[TagFactory(name=f"t{number}")],
            groups=[GroupFactory(name=f"g{number}")],
            sites=[SiteFactory(name=f"s{number}", organization=crowd.italy)],
        )
    assert cost(browser, PEOPLE) == few


@pytest.mark.parametrize(
    "model", ["user", "organization", "site", "role", "connection", "auditentry"]
)
@pytest.mark.parametrize("key", ["x", "0", "9" * 30, "%00", "%ED%A0%80", "con_0", "a" * 500])
def test_an_odd_id_names_nothing(client, cast, model, key):
    browser = enter(client, cast.root)
    for page in ("change/", "delete/", "history/", "password/", ""):
        answer = browser.get(f"/admin/users/{model}/{key}/{page}")
        assert answer.status_code in (302, 403, 404)
