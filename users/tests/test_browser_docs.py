"""The documentation in a real browser, under the policy as it stands: read, copied, tried."""

import json

import pytest

from users.docs.pages import pages
from users.tests.accounts import machine_at
from users.tests.barriers import barriers
from usersvc.tests.serving import place, serving

pytestmark = [pytest.mark.browser, pytest.mark.once]

PASSWORD = "correct horse battery"
SLUGS = [page.slug for page in pages()]
WIDTHS = [1440, 390]


@pytest.fixture(scope="module")
def service(tmp_path_factory):
    with (
        place(tmp_path_factory.mktemp("docs")) as here,
        serving(here, USERSVC_ADMIN_PASSWORD=PASSWORD) as service,
    ):
        service.here = here
        yield service


@pytest.fixture
def start(service, page):
    page.goto(f"{service.address}/docs")
    return page


@pytest.fixture
def reference(service, page):
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(f"{service.address}/docs/reference")
    page.wait_for_selector("#operations-tag-directory")
    yield page
    assert all(url.startswith((service.address, "data:")) for url in asked)


def is_too_wide(page, width):
    page.set_viewport_size({"width": width, "height": 900})
    return page.evaluate("document.documentElement.scrollWidth") > width


@pytest.mark.parametrize("slug", SLUGS)
def test_nothing_of_a_page_is_in_the_way(service, page, slug):
    page.goto(f"{service.address}/docs/{slug}")
    assert barriers(page) == []
    assert [width for width in WIDTHS if is_too_wide(page, width)] == []


def test_the_reference_does_not_scroll_sideways(reference):
    assert [width for width in WIDTHS if is_too_wide(reference, width)] == []


def test_a_language_is_chosen_once_for_all_pages(service, start):
    start.locator("[role=tab]", has_text="Python").first.click()
    start.goto(f"{service.address}/docs/jobs")
    assert start.locator("[role=tab][aria-selected=true]").all_inner_texts() == ["Python"]
    visible = start.locator("figure.tabbed:visible")
    assert [each.get_attribute("data-language") for each in visible.all()] == ["Python"]
    start.keyboard.press("Tab")
    start.locator("[role=tab][aria-selected=true]").focus()
    start.keyboard.press("ArrowRight")
    assert start.locator("[role=tab][aria-selected=true]").inner_text() == "JavaScript"


def test_code_is_copied(service, start):
    start.context.grant_permissions(["clipboard-read", "clipboard-write"])
    start.locator("[role=tab]", has_text="curl").first.click()
    figure = start.locator("figure.tabbed:visible").first
    figure.locator(".copy").click()
    start.wait_for_selector("text=Copied")
    assert start.evaluate("navigator.clipboard.readText()") == figure.locator("code").inner_text()


def test_everything_is_there_without_scripts(service, new_page):
    page = new_page(java_script_enabled=False)
    page.goto(f"{service.address}/docs")
    assert page.locator("figure.code:visible").count() == 26
    page.goto(f"{service.address}/docs/reference")
    assert page.locator("noscript").count() == 1


def operation(page, name, tag):
    """Open an operation of the reference, and return it."""
    place = page.locator(f"#operations-{tag}-{name}")
    if not place.is_visible():
        page.locator(f"#operations-tag-{tag}").click()
    place.locator(".opblock-summary-control").click()
    return place


def execute(place):
    """Send the request, and return the status and the body of the answer."""
    place.locator("button.execute").click()
    place.locator(".live-responses-table").wait_for()
    live = place.locator(".live-responses-table .response")
    status = live.locator(".response-col_status").inner_text().split()[0]
    code = live.locator(".highlight-code code").first
    return status, code.inner_text() if code.count() else live.inner_text()


def authorize(page, field):
    """Send what the dialog holds in the form of a field, and close it."""
    form = page.locator(".auth-container", has=page.locator(field))
    form.locator("button.authorize").click()
    page.get_by_role("heading", name="Authorized").wait_for()
    page.locator(".close-modal").click()


def sign_in(page):
    place = operation(page, "create_token", "tokens")
    body = json.dumps({"username": "admin", "password": PASSWORD})
    place.locator("textarea").fill(body)
    status, answer = execute(place)
    assert status == "200"
    page.locator("button.authorize").first.click()
    page.locator("#auth-bearer-value").fill(json.loads(answer)["access"])
    authorize(page, "#auth-bearer-value")
    place.locator(".opblock-summary-control").click()


def test_a_service_account_tries_an_operation(service, reference):
    machine = machine_at(service.here, "view_user")
    reference.locator("button.authorize").first.click()
    assert barriers(reference) == []
    reference.locator("#client_id_clientCredentials").fill(machine.client_id)
    reference.locator("#client_secret_clientCredentials").fill(machine.secret)
    authorize(reference, "#client_id_clientCredentials")
    status, answer = execute(operation(reference, "list_users", "directory"))
    assert (status, '"identifier"' in answer) == ("200", True)


def test_operations_are_tried(reference):
    sign_in(reference)
    for tag, name, holds in [
        ("directory", "list_users", '"identifier"'),
        ("export", "export_users", "Download file"),
        ("download", "download_users", "Download file"),
        ("jobs", "create_users_export", '"users_export"'),
        ("mcp", "call_mcp", '"result"'),
    ]:
        place = operation(reference, name, tag)
        status, answer = execute(place)
        assert (name, status, holds in answer) == (name, "200", True)
        place.locator(".opblock-summary-control").click()


def test_nothing_is_in_the_way_of_who_tries_an_operation(reference):
    execute(operation(reference, "list_users", "directory"))
    reference.complaints.clear()  # of the 401: nobody has signed in
    assert barriers(reference) == []
    reference.locator("button.authorize").first.click()
    assert barriers(reference) == []


def test_another_name_of_the_service_answers_as_well(service, page):
    """The policy lets a page ask the place that it came from, and no other."""
    page.goto(f"http://127.0.0.1:{service.port}/docs/reference")
    page.wait_for_selector("#operations-tag-service")
    status, answer = execute(operation(page, "get_health", "service"))
    assert (status, "ok" in answer) == ("200", True)


def test_what_was_typed_is_kept_nowhere(reference):
    sign_in(reference)
    assert reference.evaluate("Object.keys(localStorage)") == []
    reference.reload()
    reference.wait_for_selector("#operations-tag-directory")
    assert reference.locator("button.authorize.locked").count() == 0
