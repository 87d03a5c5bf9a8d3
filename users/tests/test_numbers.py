"""Numbers: what is counted, for whom, and at which cost."""

from datetime import UTC, datetime, timedelta

import pytest

from users import numbers
from users.models import User
from usersvc import clock

from .factories import UserFactory
from .sending import faults

pytestmark = [pytest.mark.django_db, pytest.mark.one_cast]

NOW = datetime(2026, 3, 31, 0, 30, tzinfo=UTC)


@pytest.fixture
def at(monkeypatch):
    """The one moment at which these tests happen."""
    monkeypatch.setattr(clock, "now", lambda: NOW)


def totals(api):
    return api.get("/users/totals").json()


def test_totals_count_what_is_in_sight(cast, call):
    cast.charlie.suspend()
    cast.ivo.soft_delete()
    User.objects.filter(pk=cast.bob.pk).update(
        mfa_enabled=True, email_verified=True, user_type="saas_admin"
    )
    User.objects.filter(pk=cast.sam.pk).update(access_ends_at=clock.now() - timedelta(days=1))
    User.objects.filter(pk=cast.rita.pk).update(access_ends_at=clock.now() + timedelta(days=1))
    api = call(cast.alice)  # signs Alice in
    assert totals(api) == {
        "total": 5,
        "by_status": {
            "active": 4, "onboarding": 0, "inactive": 0, "suspended": 1, "risky": 0,
        },
        "by_user_type": {"saas_admin": 1, "saas_user": 4, "saas_user_client": 0},
        "by_account_state": {"Enabled": 2, "Disabled": 1, "Enabled*": 1, "Disabled*": 1},
        "mfa_enabled": 1,
        "email_verified": 1,
        "never_signed_in": 4,
        "deleted": 1,
    }  # fmt: skip
    assert totals(call(cast.nora))["total"] == 1
    assert totals(call(cast.zoe))["total"] == 1
    assert totals(call(cast.root))["total"] == User.objects.count()


def test_totals_agree_with_the_lists(cast, call):
    for number, status in enumerate(["onboarding", "inactive", "risky", "risky"]):
        UserFactory(status=status, organization=cast.italy, user_type="saas_user_client")
        assert totals(call(cast.alice))["total"] == 7 + number
    api = call(cast.alice)
    counted = totals(api)
    for parameter, kind in (("status", "by_status"), ("user_type", "by_user_type")):
        for word, count in counted[kind].items():
            listed = api.get(f"/users?{parameter}={word}")
            assert listed["X-Total-Count"] == str(count), word
    for kind in ("by_status", "by_user_type", "by_account_state"):
        assert sum(counted[kind].values()) == counted["total"]


def test_a_trend_has_every_day_and_fills_with_zero(cast, call, at):
    day = timedelta(days=1)
    long_ago = NOW - 400 * day
    User.all_objects.all().update(last_login=None)
    everybody = User.all_objects.in_subtree(cast.europe.pk)
    everybody.update(created_at=long_ago)
    # The last moment of a day and the first of the next one are apart.
    for person, when in (
        (cast.ivo, NOW - 31 * timedelta(minutes=1)),
        (cast.charlie, NOW - 30 * timedelta(minutes=1)),
        (cast.rita, NOW - 6 * day),
        (cast.sam, NOW - 7 * day),
    ):
        User.objects.with_ids([person.pk]).update(created_at=when, deleted_at=None)
    User.objects.with_ids([cast.rita.pk]).update(deleted_at=NOW - 2 * day, last_login=NOW)
    User.objects.with_ids([cast.sam.pk]).update(last_login=NOW - 5 * day)
    shown = call(cast.alice).get("/users/trend?period=7").json()
    assert (shown["period"], shown["from"], shown["to"]) == (7, "2026-03-25", "2026-03-31")
    days = {day["date"][-2:]: day for day in shown["days"]}
    assert list(days) == ["25", "26", "27", "28", "29", "30", "31"]

    def of(event):
        return {date: row[event] for date, row in days.items() if row[event]}

    assert of("created") == {"25": 1, "30": 1, "31": 1}
    assert of("deleted") == {"29": 1}
    # Rita signed in today, but is deleted; Alice did so to ask.
    assert of("last_signed_in") == {"26": 1, "31": 1}


@pytest.mark.parametrize(("query", "days"), [("", 30), ("?period=180", 180), ("?period=365", 365)])
def test_trends_come_in_four_lengths(cast, call, query, days):
    shown = call(cast.rita).get(f"/api/users/trend{query}").json()
    dates = [row["date"] for row in shown["days"]]
    assert len(dates) == len(set(dates)) == days == shown["period"]
    assert dates[-1] == str(clock.now().date())
    assert shown["days"][-1]["created"] == 6


@pytest.mark.parametrize(
    ("path", "key"),
    [
        ("/users/trend?period=8", "period"),
        ("/users/trend?period=7&period=30", "period"),
        ("/users/trend?perod=7", "perod"),
        ("/users/totals?status=active", "status"),
    ],
)
def test_what_is_not_understood_is_refused(cast, call, path, key):
    answer = call(cast.rita).get(path)
    assert answer.status_code == 400
    assert list(faults(answer)) == [key]


def test_an_unchanged_number_need_not_be_sent_again(cast, call):
    api = call(cast.alice)
    first = api.get("/users/totals")
    assert api.get("/users/totals", headers={"If-None-Match": first["ETag"]}).status_code == 304


def test_numbers_take_few_queries_however_many_people(cast, django_assert_num_queries):
    for _ in range(2):
        with django_assert_num_queries(1):
            numbers.totals(User.all_objects.visible_to(cast.root), NOW)
        with django_assert_num_queries(3):
            numbers.trend(User.all_objects.visible_to(cast.root), NOW.date(), 365)
        for _ in range(20):
            UserFactory()
