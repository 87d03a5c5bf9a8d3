"""Policies: what organizations ask of sign-ins, along the tree; passwords, sessions, dormancy."""

from dataclasses import asdict
from datetime import timedelta

import pytest
import time_machine
from allauth.mfa.totp.internal.auth import TOTP
from django.core.exceptions import ValidationError
from django.core.management import call_command
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from users.models import AuditEntry, PasswordBefore, Policy, User
from users.models.policy import NAMES, SHIPPED, EffectivePolicy, merged
from usersvc import clock

from .browsing import enter, fields_of, page_of
from .codes import SECRET
from .factories import PASSWORD, OrganizationFactory, UserFactory
from .sending import NEW, faults, send

pytestmark = [pytest.mark.django_db, pytest.mark.one_cast]
NUMBERS = [name for name in NAMES if name != "mfa"]


@pytest.fixture
def now():
    with time_machine.travel(clock.now(), tick=False) as traveller:
        yield traveller


def path(organization):
    return f"/organizations/{organization.pk}/policy"


def sign_in(call, person, password=PASSWORD):
    body = {"username": person.username, "password": password}
    return call().post("/api/token", body, format="json")


# -- the tree


def test_the_nearest_that_says_something_decides(cast, django_assert_max_num_queries):
    Policy.objects.create(organization=cast.acme, mfa="required", password_min_length=20)
    Policy.objects.create(organization=cast.italy, password_min_length=12)
    with django_assert_max_num_queries(4):
        found = Policy.objects.effective(cast.italy.pk)
    assert (found.mfa, found.password_min_length) == ("required", 12)
    assert Policy.objects.effective(cast.europe.pk).password_min_length == 20
    assert Policy.objects.effective(cast.globex.pk) == SHIPPED
    assert Policy.objects.effective(None) == SHIPPED


POLICIES = st.lists(
    st.one_of(
        st.none(),
        st.builds(
            Policy,
            mfa=st.sampled_from([None, "required", "optional"]),
            **dict.fromkeys(NUMBERS, st.sampled_from([None, 0, 10, 20])),
        ),
    ),
    max_size=4,
)


@given(POLICIES)
def test_a_policy_is_merged_as_one_would_by_hand(policies):
    expected = asdict(SHIPPED)
    for name in NAMES:
        for policy in policies:
            if policy is not None and getattr(policy, name) is not None:
                expected[name] = getattr(policy, name)
                break
    assert merged(policies) == EffectivePolicy(**expected)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=20)
@given(st.lists(st.sampled_from([None, 9, 12, 30]), min_size=4, max_size=4))
def test_all_at_once_are_what_each_is(cast, lengths):
    Policy.objects.all().delete()
    organizations = (cast.acme, cast.europe, cast.italy, cast.asia)
    for organization, length in zip(organizations, lengths, strict=True):
        Policy.objects.create(organization=organization, password_min_length=length)
    for pk, policy in Policy.objects.by_organization().items():
        assert policy == Policy.objects.effective(pk)


def test_all_at_once_take_as_many_queries_for_many(cast, django_assert_num_queries):
    OrganizationFactory.create_batch(20, parent=cast.asia)
    with django_assert_num_queries(2):
        Policy.objects.by_organization()


# -- over the API and in the admin


def test_a_word_that_is_none_is_told_with_those_there_are(cast, call):
    answer = send(call(cast.alice), "patch", path(cast.europe), {"mfa": "requird"})
    message = faults(answer)["mfa"]
    for word in ("required", "optional", "off"):
        assert word in message


def test_a_policy_is_read_and_changed(cast, call):
    api = call(cast.alice)
    assert api.get(path(cast.europe)).json() == {
        "own": dict.fromkeys(NAMES),
        "effective": asdict(SHIPPED),
    }
    answer = send(api, "patch", path(cast.europe), {"mfa": "required", "session_hours": 8})
    assert answer.json()["own"]["session_hours"] == 8
    answer = send(api, "patch", path(cast.italy), {"session_hours": 4})
    assert (
        answer.json()["effective"] | {"mfa": "required", "session_hours": 4}
        == (answer.json()["effective"])
    )
    answer = send(api, "patch", path(cast.italy), {"session_hours": None})
    assert answer.json()["effective"]["session_hours"] == 8
    assert AuditEntry.objects.filter(content_type__model="policy").count() == 3


