"""What ASVS asks of passwords, factors and sessions; docs/security.md names these tests."""

import re
from datetime import timedelta
from pathlib import Path

import pytest
import time_machine
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from allauth.usersessions.models import UserSession
from cryptography.hazmat.primitives.asymmetric import ed25519, rsa
from django.conf import settings as configured
from django.contrib.auth.hashers import make_password
from django.contrib.auth.password_validation import CommonPasswordValidator, validate_password
from django.contrib.sessions.models import Session
from django.core.exceptions import ValidationError
from django.test import Client

from users import passwords, secrets, signing
from users.models import User
from usersvc import clock

from .browsing import enter
from .codes import SECRET, code
from .factories import PASSWORD
from .test_sign_in_pages import link_in, sign_in

pytestmark = [pytest.mark.django_db, pytest.mark.one_cast, pytest.mark.once]
pytestmark += [pytest.mark.usefixtures("still")]

NEW = "another-l0ng-one"
CHANGE, EMAIL, AGAIN = "/account/password/change/", "/account/email/", "/account/reauthenticate/"
DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "security.md"


def change(browser, old, new):
    words = {"oldpassword": old, "password1": new, "password2": new}
    return browser.post(CHANGE, words)


def token(call, username, password):
    body = {"username": username, "password": password}
    return call().post("/api/token", body, format="json")


# -- passwords


@pytest.mark.parametrize(
    "password",
    [
        "  spaces around it  ",
        "ÀÉÎ grüße 漢字 пароль 🔑",
        "e\u0301 is not é here, they are two",
        "MiXeD cAsE iS kEpT",
        "x" * 63 + "Y",
        "four thousand characters " * 160,
    ],
    ids=["spaces", "scripts", "composition", "case", "64", "4000"],
)
def test_a_password_is_taken_exactly_as_it_is(client, cast, call, password):
    assert change(enter(client, cast.charlie), PASSWORD, password).status_code == 302
    assert sign_in(Client(), "charlie", password).status_code == 302
    assert token(call, "charlie", password).status_code == 200
    for other in (password.strip()[:-1], password.swapcase(), f"{password} ", f" {password}"):
        assert token(call, "charlie", other).status_code == 401
        cast.charlie.refresh_from_db()
        assert not cast.charlie.check_password(other)


@pytest.mark.parametrize("password", ["zebra crossing", "qvxzjkwpqvxzj", "QVXZJKWPQV", "!?!?-_-!?"])
def test_letters_alone_are_a_password(cast, password):
    validate_password(password, cast.charlie)


def test_the_list_of_common_passwords_is_long_enough():
    long = [word for word in CommonPasswordValidator().passwords if len(word) >= 8]
    assert len(long) >= 3_000


@pytest.mark.parametrize(
    "password", ["acme2026", "ACME-acme-2026!", "usersvc-1234", "Acme.usersvc.42", "welcome2acme"]
)
def test_words_of_the_place_are_no_password(client, cast, password):
    cast.charlie.organization = cast.acme
    cast.charlie.save()
    with pytest.raises(ValidationError) as refused:
        validate_password(password, cast.charlie)
    assert "password_of_the_place" in {error.code for error in refused.value.error_list}
    answer = change(enter(client, cast.charlie), PASSWORD, password)
    assert b"words that anybody here would try" in answer.content


@pytest.mark.parametrize("password", ["passwordless otter", "acme buys seven goats", "globex-2026"])
def test_words_that_hold_those_of_the_place_are_passwords(cast, password):
    cast.charlie.organization = cast.acme
    validate_password(password, cast.charlie)


def test_words_of_the_host_and_of_organizations_above_are_no_password(cast, settings):
    settings.BASE_URL = "https://people.zephyrworks.example"
    cast.charlie.organization = cast.italy
    for password in ("Zephyrworks-99", f"{cast.acme.name}{cast.italy.name}-2026"):
        with pytest.raises(ValidationError):
            validate_password(password, cast.charlie)
    validate_password("zephyrs buy goats", cast.charlie)
    validate_password("globex-globex", cast.charlie)


def test_words_of_the_place_are_documented():
    text = DOCUMENT.read_text().partition("**words of the place**")[2].partition("## Sessions")[0]
    listed = set(re.findall(r"\w+", text.partition(";")[0].partition("- ")[2]))
    assert set(passwords.WORDS) <= listed


