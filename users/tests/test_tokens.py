"""Signing in over the API, and how long a token speaks for its person."""

import json
from datetime import timedelta

import pytest
import time_machine
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP

from users.models import AuditEntry, SignInStep, TokenFamily
from users.token_types import AccessToken, RefreshToken
from usersvc import clock

from .codes import SECRET, code
from .factories import PASSWORD, UserFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("still")]


def sign_in(api, username="ann", password=PASSWORD, **more):
    body = {"username": username, "password": password, **more}
    return api.post("/api/token", body, format="json")


def me(api, access):
    return api.get("/api/me", HTTP_AUTHORIZATION=f"Bearer {access}")


@pytest.fixture
def ann():
    return UserFactory(username="ann", email="ann@example.com", password=PASSWORD)


@pytest.fixture
def with_totp(ann):
    TOTP.activate(ann, SECRET)
    ann.refresh_from_db()
    return ann


@pytest.mark.parametrize("name", ["ann", "ANN", "ann@example.com", "Ann@Example.com"])
def test_a_name_or_address_and_a_password_give_a_pair(call, ann, name):
    answer = sign_in(call(), name)
    assert answer.status_code == 200
    assert answer["Cache-Control"] == "no-store"
    assert answer.data["token_type"] == "Bearer"
    assert answer.data["expires_in"] == 900
    assert me(call(), answer.data["access"]).data["username"] == "ann"


def test_the_form_of_the_plain_web_is_read_too(call, ann):
    body = f"username=ann&password={PASSWORD.replace(' ', '+')}"
    form = "application/x-www-form-urlencoded"
    assert call().post("/api/token", body, content_type=form).status_code == 200


def test_every_pair_notes_the_sign_in(call, ann, still):
    pair = sign_in(call()).data
    ann.refresh_from_db()
    first = ann.last_login
    assert ann.login_count == 1
    still.shift(1)
    call().post("/api/token/refresh", {"refresh": pair["refresh"]}, format="json")
    ann.refresh_from_db()
    assert ann.last_login > first
    assert ann.login_count == 1


@pytest.mark.parametrize(("name", "password"), [("ann", "wrong"), ("nobody", PASSWORD)])
def test_wrong_credentials_tell_nothing(call, ann, name, password):
    answer = sign_in(call(), name, password)
    assert answer.status_code == 401
    assert answer.data == {"code": 401, "message": "invalid credentials", "data": {}}


@pytest.mark.parametrize(
    ("body", "keys"),
    [
        ({}, ["username", "password"]),
        ({"username": "ann"}, ["password"]),
        ({"username": "ann", "pasword": "x"}, ["pasword"]),
        ({"username": "ann", "password": "x", "\ud800": 1}, ["\ud800"]),
        ({f"k{n}": n for n in range(1000)}, [f"k{n}" for n in range(20)]),
        ({"username": "a\0", "password": "x"}, ["username"]),
        ({"username": "\ud800", "password": "x"}, ["username"]),
        ({"username": "a", "password": "\ud800"}, ["password"]),
        ({"username": ["a"], "password": {}}, ["username", "password"]),
        ({"username": "a" * 20_000, "password": "x"}, ["username"]),
        ([1, 2], ["body"]),
        ("text", ["body"]),
        (None, ["body"]),
        (7, ["body"]),
    ],
)
def test_a_body_that_is_not_understood_names_its_faults(call, body, keys):
    content = json.dumps(body)  # ASCII, so that half a surrogate pair can travel
    answer = call().post("/api/token", content, content_type="application/json")
    assert answer.status_code == 400
    assert answer.data["data"]["type"] == "validation_error"
    assert [error["key"] for error in answer.data["data"]["errors"]] == keys


def test_no_body_is_an_empty_one(call):
    answer = call().post("/api/token")
    assert answer.status_code == 400
    assert {error["message"] for error in answer.data["data"]["errors"]} == {"required"}


@pytest.mark.parametrize(
    ("content", "kind", "status"),
    [
        (b"{", "application/json", 400),
        (b'{"username": "\xff"}', "application/json", 400),
        (b"<a/>", "application/xml", 415),
        (b"{}" + b" " * 3_000_000, "application/json", 413),
        (b"[" * 100_000, "application/json", 400),
    ],
)
def test_what_is_no_json_is_refused(call, content, kind, status):
    answer = call().post("/api/token", content, content_type=kind)
    assert answer.status_code == status
    assert answer.data["code"] == status