@pytest.mark.parametrize(
    "body",
    [
        {"mfa": "sometimes"},
        {"password_min_length": 7},
        {"password_min_length": "12"},
        {"password_min_length": True},
        {"password_history": 11},
        {"session_hours": -1},
        {"sesion_hours": 1},
    ],
)
def test_a_policy_that_makes_no_sense_is_refused(cast, call, body):
    answer = send(call(cast.alice), "patch", path(cast.europe), body)
    assert (answer.status_code, list(faults(answer))) == (400, list(body))
    assert not Policy.objects.exists()


@pytest.mark.parametrize(("who", "status"), [("bob", 403), ("rita", 403), ("zoe", 404)])
def test_others_change_no_policy(cast, call, who, status):
    answer = send(call(getattr(cast, who)), "patch", path(cast.europe), {"session_hours": 1})
    assert answer.status_code == status


def test_the_admin_changes_a_policy_on_the_page_of_its_organization(client, cast):
    browser = enter(client, cast.alice)
    url = page_of(cast.italy)
    values = fields_of(browser.get(url)) | {"policy-0-password_min_length": "16"}
    values = {name: value for name, value in values.items() if value is not None}
    assert browser.post(url, values).status_code == 302
    assert Policy.objects.effective(cast.italy.pk).password_min_length == 16


# -- second factors


def test_a_second_factor_can_be_asked_of_people_who_are_no_staff(cast, call):
    Policy.objects.create(organization=cast.acme, mfa="required")
    answer = sign_in(call, cast.charlie)
    assert (answer.status_code, answer.data["message"]) == (403, "mfa_enrolment_required")
    TOTP.activate(cast.charlie, SECRET)
    assert sign_in(call, cast.charlie).data["message"] == "mfa_required"
    assert sign_in(call, cast.zoe).status_code == 200


# -- passwords


def test_a_password_is_as_long_as_the_organization_asks(cast, call):
    Policy.objects.create(organization=cast.europe, password_min_length=20)
    for password, status in (("only-17-long-real", 400), ("at-least-twenty-chars", 201)):
        answer = send(call(cast.alice), "post", "/users", NEW | {"password": password})
        assert answer.status_code == status
    assert (
        "20 characters"
        in faults(send(call(cast.alice), "post", "/users", NEW | {"password": "x1-y2-z3"}))[
            "password"
        ]
    )


def test_passwords_before_are_not_taken_again(client, cast):
    Policy.objects.create(organization=cast.europe, password_history=2)
    browser = enter(client, cast.charlie)

    def change(old, new):
        words = {"oldpassword": old, "password1": new, "password2": new}
        return browser.post("/account/password/change/", words).status_code

    first, second = "first-l0ng-one", "second-l0ng-one"
    assert change(PASSWORD, first) == 302
    assert change(first, first) == 200
    assert change(first, second) == 302
    assert change(second, first) == 200
    Policy.objects.update(password_history=0)
    assert change(second, first) == 302


def test_only_what_a_policy_can_ask_for_is_kept(cast):
    for n in range(15):
        cast.charlie.set_password(f"password number {n}")
        cast.charlie.save()
    assert PasswordBefore.objects.filter(person=cast.charlie).count() == 11


def test_a_password_expires_and_can_only_be_changed_then(client, cast, call, now):
    Policy.objects.create(organization=cast.europe, password_expiry_days=30)
    cast.charlie.set_password(PASSWORD)
    cast.charlie.save()
    assert cast.charlie.password_expires_at == clock.now() + timedelta(days=30)
    now.shift(timedelta(days=30))
    answer = sign_in(call, cast.charlie)
    assert (answer.status_code, answer.data["message"]) == (403, "password_expired")
    assert answer.data["data"]["change_at"].endswith("/account/password/change/")
    words = {"login": "charlie", "password": PASSWORD}
    client.post("/account/login/", words)
    assert client.get("/account/")["Location"] == "/account/password/change/"
    new = {"oldpassword": PASSWORD, "password1": "another-l0ng-one"}
    client.post("/account/password/change/", new | {"password2": "another-l0ng-one"})
    assert client.get("/account/").status_code == 200
    assert sign_in(call, cast.charlie, "another-l0ng-one").status_code == 200


