"""Reports: questions that are understood, numbers that agree with their lists, and their files."""

from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils.datastructures import MultiValueDict

from users.admin.people_question import PeopleQuestion
from users.models import User
from users.reports import reports
from usersvc import clock

from .browsing import enter, people
from .factories import OrganizationFactory, RoleFactory, UserFactory

pytestmark = [pytest.mark.django_db, pytest.mark.one_cast]
REPORTS = "/admin/reports/"
NOON = datetime(2026, 3, 15, 12, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _at_noon():
    with time_machine.travel(NOON, tick=False):
        yield


@pytest.fixture
def crowd(cast):
    """Somebody for each report, and somebody who just misses it."""
    made = []

    def user(name, created=-400, **values):
        person = UserFactory(organization=cast.italy, username=name, **values)
        made.append((person, created))

    day = timedelta(days=1)
    for days in (29, 31, 61, 91):
        user(f"seen{days}", last_login=NOON - days * day)
    user("never", last_login=None)
    user("expired", last_login=NOON, password_expires_at=NOON - day)
    user("expiring", last_login=NOON, password_expires_at=NOON + 6 * day)
    user("later", last_login=NOON, password_expires_at=NOON + 9 * day)
    user("unverified", last_login=NOON, email_verified=False)
    user("verified", last_login=NOON, email_verified=True)
    user("fresh", created=0, last_login=NOON, email_verified=False)
    user("ending", last_login=NOON, access_ends_at=NOON + 5 * day)
    user("ended", last_login=NOON, access_ends_at=NOON - day)
    user("risky", last_login=NOON, status="risky", mfa_enabled=True)
    user("suspended", last_login=NOON, suspended=True)
    user("lastmonth", created=-16, last_login=NOON)
    for person, created in made:
        User.objects.with_ids([person.pk]).update(created_at=NOON + created * day)
    return cast


def found(cast, name):
    report = {each.name: each for each in reports(clock.now())}[name]
    asked = PeopleQuestion(MultiValueDict(report.question), cast.root)
    return set(asked.people().values_list("username", flat=True))


@pytest.mark.parametrize(
    ("name", "expected", "missed"),
    [
        ("dormant_30", {"seen31", "seen61", "seen91"}, {"seen29", "suspended"}),
        ("dormant_60", {"seen61", "seen91"}, {"seen31"}),
        ("dormant_90", {"seen91"}, {"seen61"}),
        ("never_signed_in", {"never"}, {"seen91"}),
        ("password_expired", {"expired"}, {"expiring", "later"}),
        ("password_expiring", {"expiring"}, {"expired", "later"}),
        ("no_mfa", {"never", "expired"}, {"risky"}),
        ("unverified", {"unverified"}, {"fresh", "verified"}),
        ("access_ending", {"ending"}, {"ended", "never"}),
        ("suspended", {"suspended"}, {"risky"}),
        ("created_this_month", {"fresh"}, {"lastmonth", "never"}),
        ("risky", {"risky"}, {"suspended"}),
    ],
)
def test_a_report_finds_whom_it_says(crowd, name, expected, missed):
    names = found(crowd, name)
    assert expected <= names
    assert not missed & names


def rows(browser):
    return browser.get(REPORTS).context["rows"]


@pytest.mark.parametrize("who", ["root", "alice", "zoe"])
def test_every_number_is_that_of_its_list(client, crowd, who):
    crowd.zoe.roles.set(crowd.alice.roles.all())
    browser = enter(client, getattr(crowd, who))
    shown = rows(browser)
    assert len(shown) == 12
    for row in shown:
        question = parse_qs(urlsplit(row.address).query)
        assert row.figure == str(len(people(browser, **question))), row.report.name


def test_every_file_is_of_its_list(client, crowd):
    browser = enter(client, crowd.alice)
    [row] = [row for row in rows(browser) if row.report.name == "dormant_90"]
    files = dict(row.files)
    assert set(files) == {"PDF", "CSV", "Excel", "JSON"}
    text = browser.get(files["CSV"]).getvalue().decode()
    assert "seen91" in text
    assert browser.get(files["PDF"]).getvalue().startswith(b"%PDF")


def test_access_by_role_and_organization_agrees_with_the_lists(client, crowd):
    role = RoleFactory(name="Buyer")
    below = OrganizationFactory(name="Milan", parent=crowd.italy)
    for status in ("active", "active", "risky"):
        person = UserFactory(organization=below, status=status)
        person.roles.add(role, RoleFactory())  # of two roles each is counted once
    UserFactory(organization=crowd.globex).roles.add(role)
    browser = enter(client, crowd.alice)
    context = browser.get(REPORTS).context
    [buyer] = [row for row in context["roles"] if row.name == "Buyer"]
    assert buyer.total == 3
    counts = {parse_qs(urlsplit(address).query)["status"][0]: n for n, address in buyer.cells}
    assert (counts["active"], counts["risky"]) == (2, 1)
    for number, address in buyer.cells:
        assert len(people(browser, **parse_qs(urlsplit(address).query))) == number
    [milan] = [row for row in context["organizations"] if row.name == "Milan"]
    assert milan.total == 3
    assert "Globex" not in {row.name for row in context["organizations"]}


def test_who_takes_no_files_is_offered_none(client, cast):
    permissions = cast.rita.roles.get().permissions
    permissions.remove(*permissions.filter(codename="export_user"))
    page = enter(client, cast.rita).get(REPORTS)
    assert all(row.files == [] for row in page.context["rows"])
    assert REPORTS in enter(client, cast.rita).get("/admin/").content.decode()


def test_who_sees_nobody_sees_no_reports(client, cast):
    permissions = cast.rita.roles.get().permissions
    permissions.remove(*permissions.filter(codename="view_user"))
    browser = enter(client, cast.rita)
    assert browser.get(REPORTS).status_code == 403
    assert REPORTS not in browser.get("/admin/").content.decode()


def test_the_page_counts_nothing_while_its_numbers_are_fresh(client, cast):
    browser = enter(client, cast.alice)
    browser.get(REPORTS)

    def cost():
        with CaptureQueriesContext(connection) as queries:
            browser.get(REPORTS)
        return len(queries)

    few = cost()
    for _ in range(20):
        UserFactory(organization=OrganizationFactory(parent=cast.italy)).roles.add(RoleFactory())
    assert cost() == few < 15
