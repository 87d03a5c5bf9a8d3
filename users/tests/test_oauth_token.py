"""POST /oauth/token: how a service account signs in, and each way in which it does not."""

import base64
import json
from datetime import timedelta
from urllib.parse import urlencode

import jwt
import pytest
from rest_framework.test import APIClient

from users.models import ServiceAccount
from usersvc import clock

from .accounts import account_of, bearing, token_of

pytestmark = [pytest.mark.django_db, pytest.mark.one_cast]
GRANT = {"grant_type": "client_credentials"}


@pytest.fixture
def account(cast):
    return account_of(cast.alice)


def ask(body, kind="json", **headers):
    if kind == "form":
        form = {"content_type": "application/x-www-form-urlencoded"}
        return APIClient().post("/oauth/token", urlencode(body, doseq=True), **form, **headers)
    return APIClient().post("/oauth/token", body, format="json", **headers)


def body_of(account, **more):
    return GRANT | {"client_id": account.pk, "client_secret": account.secret} | more


def basic(name, secret):
    return {"HTTP_AUTHORIZATION": "Basic " + base64.b64encode(f"{name}:{secret}".encode()).decode()}


@pytest.mark.parametrize("kind", ["form", "json"])
def test_an_id_and_a_secret_give_a_token(account, kind):
    answer = ask(body_of(account, audience="https://users.example/api/v2/"), kind)
    assert answer.status_code == 200
    assert answer["Cache-Control"] == "no-store"
    body = answer.json()
    assert set(body) == {"access_token", "token_type", "expires_in", "scope"}
    assert (body["token_type"], body["expires_in"]) == ("Bearer", 900)
    claims = jwt.decode(body["access_token"], options={"verify_signature": False})
    assert claims["sub"] == claims["client_id"] == account.pk
    assert claims["ver"] == account.version
    assert bearing(body["access_token"]).get("/users").status_code == 200


def test_basic_authentication_signs_in(account):
    answer = ask(GRANT, "form", **basic(account.pk, account.secret))
    assert answer.status_code == 200


@pytest.mark.parametrize(
    ("name", "status", "word"),
    [
        ("grant_type", 400, "unsupported_grant_type"),
        ("client_id", 401, "invalid_client"),
        ("client_secret", 401, "invalid_client"),
        ("scope", 400, "invalid_scope"),
    ],
)
@pytest.mark.parametrize("character", ["\0", "\ud800"])
def test_what_no_text_can_hold_is_no_error_of_ours(account, name, status, word, character):
    body = json.dumps(body_of(account) | {name: f"x{character}"})  # which writes \\u0000, \\ud800
    answer = APIClient().post("/oauth/token", body, content_type="application/json")
    assert (answer.status_code, answer.json()["error"]) == (status, word)


@pytest.mark.parametrize("name", ["%00", "cli_%00", "%ff", "%ed%a0%80"])
def test_what_no_text_can_hold_signs_nobody_in(account, name):
    for pair in [(name, "x"), (account.pk, name)]:
        answer = ask(GRANT, "form", **basic(*pair))
        assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")


def test_parameters_that_nobody_knows_are_left_out(account):
    assert ask(body_of(account, organization="org_1")).status_code == 200


def test_a_scope_narrows(account):
    answer = ask(body_of(account, scope="users.view_user  users.view_role"))
    assert answer.json()["scope"] == "users.view_user users.view_role"
    api = bearing(answer.json()["access_token"])
    assert api.get("/users").status_code == 200
    assert api.get("/groups").status_code == 403


def test_a_token_ends_with_its_account(cast):
    ends = clock.now() + timedelta(seconds=100)
    account = account_of(cast.alice, expires_at=ends)
    assert 90 < ask(body_of(account)).json()["expires_in"] <= 100


@pytest.mark.parametrize(
    ("change", "status", "word"),
    [
        ({"grant_type": None}, 400, "invalid_request"),
        ({"grant_type": "password"}, 400, "unsupported_grant_type"),
        ({"client_id": None}, 401, "invalid_client"),
        ({"client_secret": None}, 401, "invalid_client"),
        ({"client_secret": "usvs_wrong"}, 401, "invalid_client"),
        ({"client_id": "cli_0000000000000000"}, 401, "invalid_client"),
        ({"client_id": 7}, 400, "invalid_request"),
        ({"client_id": "\x00"}, 401, "invalid_client"),
        ({"client_id": "x" * 5000}, 400, "invalid_request"),
        ({"scope": "users.destroy_user"}, 400, "invalid_scope"),
        ({"scope": "nonsense"}, 400, "invalid_scope"),
    ],
)
def test_what_is_wrong_is_said_in_the_words_of_the_rfc(account, change, status, word):
    body = {name: v for name, v in body_of(account, **change).items() if v is not None}
    answer = ask(body)
    assert (answer.status_code, answer.json()["error"]) == (status, word)
    assert set(answer.json()) == {"error", "error_description"}
    assert account.secret not in answer.content.decode()
    if status == 401:
        assert answer["WWW-Authenticate"].startswith("Basic ")


@pytest.mark.parametrize("body", ["[]", '"text"', "{", ""])
def test_what_is_no_object_is_refused(body):
    answer = APIClient().post("/oauth/token", body, content_type="application/json")
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")


def test_what_is_given_twice_is_refused(account):
    answer = ask(body_of(account, client_id=[account.pk, account.pk]), "form")
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")


def test_two_ways_of_signing_in_at_once_are_refused(account):
    answer = ask(body_of(account), "form", **basic(account.pk, account.secret))
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")


@pytest.mark.parametrize("header", ["Basic", "Basic %%%", "Basic /w=="])
def test_a_broken_header_is_no_client(header):
    answer = ask(GRANT, "form", HTTP_AUTHORIZATION=header)
    assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")


def test_failures_are_counted_by_address(account, settings):
    wrong = body_of(account, client_secret="no")
    answers = [ask(wrong).status_code for _ in range(settings.FAILED_SIGN_INS_PER_MINUTE + 1)]
    assert answers == [401] * settings.FAILED_SIGN_INS_PER_MINUTE + [429]
    assert ask(body_of(account)).status_code == 429


def test_an_unknown_client_costs_and_tells_what_a_wrong_secret_does(
    account, django_assert_num_queries
):
    bodies = [body_of(account, client_id="cli_none"), body_of(account, client_secret="no")]
    found = [ask(body).content for body in bodies]  # types of content are known then
    for body in bodies:
        with django_assert_num_queries(2):  # the account, and what the audit is told
            ask(body)
    assert found[0] == found[1]


def test_an_account_from_elsewhere_is_no_client(cast):
    account = account_of(cast.alice, networks=["192.0.2.0/24"])
    assert ask(body_of(account)).json()["error"] == "invalid_client"
    assert ask(body_of(account), REMOTE_ADDR="192.0.2.9").status_code == 200


def test_a_used_account_says_so(account):
    token_of(account)
    used = ServiceAccount.objects.get(pk=account.pk)
    assert used.last_used_from == "127.0.0.1"
    assert used.last_used_at is not None
