"""The import in a real browser: a file with errors, from its upload to the report."""

import csv

import pytest

from users.tests.barriers import barriers
from users.tests.importing import csv_of
from users.tests.pressing import submit
from usersvc.tests.serving import place, serving

pytestmark = [pytest.mark.browser, pytest.mark.once]
PASSWORD = "correct horse battery"
IMPORT = "/admin/users/user/import"
ROWS = csv_of(
    ["Login", "E-Mail", "Team", "organization"],
    ["ann", "ann@example.com", "Red", ""],
    ["bea", "no address", "Blue", ""],
    ["cid", "cid@example.com", "Red", "Nowhere"],
    ["ann", "dan@example.com", "Blue", ""],
    ["eve", "eve@example.com", "Blue", ""],
)
NEW = "SELECT username FROM users_user WHERE username IN ('ann', 'bea', 'cid', 'dan', 'eve')"


@pytest.fixture(scope="module")
def service(tmp_path_factory):
    with (
        place(tmp_path_factory.mktemp("import")) as here,
        serving(here, USERSVC_ADMIN_PASSWORD=PASSWORD, USERSVC_WORKERS=1) as service,
    ):
        service.here = here
        yield service


@pytest.fixture
def admin(service, page):
    page.goto(f"{service.address}/admin/")
    page.fill("input[name=login]", "admin")
    page.fill("input[name=password]", PASSWORD)
    submit(page, "main [type=submit]")
    page.goto(f"{service.address}{IMPORT}")
    return page


def choose(page, title, field):
    page.get_by_label(title, exact=True).select_option(label=field)


def wait_for_verdicts(page):
    """Wait until the job has ended and its page shows what came of it, however long that takes."""
    page.locator(".verdicts").first.wait_for()


def step(page):
    return page.locator(".wizard-steps [aria-current]").inner_text().split()[-1]


def is_as_wide_as_the_screen(page):
    return page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_a_file_with_errors_is_imported_as_far_as_it_is_right(service, admin, tmp_path):
    file = tmp_path / "people.csv"
    file.write_text(ROWS)
    assert (step(admin), barriers(admin)) == ("Upload", [])
    admin.set_input_files("input[type=file]", file)
    submit(admin, "form.card .primary")

    assert (step(admin), barriers(admin)) == ("Columns", [])
    choose(admin, "Login", "E-mail address")
    choose(admin, "Team", "user_metadata.Team")
    submit(admin, ".buttons .primary")
    note = admin.locator(".errornote")
    assert "“E-Mail” and “Login” are both E-mail address" in note.inner_text()
    assert barriers(admin) == []
    note.locator("a").click()
    choose(admin, "Login", "Username")
    submit(admin, ".buttons .primary")

    wait_for_verdicts(admin)
    assert (step(admin), barriers(admin)) == ("Check", [])
    told = admin.locator(".verdicts").all_inner_texts()
    assert ["Errors" in told[0], "no such organization" in told[0]] == [True, True]
    assert ["Ambiguous" in told[1], "line 2 tells of the same username" in told[1]] == [True, True]
    assert ["Warnings" in told[2], "belongs to no organization" in told[2]] == [True, True]
    assert service.here.rows(NEW) == []
    submit(admin, "text=Back to the columns")
    assert admin.get_by_label("Team", exact=True).input_value() == "user_metadata.Team"
    submit(admin, ".buttons .primary")
    submit(admin, "text=Import these 2 rows")

    wait_for_verdicts(admin)
    assert (step(admin), barriers(admin)) == ("Import", [])
    assert sorted(name for (name,) in service.here.rows(NEW)) == ["ann", "eve"]
    with admin.expect_download() as download:
        admin.click("text=Download the refused rows")
    with open(download.value.path(), newline="") as lines:
        refused = list(csv.DictReader(lines))
    assert [row["Login"] for row in refused] == ["bea", "cid", "ann"]
    assert "Enter a valid email address" in refused[0]["import_error"]
    submit(admin, "text=Show the new users")
    found = admin.locator("#result_list tbody .person .second").all_inner_texts()
    assert sorted(found) == ["ann", "eve"]


def test_a_file_is_discarded_and_every_step_fits_a_phone(service, admin, tmp_path):
    admin.set_viewport_size({"width": 390, "height": 800})
    file = tmp_path / "people.csv"
    file.write_text(csv_of(["username", "email"], ["fay", "no address " + "x" * 80]))
    assert is_as_wide_as_the_screen(admin)
    admin.set_input_files("input[type=file]", file)
    submit(admin, "form.card .primary")
    assert is_as_wide_as_the_screen(admin)
    submit(admin, ".buttons .primary")
    wait_for_verdicts(admin)
    assert is_as_wide_as_the_screen(admin)
    assert "There is nothing to import" in admin.locator(".card").first.inner_text()
    assert barriers(admin) == []
    submit(admin, "text=Discard")
    assert "nothing was imported" in admin.locator(".messagelist").inner_text()


def test_an_import_needs_no_script(service, new_page, tmp_path):
    page = new_page(java_script_enabled=False)
    page.goto(f"{service.address}/admin/")
    page.fill("input[name=login]", "admin")
    page.fill("input[name=password]", PASSWORD)
    submit(page, "main [type=submit]")
    page.goto(f"{service.address}{IMPORT}")
    file = tmp_path / "people.csv"
    file.write_text(csv_of(["username", "email"], ["gus", "gus@example.com"]))
    page.set_input_files("input[type=file]", file)
    for button in ("form.card .primary", ".buttons .primary"):
        submit(page, button)
    while page.locator("text=Look again").count():
        submit(page, "text=Look again")
    submit(page, "text=Import this 1 row")
    while page.locator("text=Look again").count():
        submit(page, "text=Look again")
    assert page.locator("text=Show the new users").is_visible()
