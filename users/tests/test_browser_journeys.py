"""What administrators do from end to end, in a real browser: by day and night, wide and narrow."""

from uuid import UUID

import pytest
from playwright.sync_api import expect
from pypdf import PdfReader

from users.tests.barriers import barriers
from users.tests.importing import csv_of
from users.tests.pressing import submit
from usersvc.tests.serving import place, serving

pytestmark = [pytest.mark.browser, pytest.mark.once]
PASSWORD = "correct horse battery"
PEOPLE = "/admin/users/user/"
DESK, PHONE = ("light", 1440), ("dark", 390)
on_a_desk = pytest.mark.parametrize("browser", [DESK], indirect=True, ids=["desk"])
on_a_phone = pytest.mark.parametrize("browser", [PHONE], indirect=True, ids=["phone"])


@pytest.fixture(scope="module")
def service(tmp_path_factory):
    with (
        place(tmp_path_factory.mktemp("journeys")) as here,
        serving(here, USERSVC_ADMIN_PASSWORD=PASSWORD, USERSVC_WORKERS=1) as service,
    ):
        service.here = here
        yield service


@pytest.fixture
def browser(request, service, page):
    """Somebody signed in as the administrator."""
    scheme, width = request.param
    page.emulate_media(color_scheme=scheme)
    page.set_viewport_size({"width": width, "height": 900})
    page.goto(f"{service.address}/admin/")
    page.fill("input[name=login]", "admin")
    page.fill("input[name=password]", PASSWORD)
    submit(page, "main [type=submit]")
    return page


def suspended(service):
    query = "SELECT username FROM users_user WHERE status = 'suspended' ORDER BY username"
    return [name for (name,) in service.here.rows(query)]


@on_a_phone
def test_the_dormant_of_a_subtree_go_into_a_file_and_are_suspended_and_come_back(
    service, browser, tmp_path
):
    before = suspended(service)
    [[acme]] = service.here.rows("SELECT id FROM users_organization WHERE name = 'Acme'")
    query = f"organization={UUID(str(acme))}&dormant_days=30&status=active"
    browser.goto(f"{service.address}{PEOPLE}?{query}")
    count = int(browser.locator(".pages .range").inner_text().split()[-2].replace(",", ""))
    assert 3 < count < 100
    browser.click(".object-tools .menu > summary")
    with browser.expect_download() as download:
        browser.click(".object-tools .sheet a:has-text('PDF')")
    download.value.save_as(tmp_path / "dormant.pdf")
    text = "".join(page.extract_text() for page in PdfReader(tmp_path / "dormant.pdf").pages)
    assert "Not seen for days" in text
    browser.check("#action-toggle")
    if count > 50:
        browser.click(".actions .question a")
    browser.select_option("select[name=action]", "suspend")
    submit(browser, "button[name=index]")
    expect(browser.locator(".sum")).to_contain_text(f"{min(count, 50) if count <= 50 else count}")
    assert barriers(browser) == []
    submit(browser, "button[name=confirm]")
    assert len(suspended(service)) == len(before) + count
    assert barriers(browser) == []
    submit(browser, ".undo button")
    assert suspended(service) == before


@on_a_desk
def test_a_file_with_mistakes_is_checked_and_its_good_rows_are_imported(
    service, browser, tmp_path, request
):
    mark = request.node.callspec.id.replace("-", "")
    file = tmp_path / "people.csv"
    file.write_text(
        csv_of(
            ["Login", "Posta", "Nome"],
            [f"ann{mark}", f"ann{mark}@example.com", "Ann"],
            [f"bea{mark}", "nomail", "Bea"],
        )
    )
    browser.goto(f"{service.address}{PEOPLE}import")
    browser.set_input_files("input[name=users]", file)
    submit(browser, "form.card .primary")
    assert barriers(browser) == []
    for label, meaning in {"Login": "username", "Posta": "email", "Nome": "name"}.items():
        browser.get_by_label(label, exact=True).select_option(meaning)
    submit(browser, "main .buttons .primary")
    confirm = browser.locator("form[action$='/confirm'] button")
    expect(confirm).to_contain_text("1")  # the page shows itself anew at the end
    expect(browser.locator("main")).to_contain_text("nomail")
    assert barriers(browser) == []
    submit(browser, "form[action$='/confirm'] button")
    expect(browser.locator(".badge").first).to_have_text("Done")
    expect(browser.locator(".numbers")).to_contain_text("New")
    found = service.here.rows(f"SELECT name FROM users_user WHERE username = 'ann{mark}'")
    assert found == [("Ann",)]


@on_a_phone
def test_an_export_of_own_columns_runs_as_a_job(service, browser):
    browser.goto(f"{service.address}{PEOPLE}export?status=suspended")
    browser.check("input[name=columns][value=own]")
    browser.fill("input[name=title_email]", "Mail")
    assert barriers(browser) == []
    submit(browser, "button[value=job]")
    expect(browser.locator(".badge").first).to_have_text("Done")
    with browser.expect_download() as download:
        browser.click("text=Take the file")
    assert download.value.suggested_filename.endswith(".csv.gz")


@on_a_desk
def test_one_tab_of_a_person_leads_to_another(service, browser):
    [[pk]] = service.here.rows("SELECT id FROM users_user WHERE username = 'super.admin'")
    browser.goto(f"{service.address}{PEOPLE}{pk}/change/")
    expect(browser.locator("#profile")).to_be_visible()
    browser.click(".tabs a[href='#belonging']")
    expect(browser.locator("#belonging")).to_be_visible()
    expect(browser.locator("#profile")).to_be_hidden()
    for tab in ("Security", "Audit"):
        with browser.expect_navigation():
            browser.click(f".tabs a:has-text('{tab}')")
        assert barriers(browser) == []


@on_a_phone
def test_a_view_is_saved_and_opened(service, browser, request):
    name = request.node.callspec.id
    browser.goto(f"{service.address}{PEOPLE}?status=risky")
    browser.click(".menu.keep > summary")
    browser.fill(".view-form input[name=name]", name)
    submit(browser, ".view-form button.primary")
    browser.goto(f"{service.address}{PEOPLE}")
    with browser.expect_navigation():
        browser.click(f".views .row a:has-text('{name}')")
    assert browser.locator(".chip").inner_text().split()[-1] == "Risky"
    assert browser.locator(".views [aria-current]").inner_text() == name
