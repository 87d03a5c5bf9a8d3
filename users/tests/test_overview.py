"""The overview: numbers that agree with their lists, and no page that counts for long."""

from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
import time_machine
from django.db import connection
from django.test import RequestFactory
from django.test.utils import CaptureQueriesContext

from exports.worker import Worker
from users import lockout, overviews
from users.models import AuditEntry, Overview, User
from usersvc import clock

from .browsing import PEOPLE, enter, people
from .factories import UserFactory

pytestmark = [pytest.mark.django_db, pytest.mark.one_cast]
INDEX = "/admin/"


@pytest.fixture
def crowd(cast):
    now = clock.now()
    week = now + timedelta(days=3)
    UserFactory(organization=cast.italy, status="risky", mfa_enabled=True, last_login=now)
    UserFactory(organization=cast.europe, suspended=True, email_verified=True)
    UserFactory(organization=cast.europe, status="inactive", password_expires_at=week)
    UserFactory(organization=cast.europe, status="onboarding", access_ends_at=week)
    late = UserFactory(organization=cast.europe, access_ends_at=now - timedelta(days=1))
    User.objects.with_ids([late.pk]).update(created_at=now - timedelta(days=200))
    UserFactory(organization=cast.italy).soft_delete()
    for _ in range(20):
        lockout.record_failure(RequestFactory().get("/"), cast.ivo.username)
    return cast


def shown(browser):
    return browser.get(INDEX).context["overview"]


def tiles(overview):
    return [tile for section in overview["sections"].values() for tile in section]


def exports(overview):
    return [tile.number for tile in tiles(overview) if tile.label == "Exports today"]


def take_a_file(browser):
    b"".join(browser.get(f"{PEOPLE}export/csv").streaming_content)


def test_files_of_the_day_are_counted_for_who_reads_the_audit_that_holds_them(client, cast):
    take_a_file(enter(client, cast.alice))
    AuditEntry.objects.update(timestamp=clock.now() - timedelta(days=1))
    take_a_file(enter(client, cast.alice))
    take_a_file(enter(client, cast.zoe))
    take_a_file(enter(client, cast.rita))
    for who, number in (("alice", [2]), ("zoe", [1]), ("root", [3]), ("rita", [])):
        assert exports(shown(enter(client, getattr(cast, who)))) == number, who


def test_the_latest_of_the_audit_are_shown_to_who_may_read_it(client, cast):
    cast.akira.phone = "+39 055 1"
    cast.akira.save()
    cast.ivo.phone = "+39 055 2"
    cast.ivo.save()
    latest = {who: shown(enter(client, getattr(cast, who)))["latest"] for who in ("alice", "sue")}
    assert latest["alice"][0].entry.object_repr == "ivo"
    assert "akira" not in {told.entry.object_repr for told in latest["alice"]}
    assert "akira" in {told.entry.object_repr for told in latest["sue"]}
    assert shown(enter(client, cast.rita))["latest"] is None


def test_who_is_locked_out_is_so_until_the_lock_ends_or_is_taken_away(client, cast):
    browser = enter(client, cast.alice)
    for name in ("charlie", "charlie", "charlie", "ivo", "nobody", "nobody", "nobody"):
        lockout.record_failure(RequestFactory().get("/"), name)
    assert people(browser, locked="yes") == ["charlie"]
    lockout.unlock(cast.charlie)
    assert people(browser, locked="yes") == []
    for _ in range(3):
        lockout.record_failure(RequestFactory().get("/"), "charlie")
    with time_machine.travel(clock.now() + timedelta(minutes=31)):
        assert people(browser, locked="yes") == []


@pytest.mark.parametrize("who", ["alice", "root", "sue", "zoe"])
def test_every_number_is_that_of_its_list(client, crowd, who):
    browser = enter(client, getattr(crowd, who))
    found = tiles(shown(browser))
    assert len(found) > 12
    for tile in found:
        question = parse_qs(urlsplit(tile.address).query)
        if tile.address.startswith(PEOPLE):
            assert tile.number == len(people(browser, **question)), tile.label
        else:
            assert tile.number == browser.get(tile.address).context["cl"].result_count
    if who == "alice":
        take_a_file(browser)
        Overview.objects.all().delete()
        assert all(tile.number for tile in tiles(shown(browser)))


def test_who_belongs_nowhere_is_told_no_numbers(client, cast):
    cast.nora.roles.set(cast.alice.roles.all())
    assert {tile.number for tile in tiles(shown(enter(client, cast.nora)))} == {None}


def test_what_happened_is_drawn(client, crowd):
    overview = shown(enter(client, crowd.alice))
    created, signed_in = overview["charts"]
    assert len(created.bars) == overviews.DAYS
    assert created.bars[-1].number == created.total > 5
    assert max(bar.height for bar in created.bars) == 100
    assert signed_in.total == 2  # Alice, who looks, and whoever is risky
    assert overview["coverage"] == 12  # one of eight who may sign in


def test_numbers_are_kept_and_counted_anew_when_they_are_old(client, cast):
    browser = enter(client, cast.alice)
    total = tiles(shown(browser))[0].number
    UserFactory(organization=cast.italy)
    assert tiles(shown(browser))[0].number == total
    with time_machine.travel(clock.now() + 2 * overviews.FRESH):
        found = overviews.of(cast.alice, clock.now())
    assert found.numbers["counts"]["total"] == total + 1


def test_many_are_counted_by_a_worker_and_not_by_the_page(client, cast, monkeypatch):
    monkeypatch.setattr(overviews, "FEW", 3)
    browser = enter(client, cast.alice)
    assert {tile.number for tile in tiles(shown(browser))} == {None}
    assert b"being counted" in browser.get(INDEX).content
    assert overviews.refresh() == 1
    assert tiles(shown(browser))[0].number == 6
    assert overviews.refresh() == 0
    with CaptureQueriesContext(connection) as queries:
        browser.get(INDEX)
    assert not [each for each in queries if "COUNT" in each["sql"]]
    assert len(queries) <= 16


def test_looking_again_writes_nothing(client, cast):
    browser = enter(client, cast.alice)
    shown(browser)
    with CaptureQueriesContext(connection) as queries:
        shown(browser)
    assert not [
        each["sql"]
        for each in queries
        if "users_overview" in each["sql"] and not each["sql"].startswith("SELECT")
    ]


def test_nobody_counts_what_nobody_looks_at(cast):
    at = clock.now()
    Overview.objects.want(str(cast.europe.pk), at - timedelta(days=2))
    assert overviews.refresh() == 0


def test_the_worker_counts(cast, settings, monkeypatch):
    monkeypatch.setattr(overviews, "FEW", 3)
    overviews.of(cast.root, clock.now())
    Worker().work_once()  # learns of its chores
    with time_machine.travel(clock.now() + timedelta(minutes=2)):
        Worker().work_once()
    assert Overview.objects.get(scope=overviews.EVERYBODY).numbers["counts"]["total"] == 11
