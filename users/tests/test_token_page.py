"""The page of a person's tokens."""

import pytest

from users import tokens
from users.models import TokenFamily

from .browsing import enter
from .test_tokens import me

pytestmark = [pytest.mark.django_db, pytest.mark.one_cast]
PAGE = "/account/tokens/"


def end(browser, family):
    return browser.post(f"{PAGE}{family.pk}/end/")


def test_it_shows_those_of_who_asks_and_nobody_elses(client, cast):
    tokens.mint(cast.alice, ["pwd"], "curl/8 <b>")
    tokens.mint(cast.bob, ["pwd"], "another program")
    page = enter(client, cast.alice).get(PAGE).content.decode()
    assert "curl/8 &lt;b&gt;" in page
    assert "another program" not in page


def test_it_says_when_there_are_none(client, cast):
    assert "No program holds tokens" in enter(client, cast.alice).get(PAGE).content.decode()


def test_they_are_ended(client, cast, call):
    pair = tokens.mint(cast.alice, ["pwd"])
    answer = end(enter(client, cast.alice), TokenFamily.objects.get())
    assert (answer.status_code, answer["Location"]) == (302, PAGE)
    assert me(call(), pair["access"]).status_code == 401
    assert end(client, TokenFamily.objects.get()).status_code == 404


def test_nobody_ends_those_of_others(client, cast, call):
    pair = tokens.mint(cast.bob, ["pwd"])
    assert end(enter(client, cast.alice), TokenFamily.objects.get()).status_code == 404
    assert me(call(), pair["access"]).status_code == 200


def test_a_link_ends_nothing(client, cast):
    tokens.mint(cast.alice, ["pwd"])
    browser = enter(client, cast.alice)
    assert browser.get(f"{PAGE}{TokenFamily.objects.get().pk}/end/").status_code == 405
    assert TokenFamily.objects.get().ended_at is None


def test_many_take_as_many_statements_as_one(client, cast, django_assert_num_queries):
    browser = enter(client, cast.alice)
    browser.get(PAGE)
    for count in (1, 20):
        for _ in range(count):
            tokens.mint(cast.alice, ["pwd"])
        with django_assert_num_queries(4):  # session, person, sight of the menu, tokens
            browser.get(PAGE)
