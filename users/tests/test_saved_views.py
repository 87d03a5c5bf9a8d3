"""Saved views of the list of people, and its order in words."""

from urllib.parse import parse_qs, urlsplit

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from users.models import ListPreference, Role, SavedView, User, saved_view

from .browsing import PEOPLE, enter, listed, messages_of, people
from .factories import UserFactory

pytestmark = [pytest.mark.django_db, pytest.mark.one_cast]
SAVE = f"{PEOPLE}views/save"


def save(browser, query="status=active&sort=name:asc", follow=True, **form):
    form = {"name": "Mine", "next": f"{PEOPLE}?{query}", **form}
    return browser.post(SAVE, form, follow=follow)


def tabs(browser, query=""):
    return browser.get(f"{PEOPLE}?{query}").context["view_tabs"]


def change(browser, view, verb, query=""):
    return browser.post(f"{PEOPLE}views/{view.pk}/{verb}", {"next": f"{PEOPLE}?{query}"})


def test_a_view_keeps_question_order_and_columns(client, cast):
    ListPreference.objects.keep(cast.alice, ["email", "role_names"], 50)
    browser = enter(client, cast.alice)
    shown = save(browser, "status=active&status=risky&sort=name:desc&p=2&count=exact")
    view = SavedView.objects.get()
    assert view.question == {"status": ["active", "risky"], "sort": ["name:desc"]}
    assert parse_qs(urlsplit(shown.redirect_chain[-1][0]).query)["view"] == [str(view.pk)]
    ListPreference.objects.keep(cast.alice, ["phone"], 50)
    page = browser.get(shown.redirect_chain[-1][0])
    assert page.context["cl"].list_display[1:4] == ["person", "email", "role_names"]
    assert listed(page) == people(browser, status=["active", "risky"], sort="name:desc")
    assert page.context["cl"].chips[0].text == "Active"


def test_the_view_that_is_shown_is_marked_and_so_is_its_change(client, cast):
    browser = enter(client, cast.alice)
    save(browser)
    view = SavedView.objects.get()
    query = f"status=active&sort=name:asc&view={view.pk}"
    [first, own] = tabs(browser, query)
    assert (first.is_current, own.is_current, own.is_changed) == (False, True, False)
    [_, own] = tabs(browser, f"{query}&q=x")
    assert own.is_changed
    assert [tab.is_current for tab in tabs(browser)] == [True, False]


def test_a_view_is_changed_and_deleted(client, cast):
    browser = enter(client, cast.alice)
    save(browser)
    view = SavedView.objects.get()
    change(browser, view, "update", "status=risky")
    view.refresh_from_db()
    assert view.question == {"status": ["risky"]}
    change(browser, view, "delete")
    assert not SavedView.objects.exists()


def test_a_shared_view_shows_everybody_his_own_people(client, cast):
    save(enter(client, cast.root), is_shared="on")
    view = SavedView.objects.get()
    browser = enter(client, cast.zoe)
    cast.zoe.roles.set(cast.alice.roles.all())
    [_, tab] = tabs(browser)
    assert (tab.name, tab.is_shared) == ("Mine", True)
    assert set(listed(browser.get(tab.address))) == {"zoe"}
    for verb in ("update", "delete"):
        assert change(browser, view, verb).status_code == 404
    assert change(enter(client, cast.root), view, "delete").status_code == 302


def test_what_is_not_shared_is_nobody_elses(client, cast):
    save(enter(client, cast.alice))
    view = SavedView.objects.get()
    browser = enter(client, cast.bob)
    assert len(tabs(browser)) == 1
    page = browser.get(f"{PEOPLE}?view={view.pk}")
    assert page.context["view"] is None
    assert change(browser, view, "delete").status_code == 404
    assert change(enter(client, cast.root), view, "delete").status_code == 404


@pytest.mark.parametrize(
    ("form", "words"),
    [
        ({"name": ""}, "required"),
        ({"name": "x" * 61}, "at most 60"),
        ({"name": "Taken"}, "of this name already"),
        ({"name": "a\0b"}, "Null characters"),
    ],
)
def test_what_cannot_be_saved_is_told_and_the_question_stays(client, cast, form, words):
    SavedView.objects.create(owner=cast.alice, name="Taken")
    answer = save(enter(client, cast.alice), **form)
    assert words in messages_of(answer)[-1]
    assert "status=active" in answer.redirect_chain[-1][0]
    assert SavedView.objects.count() == 1


def test_sharing_takes_a_right_and_views_are_bounded(client, cast, monkeypatch):
    browser = enter(client, cast.rita)
    assert "may not share" in messages_of(save(browser, is_shared="on"))[-1]
    monkeypatch.setattr("users.admin.views.MOST", 1)
    save(browser)
    assert "you have 1 views" in messages_of(save(browser, name="Two"))[-1]
    assert [view.name for view in SavedView.objects.all()] == ["Mine"]