def test_too_many_failures_of_an_address_are_refused_and_successes_are_not_counted(call, ann):
    for _ in range(40):
        assert sign_in(call()).status_code == 200
    for _ in range(30):
        assert sign_in(call(), password="wrong").status_code == 401
    answer = sign_in(call())
    assert answer.status_code == 429
    assert int(answer["Retry-After"]) > 0


# -- a second factor


def test_a_person_with_mfa_needs_it(call, with_totp):
    assert with_totp.mfa_enabled
    answer = sign_in(call())
    assert (answer.status_code, answer.data["message"]) == (403, "mfa_required")
    assert sign_in(call(), otp="000000").status_code == 401
    pair = sign_in(call(), otp=code()).data
    assert AccessToken(pair["access"])["amr"] == ["pwd", "otp"]


def second_step(api, answer, given, **more):
    body = {"step_token": answer.data["data"]["step_token"], "code": given}
    return api.post("/api/token/mfa", body, format="json", **more)


def test_a_second_step_takes_the_code(call, with_totp):
    answer = sign_in(call())
    assert (answer.status_code, answer.data["message"]) == (403, "mfa_required")
    assert answer.data["data"]["expires_in"] == 300
    pair = second_step(call(), answer, code())
    assert pair.status_code == 200
    assert pair["Cache-Control"] == "no-store"
    assert AccessToken(pair.data["access"])["amr"] == ["pwd", "otp"]
    assert me(call(), pair.data["access"]).data["username"] == "ann"


def test_a_step_works_once(call, with_totp):
    codes = RecoveryCodes.activate(with_totp).generate_codes()
    answer = sign_in(call())
    assert second_step(call(), answer, codes[0]).status_code == 200
    assert second_step(call(), answer, codes[1]).status_code == 401
    assert not SignInStep.objects.exists()


def test_a_step_bears_few_wrong_codes(call, with_totp):
    answer = sign_in(call())
    for host in range(5):  # too few from each to lock it out
        elsewhere = {"REMOTE_ADDR": f"192.0.2.{host}"}
        assert second_step(call(), answer, "000000", **elsewhere).status_code == 401
    assert second_step(call(), answer, code()).status_code == 401
    assert second_step(call(), sign_in(call()), code()).status_code == 200


def test_a_step_ends_with_its_time_and_with_a_new_password(call, with_totp):
    with time_machine.travel(clock.now(), tick=False) as time:
        answer = sign_in(call())
        time.shift(timedelta(minutes=5))
        assert second_step(call(), answer, code()).status_code == 401
        answer = sign_in(call())
        with_totp.set_password("another-l0ng-one")
        with_totp.save()
        assert second_step(call(), answer, code()).status_code == 401


@pytest.mark.parametrize("end", ["suspend", "soft_delete"])
def test_a_step_ends_with_its_person(call, with_totp, end):
    answer = sign_in(call())
    getattr(with_totp, end)()
    assert second_step(call(), answer, code()).status_code == 401


def test_a_step_and_a_token_are_no_stand_ins_for_each_other(call, with_totp):
    answer = sign_in(call())
    step = answer.data["data"]["step_token"]
    assert me(call(), step).status_code == 401
    body = {"refresh": step}
    assert call().post("/api/token/refresh", body, format="json").status_code == 401
    access = second_step(call(), answer, code()).data["access"]
    answer.data["data"]["step_token"] = access[:100]
    assert second_step(call(), answer, code()).status_code == 401


def test_steps_that_are_over_are_forgotten(call, with_totp):
    with time_machine.travel(clock.now(), tick=False) as time:
        sign_in(call())
        time.shift(timedelta(minutes=6))
        sign_in(call())
    assert SignInStep.objects.count() == 1


def test_a_wrong_password_does_not_reveal_mfa(call, with_totp):
    assert sign_in(call(), password="wrong").data["message"] == "invalid credentials"


def test_a_code_works_once(call, with_totp):
    now = code()
    assert sign_in(call(), otp=now).status_code == 200
    assert sign_in(call(), otp=now).status_code == 401


def test_a_recovery_code_works_once(call, with_totp):
    codes = RecoveryCodes.activate(with_totp).generate_codes()
    assert sign_in(call(), otp=codes[0]).status_code == 200
    assert sign_in(call(), otp=codes[0]).status_code == 401
    assert sign_in(call(), otp=codes[1]).status_code == 200