def test_words_of_the_place_take_few_statements(cast, django_assert_max_num_queries):
    cast.charlie.organization = cast.italy
    with django_assert_max_num_queries(3):
        passwords.ContextValidator().validate("two blue goats", cast.charlie)


@pytest.mark.parametrize("name", passwords.CALLED)
def test_what_a_person_is_called_is_no_password(cast, name):
    setattr(cast.charlie, name, "Hrothgarsson7@x.example" if name == "email" else "Hrothgarsson7")
    with pytest.raises(ValidationError):
        validate_password("hrothgarsson71", cast.charlie)


def test_a_change_takes_the_password_before(client, cast):
    browser = enter(client, cast.charlie)
    for wrong in ("", "x", PASSWORD.upper()):
        assert change(browser, wrong, NEW).status_code == 200
    cast.charlie.refresh_from_db()
    assert cast.charlie.check_password(PASSWORD)
    assert change(browser, PASSWORD, NEW).status_code == 302


def test_password_fields_hide_and_take_what_is_pasted(client, cast):
    pages = [client.get("/account/login/"), enter(client, cast.charlie).get(CHANGE)]
    fields = [
        field
        for page in pages
        for field in re.findall(r"<input[^>]*password[^>]*>", page.content.decode())
    ]
    assert len(fields) == 4
    for field in fields:
        assert 'type="password"' in field
        assert re.search(r'autocomplete="(?:current|new)-password"', field), field
        assert not re.search(r"onpaste|readonly|maxlength", field)


@pytest.mark.parametrize("password", [PASSWORD, "ünïcødé and more"])
def test_passwords_are_kept_as_argon2id(settings, password):
    settings.PASSWORD_HASHERS = _hashers()
    kept = make_password(password)
    algorithm, _, version, costs, *_ = kept.split("$")
    told = dict(part.split("=") for part in costs.split(","))
    assert (algorithm, kept.split("$")[1], version) == ("argon2", "argon2id", "v=19")
    assert int(told["m"]) >= 19_456
    assert int(told["t"]) >= 2


def _hashers():
    """Return the hashers of the settings: those of the tests are faster."""
    source = (Path(configured.BASE_DIR) / "usersvc" / "settings.py").read_text()
    assert 'for name in ("Argon2", "PBKDF2", "Scrypt", "BCryptSHA256")' in source
    return ["django.contrib.auth.hashers.Argon2PasswordHasher"]


# -- second factors


def test_a_reset_leaves_the_second_factor(client, cast, mailoutbox, settings):
    TOTP.activate(cast.charlie, SECRET)
    client.post("/account/password/reset/", {"email": cast.charlie.email})
    browser = Client()
    form = browser.get(link_in(mailoutbox[-1], settings))["Location"]
    browser.post(form, {"password1": NEW, "password2": NEW})
    assert browser.get("/account/").status_code == 302  # nobody is signed in by the link
    assert sign_in(Client(), "charlie", NEW)["Location"].startswith("/account/2fa/authenticate/")
    assert Authenticator.objects.filter(user=cast.charlie).exists()


@pytest.mark.parametrize("seconds", [-30, 30])
def test_a_code_of_another_half_minute_is_refused(call, cast, seconds):
    TOTP.activate(cast.charlie, SECRET)
    with time_machine.travel(clock.now(), tick=False) as now:
        body = {"username": "charlie", "password": PASSWORD, "otp": code()}
        now.shift(timedelta(seconds=seconds))
        assert call().post("/api/token", body, format="json").status_code == 401
        now.shift(timedelta(seconds=-seconds))
        assert call().post("/api/token", body, format="json").status_code == 200


def test_recovery_codes_and_seeds_are_long_enough(cast):
    """20 bits are 6 digits; 32 characters of base 32 are 160 bits."""
    codes = RecoveryCodes.activate(cast.charlie).get_unused_codes()
    assert len(set(codes)) == len(codes) == 10
    assert {len(re.sub(r"\D", "", code)) for code in codes} == {8}
    seeds = {generate_totp_secret() for _ in range(20)}
    assert len(seeds) == 20
    assert {len(seed) for seed in seeds} == {32}
    kept = Authenticator.objects.get(user=cast.charlie, type="recovery_codes").data["seed"]
    assert len(secrets.decrypt(kept)) >= 40  # hexadecimal: 160 bits or more


