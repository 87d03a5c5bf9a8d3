"""The audit knows of what changes no row: sign-ins, failures, factors, looks and files taken."""

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from users import service_accounts
from users.models import AuditEntry
from users.models.doings import DEEDS, Doing

from .accounts import account_of
from .browsing import enter, page_of
from .codes import SECRET, code
from .factories import PASSWORD
from .test_headless import App
from .test_lockout import attempt

pytestmark = [pytest.mark.django_db, pytest.mark.one_cast, pytest.mark.usefixtures("still")]

HERE = "192.0.2.1"


def told(doing):
    return list(AuditEntry.objects.telling_of([doing]).oldest_first())


@pytest.fixture
def ann(cast):
    ann = cast._person("ann", cast.europe)
    AuditEntry.objects.all().delete()
    return ann


def of_person(entry):
    return entry.object_pk, entry.organization_id, entry.remote_addr


def test_a_sign_in_with_a_session_is_told(client, ann):
    given = {"login": "ann", "password": PASSWORD}
    answer = client.post("/account/login/", given, REMOTE_ADDR=HERE)
    assert answer.status_code == 302
    (entry,) = told(Doing.SIGN_IN)
    assert of_person(entry) == (str(ann.pk), ann.organization_id, HERE)
    assert entry.additional_data == {"methods": ["pwd"]}


def test_a_sign_in_for_a_token_is_told(call, ann):
    assert attempt(call, "ann", PASSWORD, HERE) == 200
    (entry,) = told(Doing.SIGN_IN)
    assert of_person(entry) == (str(ann.pk), ann.organization_id, HERE)
    assert entry.additional_data == {"methods": ["pwd"]}


def test_a_sign_in_of_a_program_is_told_once_with_all_its_methods(ann):
    TOTP.activate(ann, SECRET)
    app = App()
    app.sign_in()
    assert told(Doing.SIGN_IN) == []
    assert app.ask("POST", "/auth/2fa/authenticate", {"code": code()}).status_code == 200
    (entry,) = told(Doing.SIGN_IN)
    assert (entry.object_pk, entry.additional_data) == (str(ann.pk), {"methods": ["pwd", "otp"]})


@pytest.mark.parametrize("name", ["ann", "ANN@example.com"])
def test_a_wrong_password_is_told_of_whose_it_was(call, ann, name):
    assert attempt(call, name, at=HERE) == 401
    (entry,) = told(Doing.SIGN_IN_FAILED)
    assert of_person(entry) == (str(ann.pk), ann.organization_id, HERE)
    assert told(Doing.SIGN_IN) == []


def test_a_wrong_code_is_told(call, ann):
    TOTP.activate(ann, SECRET)
    app = App()
    app.sign_in()
    app.ask("POST", "/auth/2fa/authenticate", {"code": "000000"})
    (entry,) = told(Doing.SIGN_IN_FAILED)
    assert entry.object_pk == str(ann.pk)


def test_what_strangers_type_is_not_told(call, ann):
    assert attempt(call, "correct horse battery staple", at=HERE) == 401
    (entry,) = told(Doing.SIGN_IN_FAILED)
    assert of_person(entry) == ("", None, HERE)
    assert "horse" not in str(vars(entry))


def ask_for_token(account, **changes):
    body = {"grant_type": "client_credentials", "client_id": account.pk}
    body |= {"client_secret": account.secret} | changes
    api = APIClient(REMOTE_ADDR=HERE)
    return api.post("/oauth/token", body, format="json").status_code


def test_a_sign_in_of_a_service_account_is_told(cast):
    account = account_of(cast.alice, organization=cast.europe)
    assert ask_for_token(account) == 200
    (entry,) = told(Doing.SIGN_IN)
    assert of_person(entry) == (account.pk, cast.europe.pk, HERE)
    assert entry.additional_data == {"methods": ["client_credentials"]}
    assert account.secret not in str(vars(entry))
    assert told(Doing.SIGN_IN_FAILED) == []


@pytest.mark.parametrize("how", ["wrong secret", "revoked", "unknown"])
def test_a_failed_sign_in_of_a_service_account_is_told(cast, how):
    account = account_of(cast.alice, organization=cast.europe)
    changes = {}
    if how == "wrong secret":
        changes["client_secret"] = "usvs_horse"
    elif how == "revoked":
        service_accounts.revoke(account)
    else:
        changes["client_id"] = "correct horse"
    assert ask_for_token(account, **changes) == 401
    (entry,) = told(Doing.SIGN_IN_FAILED)
    nobody = ("", None, HERE)
    known = (account.pk, cast.europe.pk, HERE)
    assert of_person(entry) == (nobody if how == "unknown" else known)
    assert "horse" not in str(vars(entry))
    assert told(Doing.SIGN_IN) == []


def test_unknown_names_cost_as_many_statements_as_known_ones(call, ann):
    with CaptureQueriesContext(connection) as known:
        attempt(call, "ann")
    with CaptureQueriesContext(connection) as unknown:
        attempt(call, "nobody")
    assert [sql["sql"].split()[0] for sql in known] == [sql["sql"].split()[0] for sql in unknown]


def test_a_second_factor_set_up_and_taken_away_is_told(ann):
    TOTP.activate(ann, SECRET)
    Authenticator.objects.get(user=ann).delete()
    changes = [entry.changes for entry in told(Doing.UPDATE)]
    for change in ([None, "totp"], ["totp", None]):
        assert {"second_factor": change} in changes


@pytest.mark.parametrize("tab", ["change", "security", "timeline", "privacy"])
def test_a_look_at_a_page_of_a_person_is_told(client, cast, tab):
    browser = enter(client, cast.root)
    there = page_of(cast.bob)
    assert browser.get(there.replace("change", tab)).status_code == 200
    (entry,) = told(Doing.VIEW)
    assert (entry.object_pk, entry.actor, entry.organization) == (
        str(cast.bob.pk),
        cast.root,
        cast.bob.organization,
    )


def test_a_list_or_a_page_out_of_sight_is_no_look(client, cast):
    browser = enter(client, cast.alice)
    browser.get("/admin/users/user/")
    browser.get(page_of(cast.zoe))
    assert told(Doing.VIEW) == []


def test_looks_are_no_news_of_the_overview(client, cast):
    browser = enter(client, cast.root)
    browser.get(page_of(cast.bob))
    assert told(Doing.VIEW)
    latest = browser.get("/admin/").context["overview"]["latest"]
    assert {each.entry.doing for each in latest} <= set(DEEDS)
