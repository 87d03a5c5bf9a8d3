"""Signing in without our pages: allauth's headless flow, which ends with the API's tokens."""

import json
from datetime import timedelta

import jwt
import pytest
import time_machine
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP
from django.contrib.sessions.models import Session
from django.test import Client

from users.models import SignInTries, TokenFamily, User
from users.status import Status
from users.tests.factories import PASSWORD, OrganizationFactory, UserFactory
from usersvc import clock

from .test_tokens import me, refresh

pytestmark = [pytest.mark.django_db, pytest.mark.one_cast]
BASE = "/_allauth/app/v1"


@pytest.fixture
def ann():
    return UserFactory(username="ann", password=PASSWORD)


class App:
    """A program with a sign-in page of its own: it keeps the token of its session."""

    def __init__(self):
        self.client = Client(raise_request_exception=False)
        self.session = None

    def ask(self, method, path, body=None):
        headers = {"x-session-token": self.session} if self.session else {}
        answer = self.client.generic(
            method,
            BASE + path,
            json.dumps(body) if body is not None else "",
            content_type="application/json",
            headers=headers,
        )
        if answer.headers["Content-Type"] == "application/json":
            told = answer.json().get("meta", {}).get("session_token")
            self.session = told or self.session
        return answer

    def sign_in(self, name="ann", password=PASSWORD):
        return self.ask("POST", "/auth/login", {"username": name, "password": password})


def test_it_ends_with_the_tokens_of_the_api(call, ann):
    answer = App().sign_in()
    assert answer.status_code == 200
    meta = answer.json()["meta"]
    assert me(call(), meta["access_token"]).json()["username"] == "ann"
    claims = jwt.decode(meta["access_token"], options={"verify_signature": False})
    assert claims["amr"] == ["pwd"]
    assert meta["token_type"] == "Bearer"
    assert meta["expires_in"] == 900
    assert refresh(call(), meta["refresh_token"]).status_code == 200
    ann.refresh_from_db()
    assert ann.login_count == 1
    assert ann.last_login is not None


def test_an_address_signs_in_as_well(ann):
    app = App()
    answer = app.ask("POST", "/auth/login", {"email": ann.email, "password": PASSWORD})
    assert "access_token" in answer.json()["meta"]


def test_tokens_are_given_once_and_not_at_every_request(ann):
    app = App()
    app.sign_in()
    again = app.ask("GET", "/auth/session")
    assert again.status_code == 200
    assert "access_token" not in again.json()["meta"]
    assert TokenFamily.objects.count() == 1


def test_a_second_factor_comes_first(call, ann):
    TOTP.activate(ann, "JBSWY3DPEHPK3PXP")
    codes = RecoveryCodes.activate(ann).get_unused_codes()
    app = App()
    first = app.sign_in()
    assert first.status_code == 401
    assert "access_token" not in first.json()["meta"]
    assert {"id": "mfa_authenticate", "is_pending": True, "types": ["recovery_codes", "totp"]} in (
        first.json()["data"]["flows"]
    )
    second = app.ask("POST", "/auth/2fa/authenticate", {"code": codes[0]})
    assert second.status_code == 200
    access = second.json()["meta"]["access_token"]
    claims = jwt.decode(access, options={"verify_signature": False})
    assert claims["amr"] == ["pwd", "otp"]
    assert me(call(), access).status_code == 200


def test_wrong_codes_count_as_wrong_passwords_do(ann):
    TOTP.activate(ann, "JBSWY3DPEHPK3PXP")
    codes = RecoveryCodes.activate(ann).get_unused_codes()
    app = App()
    app.sign_in()
    for _ in range(3):
        assert app.ask("POST", "/auth/2fa/authenticate", {"code": "000000"}).status_code == 400
    assert SignInTries.objects.get().failures == 3
    assert app.ask("POST", "/auth/2fa/authenticate", {"code": codes[0]}).status_code == 400


def test_wrong_passwords_lock_and_do_not_tell_whose_name_is_known(ann):
    answers = [App().sign_in(name, "wrong") for name in ("ann", "nobody")]
    assert [answer.status_code for answer in answers] == [400, 400]
    assert answers[0].content == answers[1].content
    for _ in range(2):
        App().sign_in("ann", "wrong")
    assert App().sign_in("ann").status_code == 400


def test_who_may_not_sign_in_gets_nothing():
    UserFactory(username="ann", password=PASSWORD, status=Status.INACTIVE)
    assert App().sign_in().status_code == 400
    assert not TokenFamily.objects.exists()
    assert not Session.objects.exists()


def test_who_has_to_enrol_gets_a_session_for_that_and_no_token(call, cast, settings):
    settings.STAFF_MFA = "required"
    cast.alice.set_password(PASSWORD)
    cast.alice.save()
    app = App()
    answer = app.sign_in(cast.alice.username)
    assert answer.status_code == 200
    assert "access_token" not in answer.json()["meta"]
    assert app.ask("GET", "/account/authenticators/totp").status_code == 404  # with a secret to use
    assert not TokenFamily.objects.exists()