# -- keys


@pytest.mark.parametrize(
    ("algorithm", "kind"), [("RS256", rsa.RSAPrivateKey), ("EdDSA", ed25519.Ed25519PrivateKey)]
)
def test_keys_are_strong_enough(settings, tmp_path, algorithm, kind):
    settings.TOKEN_ALGORITHM, settings.TOKEN_KEYS = algorithm, tmp_path / "keys"
    key = signing.signing_key()
    assert isinstance(key.signs, kind)
    assert getattr(key.signs, "key_size", 3072) >= 3072
    assert len(settings.SECRET_KEY) >= 32


# -- sessions


def test_a_session_gets_another_key_at_each_sign_in(client, cast):
    client.get("/account/login/")
    client.session.save()
    keys = [client.session.session_key]
    for _ in range(2):
        assert sign_in(client, "charlie").status_code == 302
        keys.append(client.session.session_key)
        client.post("/account/logout/")
    assert len(set(keys)) == len(keys)
    for key in keys:
        assert re.fullmatch("[a-z0-9]{32}", key)
    assert not Session.objects.filter(pk__in=keys[:2]).exists()


@pytest.mark.parametrize("by", ["password", "code"])
def test_a_session_gets_another_key_when_its_person_proves_it_again(client, cast, by):
    sign_in(client, "charlie")
    browser = client
    if by == "code":
        TOTP.activate(cast.charlie, SECRET)
    before = browser.session.session_key
    path, words, wrong = {
        "password": (AGAIN, {"password": PASSWORD}, {"password": "x"}),
        "code": (
            "/account/2fa/reauthenticate/",
            {"code": code()},
            {"code": "000000"},
        ),
    }[by]
    browser.post(path, wrong)
    assert browser.session.session_key == before
    assert browser.post(path, words).status_code == 302
    after = browser.session.session_key
    assert after != before
    assert not Session.objects.filter(pk=before).exists()
    assert browser.get("/account/").status_code == 200
    assert [each.session_key for each in UserSession.objects.filter(user=cast.charlie)] == [after]


@pytest.mark.parametrize("path", ["/account/logout/", "/admin/logout/"])
def test_a_session_that_was_signed_out_is_over(client, cast, path):
    sign_in(client, "alice")
    kept = client.cookies["sessionid"].value
    client.post(path)
    thief = Client()
    thief.cookies["sessionid"] = kept
    assert thief.get("/account/").status_code == 302
    assert not Session.objects.filter(pk=kept).exists()


@pytest.mark.parametrize("path", ["/account/logout/", "/admin/logout/"])
def test_signing_out_clears_what_the_browser_kept(client, cast, path):
    sign_in(client, "alice")
    assert "Clear-Site-Data" not in client.get("/account/")
    assert client.post(path)["Clear-Site-Data"] == '"cache"'
    assert "Clear-Site-Data" not in client.get("/account/login/")


@pytest.mark.parametrize(
    "path",
    [
        "/admin/",
        "/admin/users/user/",
        "/account/",
        CHANGE,
        EMAIL,
        "/account/2fa/",
        "/account/sessions/",
        "/account/tokens/",
    ],
)
def test_every_page_offers_to_sign_out(client, cast, path):
    page = enter(client, cast.alice).get(path, follow=True)
    assert page.status_code == 200
    forms = re.findall(
        r'<form[^>]*action="(/(?:account|admin)/logout/)"[^>]*>.*?</form>',
        page.content.decode(),
        re.DOTALL,
    )
    assert forms


def test_another_address_takes_the_password_again(client, cast, mailoutbox):
    browser = enter(client, cast.charlie)
    words = {"email": "new@example.com", "action_add": ""}
    assert browser.post(EMAIL, words)["Location"].startswith(AGAIN)
    assert not any(mail.to == ["new@example.com"] for mail in mailoutbox)
    assert browser.post(AGAIN, {"password": "x"}).status_code == 200
    browser.post(AGAIN, {"password": PASSWORD})
    assert browser.post(EMAIL, words).status_code in (200, 302)
    assert any(mail.to == ["new@example.com"] for mail in mailoutbox)
    assert User.objects.get(pk=cast.charlie.pk).email == cast.charlie.email
