"""Whatever a program sends to sign in, it is answered in the words of OAuth, and never let in."""

import base64
import json
from urllib.parse import urlencode

import pytest
from hypothesis import HealthCheck, example, given
from hypothesis import settings as examined
from hypothesis import strategies as st
from rest_framework.test import APIClient

from usersvc.api.throttles import FailureThrottle

from .accounts import account_of, bearing, key_of, token_of

pytestmark = [pytest.mark.django_db, pytest.mark.one_cast, pytest.mark.once]
ADDRESSES = ["/oauth/token", "/oauth/revoke"]
JSON, FORM = "application/json", "application/x-www-form-urlencoded"
KINDS = st.sampled_from(
    [
        JSON,
        FORM,
        f"{FORM}; charset=utf-16",
        f"{JSON}; charset=x",
        "text/plain",
        "multipart/form-data",
        "",
    ]
)
NAMES = st.sampled_from(
    ["grant_type", "client_id", "client_secret", "scope", "audience", "token", "token_type_hint"]
)
texts = st.one_of(
    st.sampled_from(
        ["client_credentials", "cli_0000000000000001", "users.view_user", "usvk_", "\0", "\ud800"]
    ),
    st.text(max_size=20),
)
values = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), texts),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=5,
)
forms = st.lists(st.tuples(st.one_of(NAMES, texts), texts), max_size=6)
bodies = st.one_of(
    st.binary(max_size=60),
    st.dictionaries(st.one_of(NAMES, texts), values, max_size=5).map(json.dumps).map(str.encode),
    values.map(json.dumps).map(str.encode),
    forms.map(lambda pairs: urlencode(pairs, errors="surrogatepass").encode()),
)
headers = st.one_of(
    st.none(),
    st.text(st.characters(max_codepoint=255, exclude_characters="\r\n"), max_size=40),
    st.binary(max_size=40).map(lambda raw: f"Basic {base64.b64encode(raw).decode()}"),
    texts.map(lambda text: f"Bearer {text}".encode("utf-8", "replace").decode("latin-1")),
)
ERRORS = {
    400: {"invalid_request", "unsupported_grant_type", "unsupported_token_type"},
    401: {"invalid_client"},
    411: {"invalid_request"},
    413: {"invalid_request"},
    415: {"invalid_request"},
}
bounded = examined(
    max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None
)


@pytest.fixture
def api(cast, monkeypatch):
    monkeypatch.setattr(FailureThrottle, "rate", "1000000/min", raising=False)
    account_of(cast.alice)
    return APIClient(raise_request_exception=False)


@pytest.mark.parametrize("address", ADDRESSES)
def test_no_body_breaks_it_and_none_gets_in(api, address):
    @bounded
    @given(bodies, KINDS, headers)
    @example(b'{"grant_type": "client_credentials", "client_secret": "\\ud800"}', JSON, None)
    @example(b"grant_type=client_credentials&client_id=%ff%00", FORM, None)
    @example(b"[" * 10_000, JSON, None)
    @example(b'{"grant_type": 1e999}', JSON, "Basic")
    def ask(body, kind, header):
        own = {} if header is None else {"HTTP_AUTHORIZATION": header}
        answer = api.generic("POST", address, body, kind, **own)
        told = answer.json()
        assert set(told) == {"error", "error_description"}, (answer.status_code, told)
        assert told["error"] in ERRORS.get(answer.status_code, ()), (answer.status_code, told)

    ask()


@pytest.mark.parametrize("address", ADDRESSES)
def test_who_is_let_in_breaks_nothing_either(cast, api, address):
    account = account_of(cast.alice)
    own = {"grant_type": "client_credentials"}
    own |= {"client_id": account.pk, "client_secret": account.secret, "token": "x"}

    @bounded
    @given(st.dictionaries(st.one_of(NAMES, texts), values, max_size=3), st.booleans())
    def ask(more, first):
        body = more | own if first else own | more
        answer = api.generic("POST", address, json.dumps(body), JSON)
        assert answer.status_code in (200, 400, 401), answer.content
        assert "no-store" in answer["Cache-Control"]

    ask()


@pytest.mark.parametrize("carry", [token_of, key_of])
def test_nothing_like_a_token_or_a_key_is_one(cast, carry):
    good = carry(account_of(cast.alice))
    assert bearing(good).get("/users").status_code == 200

    @bounded
    @given(st.integers(0, len(good) - 1), st.text(st.characters(max_codepoint=255), max_size=3))
    def ask(place, text):
        changed = good[:place] + text.replace("\n", " ") + good[place + 1 :]
        if not is_the_same(changed, good):
            assert bearing(changed).get("/users").status_code == 401, changed

    ask()


def is_the_same(one, other):
    """Return whether two tokens are the same but for blanks around, and bits that say nothing."""
    return one.strip() == other or decoded(one) == decoded(other) is not None


def decoded(token):
    try:
        return [base64.urlsafe_b64decode(part + "==") for part in token.strip().split(".")]
    except ValueError:
        return None