@pytest.mark.parametrize("there", ["https://evil.example/", "/admin/?x=1", ""])
def test_only_a_question_of_the_list_is_kept(client, cast, there):
    browser = enter(client, cast.alice)
    browser.post(SAVE, {"name": "Odd", "next": there})
    assert SavedView.objects.get().question == {}


@pytest.mark.parametrize(
    "there", ["http://[", f"{PEOPLE}?q=%00", f"{PEOPLE}?q={'x' * 5000}", "x\0", f"{PEOPLE}?%00=x"]
)
def test_what_cannot_be_kept_is_told(client, cast, there):
    browser = enter(client, cast.alice)
    told = browser.post(SAVE, {"name": "Odd", "next": there}, follow=True)
    assert "too long, or holds" in messages_of(told)[-1]
    assert not SavedView.objects.exists()
    view = SavedView.objects.create(owner=cast.alice, name="Good")
    browser.post(f"{PEOPLE}views/{view.pk}/update", {"next": there})
    view.refresh_from_db()
    assert view.question == {}


def test_two_clicks_save_one_view(client, cast, monkeypatch):
    monkeypatch.setattr("users.admin.views._problem", lambda actor, form: "")
    browser = enter(client, cast.alice)
    save(browser)
    assert save(browser).status_code == 200
    assert SavedView.objects.count() == 1


@pytest.mark.parametrize(
    ("who", "seen"),
    [("ivo", True), ("rita", True), ("zoe", False), ("akira", False), ("sue", False)],
)
def test_a_shared_view_is_for_the_own_organization_and_those_below(client, cast, who, seen):
    """Its name and its question are words of its company: out of sight is as absent."""
    person = getattr(cast, who)
    person.roles.add(Role.objects.get(name="Reader"))
    SavedView.objects.create(owner=cast.alice, name="Fire in May", is_shared=True)
    assert ("Fire in May" in [tab.name for tab in tabs(enter(client, person))]) is seen


def test_a_view_that_is_no_longer_understood_says_so(client, cast):
    view = SavedView.objects.create(owner=cast.alice, name="Old", question={"gone": ["x"]})
    browser = enter(client, cast.alice)
    assert browser.get(tabs(browser)[1].address).status_code == 400
    assert change(browser, view, "delete").status_code == 302


@pytest.mark.parametrize("odd", ["x", "", "\0", "0" * 40])
def test_a_view_that_is_none_is_none(client, cast, odd):
    answer = enter(client, cast.alice).get(PEOPLE, {"view": odd})
    assert answer.status_code in (200, 400)
    assert answer.context["view"] is None


def test_many_views_cost_what_few_do(client, cast):
    browser = enter(client, cast.alice)

    def cost():
        with CaptureQueriesContext(connection) as queries:
            browser.get(PEOPLE)
        return len(queries)

    browser.get(PEOPLE)
    few = cost()
    for number in range(saved_view.MOST):
        SavedView.objects.create(owner=cast.alice, name=str(number))
    assert cost() == few


# -- the order, in words


def test_the_order_is_words_whatever_is_shown(client, cast):
    ListPreference.objects.keep(cast.alice, ["phone"], 50)
    browser = enter(client, cast.alice)
    for word in ("username", "email"):
        names = people(browser, sort=f"{word}:asc")
        assert names == sorted(names)
        assert people(browser, sort=f"{word}:desc") == names[::-1]
    two = people(browser, sort="user_type:asc,username:desc")
    assert set(two) == set(names)


def test_headers_ask_in_words(client, cast):
    browser = enter(client, cast.alice)
    page = browser.get(PEOPLE, {"sort": "email:asc"}).content.decode()
    assert "sort=email%3Adesc" in page
    assert "?o=" not in page
    assert "&amp;o=" not in page
    assert "sort=last_login%3Aasc%2Cemail%3Aasc" in page


@pytest.mark.parametrize("odd", ["salary", "name:up", "name:asc,name:desc", "name:asc:desc"])
def test_an_order_that_is_none_is_told(client, cast, odd):
    answer = enter(client, cast.alice).get(PEOPLE, {"sort": odd})
    assert answer.status_code == 400
    assert [fault.key for fault in answer.context["cl"].faults] == ["sort"]


def test_files_and_jobs_follow_the_order(client, cast):
    browser = enter(client, cast.alice)
    for number in range(5):
        UserFactory(organization=cast.italy, username=f"z{number}")
    answer = browser.get(f"{PEOPLE}export/csv", {"sort": "username:desc"})
    names = [line.split(",")[0] for line in answer.getvalue().decode().splitlines()[1:]]
    assert names == people(browser, sort="username:desc")
    assert names == sorted(names, reverse=True)
    assert User.objects.count() > 5
