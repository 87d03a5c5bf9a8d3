"""The sign-in page: with a password, a second factor from who has one, and who must have one."""

import re

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP
from django.test import Client

from users import secrets
from users.models import User

from .browsing import enter
from .codes import SECRET, code
from .factories import PASSWORD

pytestmark = [pytest.mark.django_db, pytest.mark.one_cast, pytest.mark.usefixtures("still")]

LOGIN = "/account/login/?next=/admin/"
SECOND = "/account/2fa/authenticate/"


def sign_in(client, username, password=PASSWORD, path=LOGIN):
    return client.post(path, {"login": username, "password": password, "next": "/admin/"})


def second(client, given):
    return client.post(SECOND, {"code": given})


def told(answer):
    assert answer.status_code == 200
    return str(answer.context["form"].errors.as_text())


@pytest.mark.parametrize("name", ["alice", "ALICE", "alice@example.com", "rita"])
def test_a_name_or_address_and_a_password(client, cast, name):
    answer = sign_in(client, name)
    assert (answer.status_code, answer["Location"]) == (302, "/admin/")
    assert client.get("/admin/").status_code == 200
    assert client.get("/admin/users/user/").status_code == 200
    assert User.objects.filter(login_count=1).count() == 1


@pytest.mark.parametrize(
    ("name", "password"), [("alice", "x"), ("nobody", PASSWORD), ("a\0", "x\0"), ("", "")]
)
def test_the_wrong_are_refused(client, cast, name, password):
    assert told(sign_in(client, name, password))
    assert client.get("/admin/").status_code == 302


def test_the_admin_leads_to_the_sign_in_page_and_back(client, cast):
    answer = client.get("/admin/users/user/", follow=True)
    assert answer.redirect_chain[-1][0] == "/account/login/?next=/admin/users/user/"


def test_who_may_not_enter_the_admin_signs_in_all_the_same(client, cast):
    assert sign_in(client, "sam").status_code == 302
    assert client.get("/account/").status_code == 200
    assert client.get("/admin/", follow=True).status_code == 403


@pytest.mark.parametrize("end", [User.suspend, User.soft_delete])
def test_those_who_may_not_sign_in_are_told_what_strangers_are_told(client, cast, end):
    end(cast.alice)
    assert told(sign_in(client, "alice")) == told(sign_in(client, "nobody"))


@pytest.mark.parametrize(
    "elsewhere",
    ["//evil.example", "https://evil.example/", "/\\evil.example", "javascript:alert(1)"],
)
def test_a_sign_in_leads_nowhere_else(client, cast, elsewhere):
    words = {"login": "alice", "password": PASSWORD, "next": elsewhere}
    assert client.post("/account/login/", words)["Location"] == "/account/"


@pytest.fixture
def with_totp(cast):
    TOTP.activate(cast.alice, SECRET)
    return cast


def test_a_second_factor_is_needed_and_works_once(client, with_totp):
    assert sign_in(client, "alice")["Location"].startswith(SECOND)
    assert client.get("/admin/").status_code == 302
    assert "Incorrect" in told(second(client, "000000"))
    right = code()
    assert second(client, right)["Location"] == "/admin/"
    assert client.get("/admin/").status_code == 200
    again = Client()
    sign_in(again, "alice")
    assert told(second(again, right))


def test_a_recovery_code_works_once(client, with_totp):
    recovery = RecoveryCodes.activate(with_totp.alice).get_unused_codes()[0]
    sign_in(client, "alice")
    assert second(client, recovery).status_code == 302
    again = Client()
    sign_in(again, "alice")
    assert told(second(again, recovery))


def test_a_wrong_password_does_not_reveal_the_second_factor(client, with_totp):
    assert told(sign_in(client, "alice", "x")) == told(sign_in(client, "bob", "x"))


def test_a_risky_person_needs_a_second_factor(client, with_totp):
    with_totp.bob.status = with_totp.alice.status = "risky"
    with_totp.bob.save()
    with_totp.alice.refresh_from_db()
    User.objects.filter(pk=with_totp.alice.pk).update(status="risky")
    assert told(sign_in(client, "bob"))
    sign_in(client, "alice")
    assert second(client, code()).status_code == 302


def test_seeds_are_encrypted_where_they_are_kept(with_totp):
    RecoveryCodes.activate(with_totp.alice)
    for row in Authenticator.objects.all():
        [kept] = {"secret", "seed"} & set(row.data)
        assert SECRET not in str(row.data)
        assert secrets.decrypt(row.data[kept])


# -- staff that must have a second factor


def test_staff_without_a_second_factor_reaches_nothing_but_its_own_account(client, cast, settings):
    settings.STAFF_MFA = "required"
    sign_in(client, "alice")
    answer = client.get("/admin/users/user/", follow=True)
    assert answer.redirect_chain[-1][0] == "/account/2fa/"
    assert b"Set up a second factor first" in answer.content
    assert client.post("/admin/users/user/", {"action": "suspend"}).status_code == 302
    TOTP.activate(cast.alice, SECRET)
    assert client.get("/admin/users/user/").status_code == 200


def test_staff_without_a_second_factor_gets_no_token(call, cast, settings):
    settings.STAFF_MFA = "required"
    body = {"username": "alice", "password": PASSWORD}
    answer = call().post("/api/token", body, format="json")
    assert (answer.status_code, answer.data["message"]) == (403, "mfa_enrolment_required")
    assert answer.data["data"] == {"enrol_at": f"{settings.BASE_URL}/account/2fa/"}
    wrong = call().post("/api/token", body | {"password": "x"}, format="json")
    assert wrong.data["message"] == "invalid credentials"
    body["username"] = "charlie"
    assert call().post("/api/token", body, format="json").status_code == 200


