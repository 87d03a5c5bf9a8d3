"""Pages speak the language of their reader; programs are answered in English."""

import pytest

from users.tests.browsing import PEOPLE, enter
from users.tests.cast import Cast

pytestmark = [pytest.mark.django_db, pytest.mark.once]
ITALIAN = {"Accept-Language": "it-IT,it;q=0.9"}


@pytest.fixture
def cast():
    return Cast()


def test_a_page_is_in_the_language_that_the_browser_asks_for(client, cast):
    browser = enter(client, cast.alice)
    answer = browser.get(PEOPLE, headers=ITALIAN)
    assert '<html lang="it"' in answer.content.decode()
    assert answer["Content-Language"] == "it"
    assert "Accept-Language" in answer["Vary"]
    assert '<html lang="en"' in browser.get(PEOPLE).content.decode()


def test_a_language_that_is_not_there_is_english(client, cast):
    answer = enter(client, cast.alice).get(PEOPLE, headers={"Accept-Language": "fr"})
    assert '<html lang="en"' in answer.content.decode()


def test_the_choice_wins_and_is_kept(client, cast):
    browser = enter(client, cast.alice)
    chosen = browser.post("/account/language", {"language": "it", "next": PEOPLE})
    assert chosen["Location"] == PEOPLE
    assert browser.cookies["language"]["httponly"]
    assert '<html lang="it"' in browser.get(PEOPLE).content.decode()
    browser.post("/account/language", {"language": "en", "next": PEOPLE})
    assert '<html lang="en"' in browser.get(PEOPLE, headers=ITALIAN).content.decode()


def test_the_choice_leads_nowhere_else(client):
    answer = client.post("/account/language", {"language": "it", "next": "https://evil.example/"})
    assert answer["Location"] == "/"


def test_the_api_is_in_english_whatever_was_asked_for_before(client, cast, call):
    enter(client, cast.alice).get(PEOPLE, headers=ITALIAN)
    expected = call(cast.alice).get("/users?status=nonsense").content
    answer = call(cast.alice).get("/users?status=nonsense", headers=ITALIAN)
    assert (answer.status_code, answer.content) == (400, expected)
    assert "Content-Language" not in answer
    assert "Accept-Language" not in answer.get("Vary", "")


def test_the_sign_in_page_is_translated(client):
    text = client.get("/account/login/", headers=ITALIAN).content.decode()
    assert '<html lang="it"' in text


@pytest.mark.parametrize(
    "address",
    ["/admin/", "/admin/reports/", PEOPLE, "/admin/users/auditentry/", "/admin/users/organization/",
     "/admin/users/role/matrix/", "/admin/users/invitation/", "/admin/exports/job/",
     "/admin/users/serviceaccount/", "/admin/users/serviceaccount/add/", "/admin/users/webhook/",
     "/admin/users/webhook/add/", "/admin/users/exportschedule/",
     f"{PEOPLE}export", f"{PEOPLE}import", f"{PEOPLE}?status=risky&locked=yes"],
)  # fmt: skip
def test_every_page_opens_in_italian(client, cast, address):
    answer = enter(client, cast.root).get(address, headers=ITALIAN)
    assert answer.status_code == 200
    assert '<html lang="it"' in answer.content.decode()