def test_a_date_that_is_given_wins_over_the_policy(cast, call):
    Policy.objects.create(organization=cast.europe, password_expiry_days=30)
    given = {"password": "another-l0ng-one", "password_expires_at": "2030-01-01T00:00:00Z"}
    answer = send(call(cast.alice), "post", "/users", NEW | given)
    assert answer.json()["password_expires_at"].startswith("2030-01-01")
    named = {"identifier": "two", "email": "two@example.com", "password": "another-l0ng-one"}
    answer = send(call(cast.alice), "post", "/users", named)
    assert answer.json()["password_expires_at"] is not None


def test_a_common_password_is_refused(cast):
    from django.contrib.auth.password_validation import validate_password

    with pytest.raises(ValidationError):
        validate_password("password123", cast.charlie)


# -- sessions


def test_a_session_ends_when_it_idles(client, cast, now):
    Policy.objects.create(organization=cast.europe, session_idle_minutes=30)
    browser = enter(client, cast.charlie)
    assert browser.get("/account/").status_code == 200
    for _ in range(3):
        now.shift(timedelta(minutes=30))
        assert browser.get("/account/").status_code == 200
    now.shift(timedelta(minutes=31))
    assert browser.get("/account/")["Location"] == "/account/login/?next=/account/"
    assert browser.get("/account/").status_code == 302


def test_a_session_ends_after_its_time_however_busy(client, cast, now):
    Policy.objects.create(organization=cast.europe, session_hours=2)
    browser = enter(client, cast.alice)
    for _ in range(4):
        assert browser.get("/admin/").status_code == 200
        now.shift(timedelta(minutes=30))
    now.shift(timedelta(minutes=1))
    assert browser.get("/admin/").status_code == 302
    assert "/account/login/" in browser.get("/admin/", follow=True).redirect_chain[-1][0]


def test_a_session_is_not_written_at_every_click(client, cast, now, django_assert_num_queries):
    browser = enter(client, cast.charlie)
    browser.get("/account/")
    with django_assert_num_queries(5) as first:
        browser.get("/account/")
    assert not [query for query in first.captured_queries if "UPDATE" in query["sql"]]


def test_the_end_of_a_schedule_ends_the_session(client, cast, now):
    cast.alice.access_ends_at = clock.now() + timedelta(minutes=1)
    cast.alice.save()
    browser = enter(client, cast.alice)
    assert browser.get("/admin/").status_code == 200
    now.shift(timedelta(minutes=1))
    assert browser.get("/admin/").status_code == 302
    words = {"login": "alice", "password": PASSWORD}
    assert Client().post("/account/login/", words).status_code == 200


# -- dormancy


def test_dormant_people_become_inactive_but_never_a_super_admin(cast, now, capsys):
    Policy.objects.create(organization=cast.acme, dormant_after_days=90)
    User.all_objects.update(created_at=clock.now())
    now.shift(timedelta(days=80))
    cast.ivo.record_sign_in()
    risky = UserFactory(organization=cast.europe, status="risky")
    now.shift(timedelta(days=11))
    call_command("daily")
    asleep = set(User.objects.with_status(["inactive"]).values_list("username", flat=True))
    assert asleep == {"alice", "bob", "rita", "sam", "akira", "charlie"}
    assert "6 people" in capsys.readouterr().out
    risky.refresh_from_db()
    assert risky.status == "risky"
    entry = AuditEntry.objects.filter(object_pk=str(cast.charlie.pk)).order_by("-pk").first()
    assert entry.changes == {"status": ["active", "inactive"]}
    call_command("daily")
    assert "0 people" in capsys.readouterr().out