# -- one's own account


def test_a_person_changes_what_is_its_own(client, cast):
    browser = enter(client, cast.charlie)
    page = browser.get("/account/")
    assert page["Cache-Control"].startswith("max-age=0")
    words = {"name": "Charlie B", "given_name": "", "family_name": "", "nickname": "", "phone": "1"}
    assert browser.post("/account/", words | {"status": "suspended"}).status_code == 302
    cast.charlie.refresh_from_db()
    assert (cast.charlie.name, cast.charlie.phone) == ("Charlie B", "1")
    assert cast.charlie.status == "active"
    assert cast.charlie.updated_by == cast.charlie


def test_a_new_password_ends_other_sessions_and_tokens(client, cast, call):
    token = call(cast.charlie)
    other, browser = enter(Client(), cast.charlie), enter(client, cast.charlie)
    words = {"oldpassword": PASSWORD, "password1": "another-l0ng-one"}
    answer = browser.post("/account/password/change/", words | {"password2": "another-l0ng-one"})
    assert answer.status_code == 302
    assert browser.get("/account/").status_code == 200
    assert other.get("/account/").status_code == 302
    assert token.get("/api/me").status_code == 401


def link_in(message, settings):
    return re.search(rf"{re.escape(settings.BASE_URL)}(/\S+)", message.body)[1]


def test_a_forgotten_password_is_reset_by_mail(client, cast, mailoutbox, settings):
    answers = [
        client.post("/account/password/reset/", {"email": email}, HTTP_HOST="127.0.0.1")
        for email in (cast.charlie.email, "nobody@example.com")
    ]
    assert len({(answer.status_code, answer["Location"]) for answer in answers}) == 1
    message = next(mail for mail in mailoutbox if mail.to == [cast.charlie.email])
    link = link_in(message, settings)
    browser = Client()
    form = browser.get(link)["Location"]
    assert link != form
    words = {"password1": "another-l0ng-one", "password2": "another-l0ng-one"}
    assert browser.post(form, words).status_code == 302
    cast.charlie.refresh_from_db()
    assert cast.charlie.check_password("another-l0ng-one")
    assert sign_in(Client(), "charlie", "another-l0ng-one").status_code == 302
    assert b"Bad Token" in Client().get(link).content


def test_another_address_counts_once_it_is_verified(client, cast, mailoutbox, settings):
    EmailAddress.objects.create(
        user=cast.charlie, email=cast.charlie.email, verified=True, primary=True
    )
    browser = enter(client, cast.charlie)
    browser.post("/account/reauthenticate/", {"password": PASSWORD})
    old = cast.charlie.email
    words = {"email": "new@example.com", "action_add": ""}
    assert browser.post("/account/email/", words).status_code in (302, 200)
    cast.charlie.refresh_from_db()
    assert cast.charlie.email == old
    message = next(mail for mail in mailoutbox if mail.to == ["new@example.com"])
    link = link_in(message, settings)
    browser.post(link)
    cast.charlie.refresh_from_db()
    assert (cast.charlie.email, cast.charlie.email_verified) == ("new@example.com", True)
    assert list(EmailAddress.objects.filter(user=cast.charlie).values_list("email", flat=True)) == [
        "new@example.com"
    ]


@pytest.mark.parametrize("looks_first", [True, False])
def test_who_was_never_verified_changes_the_address_all_the_same(
    client, cast, mailoutbox, settings, looks_first
):
    EmailAddress.objects.filter(user=cast.charlie).delete()
    browser = enter(client, cast.charlie)
    browser.post("/account/reauthenticate/", {"password": PASSWORD})
    old = cast.charlie.email
    if looks_first:
        assert browser.get("/account/email/").status_code == 200
    for address in ("one@example.com", "two@example.com"):
        words = {"email": address, "action_add": ""}
        assert browser.post("/account/email/", words).status_code in (200, 302)
        assert User.objects.get(pk=cast.charlie.pk).email == old
    first, second = (
        link_in(next(mail for mail in mailoutbox if mail.to == [address]), settings)
        for address in ("one@example.com", "two@example.com")
    )
    browser.post(first)
    assert User.objects.get(pk=cast.charlie.pk).email == old  # another address took its place
    browser.post(second)
    cast.charlie.refresh_from_db()
    assert (cast.charlie.email, cast.charlie.email_verified) == ("two@example.com", True)
    assert EmailAddress.objects.get(user=cast.charlie).email == "two@example.com"


def test_nobody_signs_up(client, db):
    answer = client.get("/account/signup/")
    assert b"Accounts are given" in answer.content
    words = {"email": "x@example.com", "username": "x", "password1": "another-l0ng-one"}
    client.post("/account/signup/", words | {"password2": "another-l0ng-one"})
    assert not User.all_objects.filter(username="x").exists()
    assert "sign up" not in client.get(LOGIN).content.decode().lower()


def test_the_page_holds_nothing_inline(client, db):
    answer = client.get(LOGIN)
    page = answer.content.decode()
    assert "id_login" in page
    assert "style=" not in page
    assert "<style" not in page
    assert "script-src 'self'" in answer["Content-Security-Policy"]


def test_a_password_is_set_on_the_page_of_a_person(client, cast):
    from .browsing import page_of

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
