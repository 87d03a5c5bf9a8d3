"""The admin's sign-in page: with a password, and a code from who has a second factor."""

import pytest
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import (
    TOTP,
    format_hotp_value,
    hotp_value,
    yield_hotp_counters_from_time,
)

from users.models import User

from .factories import PASSWORD

LOGIN = "/admin/login/?next=/admin/"
SECRET = "JBSWY3DPEHPK3PXP"


def sign_in(client, username, password=PASSWORD, **more):
    return client.post(LOGIN, {"username": username, "password": password, **more})


def code():
    return format_hotp_value(hotp_value(SECRET, next(yield_hotp_counters_from_time())))


def told(answer):
    assert answer.status_code == 200
    return " ".join(answer.context["form"].non_field_errors())


@pytest.mark.parametrize("name", ["alice", "ALICE", "alice@example.com", "rita"])
def test_a_name_or_address_and_a_password(client, cast, name):
    answer = sign_in(client, name)
    assert (answer.status_code, answer["Location"]) == (302, "/admin/")
    assert client.get("/admin/").status_code == 200
    assert client.get("/admin/users/user/").status_code == 200
    assert User.objects.filter(login_count=1).count() == 1


@pytest.mark.parametrize(
    ("name", "password"), [("alice", "x"), ("nobody", PASSWORD), ("sam", PASSWORD), ("a\0", "x\0")]
)
def test_the_wrong_are_refused(client, cast, name, password):
    answer = sign_in(client, name, password)
    assert answer.status_code == 200
    assert answer.context["form"].errors
    assert client.get("/admin/").status_code == 302


@pytest.mark.parametrize("end", [User.suspend, User.soft_delete])
def test_those_who_may_not_sign_in_are_refused(client, cast, end):
    end(cast.alice)
    assert "correct username" in told(sign_in(client, "alice"))


@pytest.fixture
def with_totp(cast):
    TOTP.activate(cast.alice, SECRET)
    return cast


def test_a_second_factor_is_needed_and_works_once(client, with_totp):
    assert "one-time code, too" in told(sign_in(client, "alice"))
    assert "wrong" in told(sign_in(client, "alice", otp="000000"))
    right = code()
    assert sign_in(client, "alice", otp=f" {right} ").status_code == 302
    assert client.get("/admin/").status_code == 200
    client.logout()
    assert "used already" in told(sign_in(client, "alice", otp=right))


def test_a_recovery_code_works_once(client, with_totp):
    recovery = RecoveryCodes.activate(with_totp.alice).get_unused_codes()[0]
    assert sign_in(client, "alice", otp=recovery).status_code == 302
    client.logout()
    assert told(sign_in(client, "alice", otp=recovery))


def test_a_wrong_password_does_not_reveal_the_second_factor(client, with_totp):
    assert told(sign_in(client, "alice", "x")) == told(sign_in(client, "bob", "x"))
    assert told(sign_in(client, "alice", "x", otp=code())) == told(sign_in(client, "nobody", "x"))


def test_the_page_holds_nothing_inline(client, db):
    answer = client.get(LOGIN)
    page = answer.content.decode()
    assert "id_otp" in page
    assert "style=" not in page
    assert "<style" not in page
    assert "script-src 'self'" in answer["Content-Security-Policy"]


def test_a_password_is_set_on_the_page_of_a_person(client, cast):
    from .browsing import enter, page_of

    url = page_of(cast.charlie).replace("change", "password")
    browser = enter(client, cast.bob)
    assert browser.get(url).status_code == 200
    new = {"usable_password": "true", "password1": "a new long one", "password2": "a new long one"}
    assert browser.post(url, new).status_code == 302
    cast.charlie.refresh_from_db()
    assert cast.charlie.check_password("a new long one")
    version = cast.charlie.sign_in_version
    assert browser.post(url, {"usable_password": "false", "unset-password": "1"}).status_code == 302
    cast.charlie.refresh_from_db()
    assert not cast.charlie.has_usable_password()
    assert cast.charlie.sign_in_version > version
