"""Tokens that somebody twisted, borrowed, kept or guessed; and keys that change meanwhile."""

from datetime import timedelta
from functools import partial

import jwt
import pytest
import time_machine
from cryptography.hazmat.primitives.asymmetric import ed25519
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from django.core.exceptions import ImproperlyConfigured
from django.core.management import CommandError, call_command

from users import signing, tokens
from users.tests.factories import PASSWORD, UserFactory
from users.token_types import AccessToken
from usersvc import clock

from .sending import at_once
from .test_tokens import me, refresh, sign_in

pytestmark = pytest.mark.django_db
SECRET = "a secret of more than thirty-two letters"


@pytest.fixture
def ann():
    return UserFactory(username="ann", password=PASSWORD)


@pytest.fixture(params=["HS256", "RS256", "EdDSA"])
def algorithm(request, settings, tmp_path):
    settings.TOKEN_ALGORITHM = request.param
    settings.TOKEN_KEYS = tmp_path / "token-keys"
    return request.param


def claims_of(person):
    access = tokens.mint(person, ["pwd"])["access"]
    return jwt.decode(access, options={"verify_signature": False})


def signed(claims, key=None, algorithm=None, **header):
    key_in_use = signing.signing_key()
    return jwt.encode(
        claims,
        key or key_in_use.signs,
        algorithm or key_in_use.algorithm,
        headers={"kid": key_in_use.kid} | header,
    )


def without(claims, name):
    return {key: value for key, value in claims.items() if key != name}


def test_twisted_tokens_are_invalid(call, ann, algorithm, settings):
    claims = claims_of(ann)
    now = int(clock.now().timestamp())
    assert me(call(), signed(claims)).status_code == 200
    twisted = [
        signed(claims, key=SECRET, algorithm="HS256"),
        jwt.encode(claims, "", "none", headers={"kid": signing.signing_key().kid}),
        signed(claims, kid="another"),
        signed(claims, kid=""),
        *(signed(claims | change) for change in (
            {"aud": "other"},
            {"iss": "https://elsewhere.example"},
            {"token_type": "refresh"},
            {"token_type": "step"},
            {"sub": "nonsense"},
            {"sub": "\0"},
            {"sub": str(UserFactory().pk)},
            {"ver": 99},
            {"sid": "nonsense"},
            {"sid": "0" * 32},
            {"sid": 7},
            {"exp": now - 1},
            {"iat": now + 3600},
            {"nbf": now + 3600},
        )),
        *(signed(without(claims, name)) for name in (
            "ver", "sub", "exp", "iat", "jti", "sid", "aud", "iss", "token_type"
        )),
    ]  # fmt: skip
    assert [me(call(), token).status_code for token in twisted] == [401] * len(twisted)


def test_a_key_that_a_token_brings_along_is_not_read(call, ann, algorithm):
    """Neither one in its header, nor one at an address that the header names."""
    own = ed25519.Ed25519PrivateKey.generate()
    jwk = jwt.algorithms.OKPAlgorithm.to_jwk(own.public_key(), as_dict=True)
    claims = claims_of(ann)
    for header in (
        {"jwk": jwk},
        {"jwk": jwk, "kid": "mine"},
        {"jku": "http://evil.example/keys.json", "kid": "mine"},
        {"x5u": "http://evil.example/keys.pem"},
        {"x5c": ["MIIB"], "kid": "../../dev/null"},
    ):
        assert me(call(), signed(claims, own, "EdDSA", **header)).status_code == 401
        assert me(call(), signed(claims, jwk=jwk, jku="http://evil.example")).data["id"]


def test_an_access_token_renews_nothing(call, ann):
    pair = tokens.mint(ann, ["pwd"])
    assert refresh(call(), pair["access"]).status_code == 401
    assert refresh(call(), pair["refresh"]).status_code == 200


def test_a_changed_letter_anywhere_is_noticed(call, ann):
    good = tokens.mint(ann, ["pwd"])["access"]
    for place in range(0, len(good) - 1, 7):
        letter = "A" if good[place] != "A" else "B"
        assert me(call(), good[:place] + letter + good[place + 1 :]).status_code == 401


@pytest.mark.parametrize("token", ["x" * 7000, "a.b.c", "..", "eyJhbGciOiJub25lIn0..", "é"])
def test_nonsense_is_an_invalid_token(call, token):
    assert me(call(), token.encode("utf-8").decode("latin-1")).status_code == 401


@pytest.mark.parametrize("algorithm", ["RS256", "EdDSA"], indirect=True)
def test_a_public_key_is_no_secret_to_sign_with(call, ann, algorithm):
    claims = claims_of(ann)
    public = signing.signing_key().verifies
    forms = [
        public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo),
        public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo),
    ]
    # PyJWT itself refuses to sign with a PEM: an attacker would not ask it.
    hmac = jwt.algorithms.HMACAlgorithm(jwt.algorithms.HMACAlgorithm.SHA256)
    good = signed(claims)
    head = jwt.utils.base64url_encode(
        b'{"alg":"HS256","kid":"%s","typ":"JWT"}' % signing.signing_key().kid.encode()
    )
    body = good.split(".")[1].encode()
    for form in forms:
        signature = jwt.utils.base64url_encode(hmac.sign(head + b"." + body, form))
        assert me(call(), b".".join([head, body, signature]).decode()).status_code == 401


