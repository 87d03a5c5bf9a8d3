"""The admin in a real browser: signing in, the list of people, and files of it."""

import csv
import re

import pytest
from pypdf import PdfReader

from users.tests.accounts import machine_at
from users.tests.barriers import barriers
from users.tests.pressing import submit
from usersvc.tests.serving import place, serving

pytestmark = [pytest.mark.browser, pytest.mark.once]

SUSPENDED = "SELECT username FROM users_user WHERE status = 'suspended' AND deleted_at IS NULL"


@pytest.fixture(scope="module")
def service(tmp_path_factory):
    with (
        place(tmp_path_factory.mktemp("browser")) as here,
        serving(here, USERSVC_ADMIN_PASSWORD="correct horse battery") as service,
    ):
        service.here = here
        yield service


@pytest.fixture
def people(service, page):
    """The list of people, signed in to as the administrator."""
    page.goto(f"{service.address}/admin/")
    page.fill("input[name=login]", "admin")
    page.fill("input[name=password]", "correct horse battery")
    submit(page, "main [type=submit]")
    page.goto(f"{service.address}/admin/users/user/")
    return page


def shown(page):
    """Return the usernames of the rows on the page."""
    return page.locator("#result_list tbody .person .second").all_inner_texts()


def saved(download, folder):
    assert download.failure() is None
    file = folder / download.suggested_filename
    download.save_as(file)
    return file


def usernames(file):
    with file.open(newline="") as lines:
        return [row["Username"] for row in csv.DictReader(lines)]


def test_the_administrator_signs_in_and_sees_the_people(people):
    assert people.title() != ""
    assert len(shown(people)) > 10


def test_a_wrong_password_is_told_on_the_page(service, page):
    page.goto(f"{service.address}/admin/")
    page.fill("input[name=login]", "admin")
    page.fill("input[name=password]", "wrong")
    submit(page, "main [type=submit]")
    assert page.locator(".errornote").is_visible()
    assert "/account/login/" in page.url


def test_all_that_match_come_as_csv(service, people, tmp_path):
    people.goto(f"{service.address}/admin/users/user/?status=suspended")
    people.click(".object-tools summary")
    with people.expect_download() as download:
        people.locator("a[href*='export/csv']").click()
    expected = sorted(username for (username,) in service.here.rows(SUSPENDED))
    assert sorted(usernames(saved(download.value, tmp_path))) == expected != []


def test_all_that_match_come_as_pdf(service, people, tmp_path):
    people.goto(f"{service.address}/admin/users/user/?status=suspended")
    people.click(".object-tools summary")
    with people.expect_download() as download:
        people.locator("a[href*='export/pdf']").click()
    text = "".join(page.extract_text() for page in PdfReader(saved(download.value, tmp_path)).pages)
    unbroken = re.sub(r"\s", "", text)
    for (username,) in service.here.rows(SUSPENDED):
        assert username in unbroken


def test_the_ticked_come_as_csv_in_the_order_of_the_list(people, tmp_path):
    for box in people.locator("input.action-select").all()[1:4]:
        box.check()
    people.select_option("select[name=action]", "export_csv")
    with people.expect_download() as download:
        people.click("button[name=index]")
    assert usernames(saved(download.value, tmp_path)) == shown(people)[1:4]


def kind(address):
    """Return an address without ids and questions: pages of one kind are looked at once."""
    path = address.split("?")[0].split("#")[0]
    return re.sub(r"/[0-9a-f]{8}-[0-9a-f-]{27}/|/con_\w+/|/cli_\w+/|/\d+/", "/…/", path)


def links(page, service):
    """Return where the links of a page lead within the admin; files and the way out are left."""
    found = page.eval_on_selector_all("a[href]", "links => links.map(link => link.href)")
    inside = [link for link in found if link.startswith(f"{service.address}/admin/")]
    return [link for link in inside if not re.search(r"/(export|logout|jsi18n)/", link)]


def test_every_page_of_the_admin_opens_without_a_complaint(service, people):
    """The fixture of the page refuses what breaks the content security policy, and any error."""
    machine_at(service.here, "view_user")
    waiting, seen, bad = [f"{service.address}/admin/"], set(), []
    while waiting:
        address = waiting.pop()
        if kind(address) not in seen:
            seen.add(kind(address))
            people.goto(address)
            bad += [(address, *each) for each in barriers(people)]
            waiting += links(people, service)
    assert len(seen) > 30, sorted(seen)
    accounts = {each.rpartition("/serviceaccount/")[2] for each in seen if "serviceaccount" in each}
    pages = {"", "add/", "…/change/", "…/do/rotate/", "…/do/revoke/", "…/keys/add/"}
    assert accounts >= {*pages, "…/keys/…/revoke/"}
    assert bad == []


@pytest.mark.parametrize("width", [390, 1440])
def test_a_secret_is_shown_once_to_everybody_who_may_see_it(service, people, width):
    """A new account, its new secret, and a key: each on a page that nothing is in the way of."""
    people.set_viewport_size({"width": width, "height": 900})
    people.goto(f"{service.address}/admin/users/serviceaccount/add/")
    people.fill("#id_name", f"payroll {width}")
    submit(people, "[name=_save]")
    secrets = [secret_on(people)]
    people.get_by_role("link", name=f"payroll {width}").first.click()
    account = people.wait_for_url("**/change/") or people.url
    people.locator("a[href$='/do/rotate/']").click()
    people.wait_for_url("**/do/rotate/")
    submit(people, "main form [type=submit]")
    secrets.append(secret_on(people))
    people.goto(account)
    people.locator("a[href$='/keys/add/']").click()
    people.wait_for_url("**/keys/add/")
    people.fill("#id_name", "nightly")
    submit(people, "main form [type=submit]")
    secrets.append(secret_on(people))
    assert len(set(secrets)) == 3
    people.goto(account)
    assert not any(secret in people.content() for secret in secrets)
    assert barriers(people) == []


def secret_on(page):
    """Return the secret that a page shows, which fits the page and is in nobody's way."""
    assert barriers(page) == []
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
    return re.search(r"usv[sk]_[\w-]{43,}", page.content())[0]
