"""Service accounts in the admin: made, changed, ended, and shown to whom they are for."""

import re
from datetime import timedelta

import pytest
from django.contrib.admin.utils import quote
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from users import service_accounts
from users.models import ApiKey, AuditEntry, ServiceAccount
from users.permissions import permissions_by_name
from usersvc import clock

from .accounts import account_of, bearing, key_of, token_of
from .browsing import errors_of, fields_of, messages_of

pytestmark = [pytest.mark.django_db, pytest.mark.one_cast, pytest.mark.once]
BACKEND = "users.authentication.RoleBackend"
LIST = "/admin/users/serviceaccount/"
SECRET = re.compile(r"usv[sk]_[\w-]+")


@pytest.fixture
def enter(client):
    def sign_in(person):
        client.force_login(person, backend=BACKEND)
        return client

    return sign_in


def page(account):
    return reverse("admin:users_serviceaccount_change", args=[quote(account.pk)])


def verb(account, name):
    return reverse("admin:users_serviceaccount_verb", args=[account.pk, name])


def ids(*names):
    known = permissions_by_name()
    return [known[f"users.{name}"].pk for name in names]


def add(browser, **values):
    given = {"name": "payroll", "permissions": ids("view_user"), "networks": ""}
    return browser.post(f"{LIST}add/", given | values)


def secret_on(answer):
    assert answer.status_code == 200
    assert "no-store" in answer["Cache-Control"]
    return SECRET.search(answer.content.decode()).group()


def names_on(answer):
    return {row.name for row in answer.context["cl"].result_list}


# -- who may


@pytest.mark.parametrize("who", ["alice", "bob", "rita"])
def test_it_is_for_who_holds_the_permission_alone(enter, cast, who):
    account = account_of(cast.sue)
    key_of(account)
    browser = enter(getattr(cast, who))
    key = ApiKey.objects.get()
    addresses = [LIST, f"{LIST}add/", page(account), verb(account, "rotate")]
    addresses += [f"{LIST}{account.pk}/keys/add/", f"{LIST}{account.pk}/keys/{key.pk}/revoke/"]
    for address in addresses:
        assert browser.get(address).status_code == 403, address
        assert browser.post(address).status_code == 403, address
    assert "Service accounts" not in browser.get("/admin/").content.decode()


def test_ones_own_are_shown_and_to_superusers_all(enter, cast):
    mine, others = account_of(cast.sue, name="mine"), account_of(cast.zoe, name="hers")
    assert names_on(enter(cast.sue).get(LIST)) == {"mine"}
    browser = enter(cast.sue)
    assert browser.get(page(others)).status_code == 302
    for name in ("rotate", "revoke", "take-over"):
        assert browser.post(verb(others, name)).status_code == 404
    assert names_on(enter(cast.root).get(LIST)) == {"mine", "hers"}
    assert mine.holds(mine.secret)


# -- made


def test_a_new_account_shows_its_secret_once_and_signs_in_with_it(enter, cast):
    browser = enter(cast.sue)
    answer = add(browser, networks="127.0.0.1\r\n\r\n2001:DB8::/32", organization=cast.italy.pk)
    account = ServiceAccount.objects.get()
    account.secret = secret_on(answer)
    assert (account.owner, account.networks) == (cast.sue, ["127.0.0.1", "2001:db8::/32"])
    people = bearing(token_of(account)).get("/users").json()
    assert [row["identifier"] for row in people] == ["ivo"]
    assert account.secret not in browser.get(page(account)).content.decode()
    assert account.secret not in browser.get(LIST).content.decode()
    told = AuditEntry.objects.about([account.pk]).of_event("change")
    assert account.secret_hash not in str([entry.changes for entry in told])
    assert {entry.actor for entry in told} == {cast.sue}


