"""POST /oauth/revoke: how a service account ends one of its tokens, and nobody else's."""

import base64
import json
from datetime import timedelta

import pytest
from rest_framework.test import APIClient

from users import standing
from users.models import RevokedToken
from usersvc import clock

from .accounts import account_of, bearing, key_of, token_of

pytestmark = [pytest.mark.django_db, pytest.mark.one_cast]
SPEAKS, IS_OVER = 200, 401


@pytest.fixture
def account(cast):
    return account_of(cast.alice)


def revoke(account, token, kind="json", **changes):
    body = {"client_id": account.pk, "client_secret": account.secret, "token": token} | changes
    if kind == "form":
        body = "&".join(f"{name}={value}" for name, value in body.items())
        form = {"content_type": "application/x-www-form-urlencoded"}
        return APIClient().post("/oauth/revoke", body, **form)
    return APIClient().post("/oauth/revoke", json.dumps(body), content_type="application/json")


def status(token):
    return bearing(token).get("/users").status_code


@pytest.mark.parametrize("kind", ["form", "json"])
def test_a_revoked_token_speaks_no_more_and_others_do(account, kind):
    token, other = token_of(account), token_of(account)
    assert (status(token), status(other)) == (SPEAKS, SPEAKS)
    answer = revoke(account, token, kind, token_type_hint="access_token")
    assert (answer.status_code, answer.content) == (200, b"")
    assert answer["Cache-Control"] == "no-store"
    assert (status(token), status(other)) == (IS_OVER, SPEAKS)
    assert revoke(account, token, kind).status_code == 200


def test_basic_authentication_signs_in(account):
    token = token_of(account)
    own = base64.b64encode(f"{account.pk}:{account.secret}".encode()).decode()
    api = APIClient(HTTP_AUTHORIZATION=f"Basic {own}")
    assert api.post("/oauth/revoke", {"token": token}, format="json").status_code == 200
    assert status(token) == IS_OVER


def test_what_it_was_fetching_is_cut_off(account):
    token = token_of(account)
    answer = bearing(token).get("/users")
    reason = standing.withdrawn(answer.renderer_context["request"], ["users.view_user"])
    assert reason() == ""
    revoke(account, token)
    assert reason() == standing.NO_LONGER_SIGNED_IN


@pytest.mark.parametrize("token", ["nonsense", "a.b.c", "\x00", "\ud800", "ÿ", "e" * 4096])
def test_what_is_no_token_is_no_error(account, token):
    assert revoke(account, token).status_code == 200
    assert not RevokedToken.objects.exists()


def test_nobody_ends_the_token_of_another(cast, call, account):
    other, person = token_of(account_of(cast.root, "view_user")), call(cast.alice)
    own = person._credentials["HTTP_AUTHORIZATION"].removeprefix("Bearer ")
    for token in (other, own):
        assert revoke(account, token).status_code == 200
        assert status(token) == SPEAKS
    assert not RevokedToken.objects.exists()


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"token": None}, (400, "invalid_request")),
        ({"token": 7}, (400, "invalid_request")),
        ({"token": "e" * 4097}, (400, "invalid_request")),
        ({"client_secret": "usvs_wrong"}, (401, "invalid_client")),
        ({"client_id": "cli_0000000000000000"}, (401, "invalid_client")),
    ],
)
def test_what_is_wrong_is_said_in_the_words_of_the_rfc(account, change, expected):
    token = token_of(account)
    body = {"token": token} | change
    answer = revoke(account, **body)
    assert (answer.status_code, answer.json()["error"]) == expected
    assert status(token) == SPEAKS


def test_an_api_key_is_not_ended_here(account):
    key = key_of(account)
    answer = revoke(account, key)
    assert (answer.status_code, answer.json()["error"]) == (400, "unsupported_token_type")
    assert status(key) == SPEAKS


def test_failures_are_counted_by_address(account, settings):
    tries = settings.FAILED_SIGN_INS_PER_MINUTE + 1
    answers = [revoke(account, "x", client_secret="no").status_code for _ in range(tries)]
    assert answers == [401] * settings.FAILED_SIGN_INS_PER_MINUTE + [429]


def test_what_would_be_over_anyway_is_forgotten(account):
    token = token_of(account)
    ended = clock.now() - timedelta(seconds=1)
    RevokedToken.objects.create(jti="before", expires_at=ended)
    revoke(account, token)
    [kept] = RevokedToken.objects.all()
    assert clock.now() < kept.expires_at <= clock.now() + timedelta(minutes=15)


def test_a_token_is_admitted_in_few_statements(account, django_assert_max_num_queries):
    api = bearing(token_of(account))
    api.get("/users?page_size=1")  # its use is written down
    with django_assert_max_num_queries(2):
        assert api.get("/api/me").status_code == 403