def test_mfa_ends_with_the_last_authenticator(with_totp):
    RecoveryCodes.activate(with_totp)
    Authenticator.objects.get(user=with_totp, type="totp").delete()
    with_totp.refresh_from_db()
    assert not with_totp.mfa_enabled


def test_a_risky_person_signs_in_with_mfa_only(call, with_totp):
    with_totp.status = "risky"
    with_totp.save()
    access = sign_in(call(), otp=code()).data["access"]
    assert me(call(), access).status_code == 200


def test_a_person_who_becomes_risky_loses_tokens_without_mfa(call, ann):
    access = sign_in(call()).data["access"]
    ann.status = "risky"
    ann.save()
    assert me(call(), access).status_code == 401
    assert sign_in(call()).status_code == 401


# -- how long a token speaks


def change(ann, **fields):
    for name, value in fields.items():
        setattr(ann, name, value)
    ann.save()


ENDINGS = {
    "suspended": lambda ann: ann.suspend(),
    "deleted": lambda ann: ann.soft_delete(),
    "inactive": lambda ann: change(ann, status="inactive"),
    "schedule over": lambda ann: change(ann, access_ends_at=clock.now()),
    "schedule to come": lambda ann: change(ann, access_starts_at=clock.now() + timedelta(hours=1)),
    "password changed": lambda ann: (ann.set_password("new password"), ann.save()),
}


@pytest.mark.parametrize("end", ENDINGS.values(), ids=ENDINGS.keys())
def test_tokens_end_at_once(call, ann, end):
    pair = sign_in(call()).data
    end(ann)
    assert me(call(), pair["access"]).status_code == 401
    answer = call().post("/api/token/refresh", {"refresh": pair["refresh"]}, format="json")
    assert answer.status_code == 401


@pytest.mark.parametrize("end", ["suspend", "soft_delete"])
def test_tokens_do_not_come_back_with_the_person(call, ann, end):
    access = sign_in(call()).data["access"]
    getattr(ann, end)()
    ann.reactivate()
    ann.restore()
    assert me(call(), access).status_code == 401
    assert sign_in(call()).status_code == 200


def test_an_access_token_lives_a_quarter_of_an_hour_and_a_refresh_token_a_day(call, ann):
    with time_machine.travel(clock.now(), tick=False) as time:
        pair = sign_in(call()).data
        time.shift(timedelta(minutes=14, seconds=59))
        assert me(call(), pair["access"]).status_code == 200
        time.shift(timedelta(seconds=1))
        assert me(call(), pair["access"]).status_code == 401
        time.shift(timedelta(hours=23))
        body = {"refresh": pair["refresh"]}
        fresh = call().post("/api/token/refresh", body, format="json").data
        time.shift(timedelta(hours=24))
        body = {"refresh": fresh["refresh"]}
        assert call().post("/api/token/refresh", body, format="json").status_code == 401


def test_a_refresh_token_works_once_and_keeps_how_the_person_signed_in(call, with_totp):
    pair = sign_in(call(), otp=code()).data
    body = {"refresh": pair["refresh"]}
    fresh = call().post("/api/token/refresh", body, format="json").data
    assert AccessToken(fresh["access"])["amr"] == ["pwd", "otp"]
    assert AccessToken(fresh["access"])["auth_time"] == RefreshToken(fresh["refresh"])["auth_time"]
    assert call().post("/api/token/refresh", body, format="json").status_code == 401


def test_a_revoked_refresh_token_is_over_and_revoking_can_be_repeated(call, ann):
    body = {"refresh": sign_in(call()).data["refresh"]}
    assert call().post("/api/token/revoke", body, format="json").status_code == 204
    assert call().post("/api/token/revoke", body, format="json").status_code == 204
    assert call().post("/api/token/refresh", body, format="json").status_code == 401
    nonsense = {"refresh": "nonsense"}
    assert call().post("/api/token/revoke", nonsense, format="json").status_code == 204


def refresh(api, raw):
    return api.post("/api/token/refresh", {"refresh": raw}, format="json")