def test_nobody_gives_what_he_does_not_hold(enter, cast):
    cast.sue.roles.get().permissions.remove(*ids("destroy_user"))
    answer = add(enter(cast.sue), permissions=ids("view_user", "destroy_user"))
    assert "permissions" in errors_of(answer)
    assert not ServiceAccount.objects.exists()


def test_nobody_places_it_out_of_his_sight(enter, cast):
    answer = add(enter(cast.sue), organization=cast.globex.pk)
    assert "organization" in errors_of(answer)


def test_a_bad_line_is_named(enter, cast):
    answer = add(enter(cast.sue), networks="10.0.0.0/8\r\nexample.org\r\n10.0.0.1/8")
    told = errors_of(answer)["networks"]
    assert ["Line 2" in told[0], "Line 3" in told[1]] == [True, True]
    assert "example.org" in answer.content.decode()


def test_a_name_is_taken_in_any_case(enter, cast):
    account_of(cast.root, name="Payroll")
    assert "Another service account has this name." in add(enter(cast.sue)).content.decode()


def test_it_does_not_begin_over(enter, cast):
    at = clock.now() - timedelta(days=1)
    past = {"expires_at_0": at.date().isoformat(), "expires_at_1": "10:00:00"}
    assert "expires_at" in errors_of(add(enter(cast.sue), **past))


def test_nobody_has_too_many(enter, cast, monkeypatch):
    monkeypatch.setattr(service_accounts, "MOST_OF_ONE_OWNER", 1)
    account_of(cast.sue)
    assert service_accounts.TOO_MANY in add(enter(cast.sue)).content.decode()


# -- changed


def test_a_change_holds_at_once(enter, cast):
    account = account_of(cast.sue, "view_user")
    api = bearing(key_of(account))
    browser = enter(cast.sue)
    values = fields_of(browser.get(page(account)))
    assert browser.post(page(account), values | {"networks": "192.0.2.7"}).status_code == 302
    assert api.get("/users").status_code == 401
    account.refresh_from_db()
    assert account.permission_names() == {"users.view_user"}


def test_what_it_has_beyond_the_actor_is_kept(enter, cast):
    account = account_of(cast.sue, "view_user", "destroy_user")
    cast.sue.roles.get().permissions.remove(*ids("destroy_user"))
    browser = enter(cast.sue)
    values = fields_of(browser.get(page(account)))
    assert browser.post(page(account), values | {"name": "new"}).status_code == 302
    account.refresh_from_db()
    assert account.permission_names() == {"users.view_user", "users.destroy_user"}


def test_a_new_secret_is_asked_for_first(enter, cast):
    account = account_of(cast.sue)
    before, browser = account.secret, enter(cast.sue)
    assert "good no more" in browser.get(verb(account, "rotate")).content.decode()
    account.refresh_from_db()
    assert account.holds(before)
    secret = secret_on(browser.post(verb(account, "rotate")))
    account.refresh_from_db()
    assert account.holds(secret)
    assert not account.holds(before)


def test_a_revoked_account_is_over_and_only_looked_at(enter, cast):
    account = account_of(cast.sue)
    key, browser = key_of(account), enter(cast.sue)
    answer = browser.post(verb(account, "revoke"), follow=True)
    assert messages_of(answer) == [f"{account} is revoked."]
    assert bearing(key).get("/users").status_code == 401
    assert "Revoked" in browser.get(page(account)).content.decode()
    assert browser.post(page(account), {"name": "x"}).status_code == 403
    assert "refused" in browser.post(verb(account, "rotate")).content.decode()
    assert "refused" in browser.get(f"{LIST}{account.pk}/keys/add/").content.decode()
    assert browser.get(verb(account, "nonsense")).status_code == 404


def test_a_superuser_takes_over_what_has_no_owner(enter, cast):
    account = account_of(cast.sue)
    key = key_of(account)
    cast.sue.delete()
    browser = enter(cast.root)
    assert "Its owner is gone" in browser.get(LIST).content.decode()
    account.secret = secret_on(browser.post(verb(account, "take-over")))
    account.refresh_from_db()
    assert account.owner == cast.root
    assert bearing(key).get("/users").status_code == 401
    assert "refused" in browser.post(verb(account, "take-over")).content.decode()