def test_an_expired_password_gives_no_token_and_is_good_for_its_change_alone(ann):
    User.objects.filter(pk=ann.pk).update(password_expires_at=clock.now() - timedelta(days=1))
    app = App()
    assert "access_token" not in app.sign_in().json()["meta"]
    assert not TokenFamily.objects.exists()
    for path in ("/account/email", "/account/authenticators", "/auth/sessions"):
        assert app.ask("GET", path).status_code == 410
    change = {"current_password": PASSWORD, "new_password": "another-l0ng-one"}
    assert app.ask("POST", "/account/password/change", change).status_code == 200
    assert "access_token" in App().sign_in(password="another-l0ng-one").json()["meta"]


@pytest.mark.parametrize("verified", [True, False])
def test_programs_prove_it_again_for_another_address(ann, mailoutbox, verified):
    EmailAddress.objects.filter(user=ann).delete()
    EmailAddress.objects.create(user=ann, email=ann.email, verified=verified, primary=True)
    app = App()
    app.sign_in()
    new = {"email": "new@example.com"}
    refused = app.ask("POST", "/account/email", new)
    assert refused.status_code == 401
    assert "reauthenticate" in {flow["id"] for flow in refused.json()["data"]["flows"]}
    assert mailoutbox == []
    assert app.ask("POST", "/auth/reauthenticate", {"password": "x"}).status_code == 400
    assert app.ask("POST", "/auth/reauthenticate", {"password": PASSWORD}).status_code == 200
    assert app.ask("POST", "/account/email", new).status_code == 200
    assert [mail.to for mail in mailoutbox] == [["new@example.com"]]
    assert User.objects.get(pk=ann.pk).email == ann.email


def test_signing_out_ends_the_tokens(call, ann):
    app = App()
    meta = app.sign_in().json()["meta"]
    assert app.ask("DELETE", "/auth/session").status_code == 401  # there is nobody any more
    assert me(call(), meta["access_token"]).status_code == 401
    assert refresh(call(), meta["refresh_token"]).status_code == 401


def test_a_session_ends_as_those_of_browsers_do(ann):
    organization = OrganizationFactory()
    organization.policy = organization._meta.get_field("policy").related_model.objects.create(
        organization=organization, session_idle_minutes=10
    )
    User.objects.filter(pk=ann.pk).update(organization=organization)
    app = App()
    app.sign_in()
    assert app.ask("GET", "/auth/session").status_code == 200
    with time_machine.travel(clock.now() + timedelta(minutes=11), tick=False):
        assert app.ask("GET", "/auth/session").status_code == 410


def test_a_suspension_bites_at_the_next_request(ann):
    app = App()
    app.sign_in()
    User.objects.get(pk=ann.pk).suspend()
    assert app.ask("GET", "/auth/session").status_code in (401, 410)


def test_refresh_tokens_are_renewed_here_too_and_once(ann):
    app = App()
    token = app.sign_in().json()["meta"]["refresh_token"]
    first = app.ask("POST", "/tokens/refresh", {"refresh_token": token})
    assert first.status_code == 200
    assert first.json()["data"]["refresh_token"] != token
    assert app.ask("POST", "/tokens/refresh", {"refresh_token": token}).status_code == 400


def test_nobody_signs_up(db):
    body = {"email": "eve@example.com", "username": "eve", "password": "correct horse battery"}
    assert App().ask("POST", "/auth/signup", body).status_code == 404
    assert not User.all_objects.filter(username="eve").exists()


@pytest.mark.parametrize("body", ["[" * 100_000, '{"a":' * 40 + "1" + "}" * 40, "{", "\xff", "[]"])
def test_bodies_that_are_none_are_refused(db, body):
    answer = Client(raise_request_exception=False).post(
        f"{BASE}/auth/login", body.encode("latin-1"), content_type="application/json"
    )
    assert answer.status_code == 400


def test_a_body_that_is_too_deep_is_told_why(db, caplog):
    body = "[" * 100_000
    answer = Client().post(f"{BASE}/auth/login", body, content_type="application/json")
    [fault] = answer.json()["data"]["errors"]
    assert (answer.status_code, fault["key"]) == (400, "body")
    assert "nests deeper" in fault["message"]
    assert not [record for record in caplog.records if record.exc_info]


def test_there_is_no_flow_for_browsers(db):
    assert Client().get("/_allauth/browser/v1/auth/session").status_code == 404


@pytest.mark.parametrize("credential", ["[]", "1", '"x"', "{}", '{"response": 1}', "x", "null"])
def test_a_passkey_that_is_none_is_refused(client, db, credential):
    client.raise_request_exception = False
    client.get("/account/2fa/webauthn/login/")
    answer = client.post("/account/2fa/webauthn/login/", {"credential": credential})
    assert answer.status_code in (200, 302)
    app = App()
    app.ask("GET", "/auth/webauthn/login")
    answer = app.ask("POST", "/auth/webauthn/login", {"credential": json.loads("1")})
    assert answer.status_code == 400
    assert not Authenticator.objects.exists()