def test_a_refresh_token_that_comes_twice_ends_its_family(call, ann, caplog):
    other = sign_in(call()).data
    first = sign_in(call()).data
    second = refresh(call(), first["refresh"]).data
    assert me(call(), second["access"]).status_code == 200
    assert refresh(call(), first["refresh"]).status_code == 401
    assert me(call(), second["access"]).status_code == 401
    assert me(call(), first["access"]).status_code == 401
    assert refresh(call(), second["refresh"]).status_code == 401
    assert me(call(), other["access"]).status_code == 200
    entry = AuditEntry.objects.filter(object_pk=str(ann.pk)).order_by("-pk").first()
    assert entry.changes == {"tokens": ["open", "ended: a refresh token came twice"]}
    assert "came twice" in caplog.text
    assert first["refresh"] not in caplog.text
    assert "ann" not in caplog.text


def test_revoking_ends_the_access_token_too(call, ann):
    pair = sign_in(call()).data
    call().post("/api/token/revoke", {"refresh": pair["refresh"]}, format="json")
    assert me(call(), pair["access"]).status_code == 401


def test_one_sees_and_ends_ones_own_tokens(call, ann):
    client = {"HTTP_USER_AGENT": "curl/8 " + "x" * 300}
    body = {"username": "ann", "password": PASSWORD}
    here = call().post("/api/token", body, format="json", **client).data
    there = sign_in(call()).data
    sign_in(call(), UserFactory(username="bea", password=PASSWORD).username)
    api = call()
    api.credentials(HTTP_AUTHORIZATION=f"Bearer {here['access']}")
    shown = api.get("/api/tokens").data
    assert [each["current"] for each in shown] == [False, True]
    assert shown[1]["client"] == ("curl/8 " + "x" * 300)[:200]
    assert shown[1]["amr"] == ["pwd"]
    assert api.delete(f"/api/tokens/{shown[0]['id']}").status_code == 204
    entry = AuditEntry.objects.filter(object_pk=str(ann.pk)).order_by("-pk").first()
    assert entry.changes == {"tokens": ["open", "revoked"]}
    assert api.delete(f"/api/tokens/{shown[0]['id']}").status_code == 404
    assert me(call(), there["access"]).status_code == 401
    assert len(api.get("/api/tokens").data) == 1
    foreign = TokenFamily.objects.exclude(person=ann).get()
    assert api.delete(f"/api/tokens/{foreign.pk}").status_code == 404


@pytest.mark.parametrize("size", [1, 10])
def test_the_list_of_tokens_takes_as_many_queries_for_many(
    call, ann, django_assert_num_queries, size
):
    api = call(ann)
    for _ in range(size):
        sign_in(call())
    with django_assert_num_queries(2):
        assert len(api.get("/api/tokens").data) == size + 1


def test_families_that_are_over_are_found(call, ann):
    with time_machine.travel(clock.now(), tick=False) as time:
        sign_in(call())
        ann.refresh_from_db()
        assert not TokenFamily.objects.over(clock.now()).exists()
        time.shift(timedelta(days=1))
        assert TokenFamily.objects.over(clock.now()).count() == 1
        sign_in(call())
        ann.refresh_from_db()
        ann.end_sign_ins()
        assert TokenFamily.objects.over(clock.now()).count() == 2


@pytest.mark.parametrize("header", ["Bearer", "Bearer a b", "Bearer nonsense", "Basic YTpi", ""])
def test_a_broken_header_is_an_invalid_token(call, header):
    answer = call().get("/api/me", HTTP_AUTHORIZATION=header)
    assert answer.status_code == 401
    assert answer.json() == {"code": 401, "message": "invalid token", "data": {}}
    assert answer["WWW-Authenticate"].startswith("Bearer")


def test_a_refresh_token_is_no_access_token(call, ann):
    assert me(call(), sign_in(call()).data["refresh"]).status_code == 401


# -- who am I


def test_me_says_who_what_and_whom(cast, call):
    answer = call(cast.alice).get("/api/me").data
    assert answer["username"] == "alice"
    assert answer["organization"]["external_id"] == "acme-europe"
    assert [role["name"] for role in answer["roles"]] == ["Admin"]
    assert "users.export_user" in answer["permissions"]
    assert "users.destroy_user" not in answer["permissions"]
    assert answer["sees"] == {
        "scope": "organizations",
        "organizations": ["acme-europe", "acme-italy"],
    }
    assert call(cast.root).get("/api/me").data["sees"] == {"scope": "everybody"}
    nora = call(cast.nora).get("/api/me").data
    assert (nora["sees"], nora["organization"]) == ({"scope": "self"}, None)