# -- keys


def test_a_key_is_made_shown_once_and_revoked(enter, cast):
    account = account_of(cast.sue)
    browser, address = enter(cast.sue), f"{LIST}{account.pk}/keys/add/"
    assert browser.get(address).status_code == 200
    text = secret_on(browser.post(address, {"name": "cron", "mode": "read"}))
    assert bearing(text).get("/users").status_code == 200
    assert bearing(text).post("/tags", {"name": "x"}, format="json").status_code == 403
    shown = browser.get(page(account)).content.decode()
    key = ApiKey.objects.get()
    assert key.shown in shown
    assert text not in shown
    end = f"{LIST}{account.pk}/keys/{key.pk}/revoke/"
    assert browser.get(end).status_code == 200
    assert browser.post(end).status_code == 302
    assert bearing(text).get("/users").status_code == 401
    other = account_of(cast.sue)
    assert browser.post(f"{LIST}{other.pk}/keys/{key.pk}/revoke/").status_code == 404


def test_a_bad_key_is_refused(enter, cast, monkeypatch):
    account = account_of(cast.sue)
    browser, address = enter(cast.sue), f"{LIST}{account.pk}/keys/add/"
    answer = browser.post(address, {"name": "", "mode": "all"})
    assert set(answer.context["form"].errors) == {"name", "mode"}
    monkeypatch.setattr(service_accounts, "MOST_OF_ONE_ACCOUNT", 0)
    assert service_accounts.TOO_MANY_KEYS in browser.get(address).content.decode()
    browser.post(address, {"name": "one", "mode": "read"})
    assert not ApiKey.objects.exists()


# -- found


def test_it_is_found_by_name_id_and_the_beginning_of_a_key(enter, cast):
    account = account_of(cast.sue, name="Payroll Sync")
    account_of(cast.sue, name="other")
    key = key_of(account)
    browser = enter(cast.sue)
    for text in ("payroll", "sync pay", account.pk, key[:13], key[5:13], key):
        assert names_on(browser.get(LIST, {"q": text})) == {"Payroll Sync"}, text
    assert names_on(browser.get(LIST, {"q": "nothing"})) == set()


def test_the_list_asks_as_much_for_many_as_for_few(enter, cast):
    browser = enter(cast.root)

    def statements():
        with CaptureQueriesContext(
            connection,
        ) as captured:
            assert browser.get(LIST).status_code == 200
        return len(captured)

    for owner in (cast.alice, cast.sue, cast.root, cast.zoe):
        account_of(owner, "view_user", organization=cast.italy)
    statements()
    few = statements()
    for number in range(20):
        account_of(cast.alice, "view_user", name=f"more {number}", organization=cast.italy)
    assert statements() == few


def test_the_list_says_what_each_is_good_for(enter, cast):
    account_of(cast.sue, name="fine", organization=cast.italy)
    account_of(cast.zoe, name="blind", organization=cast.italy)
    account_of(cast.sue, name="late", expires_at=clock.now())
    states = {
        row.name: row.shown_state for row in enter(cast.root).get(LIST).context["cl"].result_list
    }
    assert states == {"fine": "active", "blind": "out_of_sight", "late": "expired"}
    for account in ServiceAccount.objects.all():
        assert account.state(clock.now()) == states[account.name]


def test_the_audit_page_tells_of_it(enter, cast):
    account = account_of(cast.root)
    bearing(key_of(account)).patch(f"/users/{cast.ivo.pk}", {"nickname": "I"}, format="json")
    shown = enter(cast.root).get("/admin/users/auditentry/").content.decode()
    assert f"root, by the service account {account.pk}" in shown
