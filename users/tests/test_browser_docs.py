"""The documentation in a real browser: tabs, copying, the theme, and the reference tried out."""

import pytest

from users.docs.pages import pages
from users.tests.barriers import barriers
from usersvc.tests.serving import place, serving
from usersvc.tests.talking import token_of

pytestmark = [
    pytest.mark.browser,
    pytest.mark.once,  # the pages are the same on either database
    pytest.mark.xdist_group("browser"),
]
PASSWORD = "correct horse battery"
ADDRESSES = [*(page.address for page in pages()), "/docs/reference"]
NARROW = {"width": 390, "height": 844}


@pytest.fixture(scope="module")
def service(tmp_path_factory):
    with (
        place(tmp_path_factory.mktemp("docs")) as here,
        serving(here, USERSVC_ADMIN_PASSWORD=PASSWORD) as service,
    ):
        service.token = token_of(service, password=PASSWORD)
        yield service


def opened(service, page, address):
    """Open a page of the documentation, and wait for the reference where it is one."""
    page.goto(service.address + address)
    if address.startswith("/docs/reference"):
        page.wait_for_selector(".opblock-tag")
    return page


@pytest.mark.parametrize("address", ADDRESSES)
def test_nothing_is_in_the_way_of_anybody(service, page, address):
    assert barriers(opened(service, page, address)) == []


@pytest.mark.parametrize("address", ADDRESSES)
def test_nothing_is_wider_than_a_telephone(service, page, address):
    page.set_viewport_size(NARROW)
    opened(service, page, address)
    assert page.evaluate("document.documentElement.scrollWidth") == NARROW["width"]
    page.click(".menu summary")
    page.click(".menu a[aria-current]")
    assert page.url == service.address + address


def test_a_language_is_chosen_for_all_programs_and_remembered(service, page):
    opened(service, page, "/docs")
    assert page.locator("figure[data-language=curl]:visible").count() == 4
    page.get_by_role("tab", name="Python").nth(1).click()
    assert page.locator("figure[data-language=Python]:visible").count() == 4
    assert page.locator("figure[data-language=curl]:visible").count() == 0
    opened(service, page, "/docs/jobs")
    assert page.get_by_role("tab", selected=True).all_inner_texts() == ["Python"]


def test_languages_are_chosen_by_keyboard(service, page):
    opened(service, page, "/docs/directory")
    page.get_by_role("tab", name="curl").focus()
    page.keyboard.press("ArrowLeft")
    assert page.evaluate("document.activeElement.textContent") == "Go"
    assert page.locator("figure[data-language=Go]").is_visible()
    page.keyboard.press("Home")
    assert page.locator("figure[data-language=curl]").is_visible()


def test_a_program_is_copied_whole(service, page):
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    opened(service, page, "/docs/directory")
    figure = page.locator("figure[data-language=curl]")
    figure.get_by_role("button").click()
    figure.get_by_text("Copied").wait_for()
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied == figure.locator("code").inner_text()
    assert copied.startswith("curl ")


def test_all_languages_are_there_without_scripts(service, chromium):
    context = chromium.new_context(java_script_enabled=False)
    page = opened(service, context.new_page(), "/docs")
    assert page.locator("figure[data-group]:visible").count() == 16
    context.close()


def test_the_theme_is_chosen(service, page):
    page.emulate_media(color_scheme="light")
    opened(service, page, "/docs/reference")
    colour = "getComputedStyle(document.body).backgroundColor"
    light = page.evaluate(colour)
    page.click(".theme-toggle")
    assert page.evaluate(colour) != light
    assert "dark-mode" in page.get_attribute("html", "class")
    opened(service, page, "/docs")
    assert page.evaluate(colour) != light


def test_the_reference_is_tried_out(service, page):
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    opened(service, page, "/docs/reference#/directory")
    page.click("#operations-directory-list_users .opblock-summary-control")
    page.click(".btn.authorize")
    page.fill(".modal-ux input", service.token)
    page.click(".modal-ux .btn.authorize")
    page.click(".modal-ux .btn-done")
    page.click("#operations-directory-list_users .try-out__btn")
    with page.expect_response(f"{service.address}/users*") as answer:
        page.click("#operations-directory-list_users .execute")
    assert answer.value.status == 200
    shown = page.locator("#operations-directory-list_users .live-responses-table .response")
    assert shown.locator(".response-col_status").first.inner_text().startswith("200")
    assert {url.split("/")[2] for url in asked if url.startswith("http")} == {
        f"localhost:{service.port}"
    }
    barred = barriers(page)
    opened(service, page, "/docs")
    opened(service, page, "/docs/reference")
    assert page.evaluate("JSON.stringify([localStorage, document.cookie])").count("ey") == 0
    page.wait_for_selector(".btn.authorize.unlocked")
    assert barred == []