# -- keys that change


def test_public_keys_check_tokens_elsewhere(call, ann, algorithm, settings):
    access = tokens.mint(ann, ["pwd"])["access"]
    answer = call().get("/.well-known/jwks.json")
    assert answer["Cache-Control"] == "public, max-age=300"
    published = answer.json()["keys"]
    if algorithm == "HS256":
        assert published == []
        return
    [key] = published
    assert (key["alg"], key["use"]) == (algorithm, "sig")
    assert "d" not in key
    assert jwt.get_unverified_header(access)["kid"] == key["kid"]
    claims = jwt.decode(
        access, jwt.PyJWK(key), audience="usersvc", issuer=settings.BASE_URL, algorithms=[algorithm]
    )
    assert claims["sub"] == str(ann.pk)


@pytest.mark.parametrize("algorithm", ["RS256", "EdDSA"], indirect=True)
def test_a_new_key_signs_and_the_one_before_verifies_until_its_tokens_are_over(
    call, ann, algorithm, settings
):
    with time_machine.travel(clock.now(), tick=False) as time:
        before = sign_in(call()).data
        old = signing.signing_key().kid
        time.shift(timedelta(seconds=1))
        call_command("rotate_token_keys")
        assert signing.signing_key().kid != old
        assert me(call(), before["access"]).status_code == 200
        assert len(call().get("/.well-known/jwks.json").json()["keys"]) == 2
        after = refresh(call(), before["refresh"]).data
        assert jwt.get_unverified_header(after["access"])["kid"] == signing.signing_key().kid
        for file in settings.TOKEN_KEYS.iterdir():
            assert file.stat().st_mode & 0o077 == 0
        time.shift(timedelta(days=1, seconds=1))
        call_command("rotate_token_keys")
        assert not signing.keys().get(old)
        assert len(signing.keys()) == 2


def test_another_algorithm_makes_a_key_of_its_own(settings, tmp_path):
    settings.TOKEN_KEYS = tmp_path / "token-keys"
    for algorithm in ("RS256", "EdDSA") * 3:  # as two processes with either would ask in turn
        settings.TOKEN_ALGORITHM = algorithm
        assert signing.signing_key().algorithm == algorithm
    assert len(signing.keys()) == 2


def test_a_file_that_is_no_key_is_named(settings, tmp_path):
    settings.TOKEN_KEYS, settings.TOKEN_ALGORITHM = tmp_path, "RS256"
    (tmp_path / "scrap.pem").write_text("no key")
    with pytest.raises(ImproperlyConfigured, match=r"scrap\.pem"):
        signing.signing_key()


def test_a_new_secret_signs_and_the_one_before_verifies_while_it_is_named(call, ann, settings):
    before = sign_in(call()).data
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = SECRET
    assert me(call(), before["access"]).status_code == 200
    after = sign_in(call()).data
    assert me(call(), after["access"]).status_code == 200
    settings.SECRET_KEY_FALLBACKS = []
    assert me(call(), before["access"]).status_code == 401
    assert me(call(), after["access"]).status_code == 200


def test_a_secret_is_not_changed_by_the_command():
    with pytest.raises(CommandError, match="USERSVC_SECRET_KEY_FALLBACKS"):
        call_command("rotate_token_keys")


# -- two at once


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_of_two_who_refresh_at_once_one_wins_and_the_family_ends(call, ann):
    pair = tokens.mint(ann, ["pwd"])
    answers = at_once(*[partial(refresh, call(), pair["refresh"])] * 2)
    codes = sorted(answer.status_code for answer in answers)
    assert codes == [200, 401]
    winner = next(answer for answer in answers if answer.status_code == 200)
    assert me(call(), winner.data["access"]).status_code == 401


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_of_two_who_use_a_step_at_once_one_wins(call, ann):
    from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
    from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret

    TOTP.activate(ann, generate_totp_secret())
    codes = RecoveryCodes.activate(ann).generate_codes()
    step = sign_in(call()).data["data"]["step_token"]

    def use(place):
        body = {"step_token": step, "code": codes[place]}
        return call().post("/api/token/mfa", body, format="json").status_code

    assert sorted(at_once(partial(use, 0), partial(use, 1))) == [200, 401]


def test_an_access_token_says_how_and_when_its_person_signed_in(ann):
    with time_machine.travel("2025-06-21T10:30:00Z", tick=False):
        access = AccessToken(tokens.mint(ann, ["pwd", "otp"])["access"])
        assert (access["amr"], access["auth_time"]) == (["pwd", "otp"], 1750501800)
