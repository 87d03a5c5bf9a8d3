"""The list of people in a real browser: filters, chips, columns, and screens of any width."""

import pytest
from playwright.sync_api import expect

from users.tests.barriers import barriers
from users.tests.pressing import submit
from usersvc.tests.serving import place, serving

pytestmark = [pytest.mark.browser, pytest.mark.once]
PASSWORD = "correct horse battery"
PEOPLE = "/admin/users/user/"


@pytest.fixture(scope="module")
def service(tmp_path_factory):
    with (
        place(tmp_path_factory.mktemp("people")) as here,
        serving(here, USERSVC_ADMIN_PASSWORD=PASSWORD) as service,
    ):
        yield service


@pytest.fixture
def people(service, page):
    page.set_viewport_size({"width": 1440, "height": 900})
    page.goto(f"{service.address}/admin/")
    page.fill("input[name=login]", "admin")
    page.fill("input[name=password]", PASSWORD)
    submit(page, "main [type=submit]")
    page.goto(f"{service.address}{PEOPLE}")
    return page


def chips(page):
    return page.locator(".chip").all_inner_texts()


def titles(page):
    return [text for text in page.locator("#result_list thead .text").all_inner_texts() if text]


def test_filters_are_chosen_shown_and_taken_away(people):
    people.click(".filters > summary")
    people.check("input[name=status][value=active]")
    people.check("input[name=status][value=risky]")
    people.select_option("select[name=mfa]", "false")
    people.locator(".preset[data-name=created]", has_text="90 days").click()
    assert barriers(people) == []
    submit(people, ".panel button[type=submit]")
    assert "status=active&status=risky&mfa=false&created_from=" in people.url
    assert "q=" not in people.url  # what was left empty is not in the address
    assert len(chips(people)) == 5
    submit(people, ".chip:has-text('Risky') a")
    assert "risky" not in people.url
    assert len(chips(people)) == 4
    submit(people, ".chips > li > a:has-text('Clear all')")
    assert chips(people) == []


def test_an_organization_is_looked_up(people):
    people.click(".filters > summary")
    people.locator(".panel .control", has_text="Organization").locator(".select2-selection").click()
    people.keyboard.type("acme eur")
    people.locator(".select2-results__option", has_text="Acme Europe").click()
    submit(people, ".panel button[type=submit]")
    assert [text.split() for text in chips(people)] == [["Organization", "Acme", "Europe"]]
    assert people.locator("#result_list tbody tr").count() > 0


def test_columns_are_chosen_and_remembered(service, people):
    people.click(".columns > summary")
    people.uncheck("input[name=columns][value=email]")
    people.check("input[name=columns][value=role_names]")
    people.select_option("select[name=page_size]", "25")
    assert barriers(people) == []
    submit(people, ".columns button[type=submit]")
    people.goto(f"{service.address}{PEOPLE}")
    assert "Roles" in titles(people)
    assert "Email" not in titles(people)
    assert people.locator("#result_list tbody tr").count() == 25
    submit(people, ".pages a[rel=next]")
    expect(people.locator(".pages .range")).to_contain_text("26–50")


def test_menus_close_by_escape_and_by_a_click_elsewhere(people):
    menu = people.locator(".filters")
    people.click(".filters > summary")
    people.keyboard.press("Escape")
    expect(menu).not_to_have_attribute("open", "")
    expect(people.locator(".filters > summary")).to_be_focused()
    people.keyboard.press("Enter")
    expect(menu).to_have_attribute("open", "")
    people.click("h1")
    expect(menu).not_to_have_attribute("open", "")


def test_a_narrow_screen_holds_everything(service, people):
    people.set_viewport_size({"width": 390, "height": 844})
    for path in ("/admin/", PEOPLE, f"{PEOPLE}?status=active&mfa=false", f"{PEOPLE}add/"):
        people.goto(f"{service.address}{path}")
        assert people.evaluate("document.documentElement.scrollWidth") <= 390, path
    expect(people.locator("#site-nav")).not_to_be_visible()
    people.click(".menu-button")
    expect(people.locator("#site-nav")).to_be_visible()
    submit(people, "#site-nav a:has-text('Organizations')")
    assert people.url.endswith("/admin/users/organization/")
