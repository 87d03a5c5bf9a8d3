"""What policies do to sign-ins: locks of their own, no second factors, letters before an expiry."""

from datetime import timedelta
from smtplib import SMTPException

import pytest
import time_machine
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP
from django.core.exceptions import PermissionDenied
from django.core.mail.backends.locmem import EmailBackend
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from users import password_notices, tokens
from users.models import PasswordNotice, Policy, TokenFamily, User
from usersvc import clock

from .browsing import enter
from .codes import SECRET, code
from .factories import PASSWORD, UserFactory
from .test_tokens import refresh, sign_in

pytestmark = [pytest.mark.django_db, pytest.mark.one_cast, pytest.mark.usefixtures("still")]


@pytest.fixture
def now():
    with time_machine.travel(clock.now(), tick=False) as traveller:
        yield traveller


@pytest.fixture
def ann(cast):
    return UserFactory(username="ann", password=PASSWORD, organization=cast.europe)


def status_of(call, password, name="ann"):
    return sign_in(call(), name, password).status_code


# -- lockouts


def test_an_organization_has_locks_of_its_own(call, ann, cast, now):
    Policy.objects.create(
        organization=cast.acme,
        lockout_failures=2,
        lockout_minutes=5,
        long_lockout_failures=3,
        long_lockout_minutes=60,
    )
    for _ in range(2):
        assert status_of(call, "wrong") == 401
    assert status_of(call, PASSWORD) == 401
    now.shift(timedelta(minutes=5))
    assert status_of(call, "wrong") == 401
    now.shift(timedelta(minutes=59))
    assert status_of(call, PASSWORD) == 401
    now.shift(timedelta(minutes=1))
    assert status_of(call, PASSWORD) == 200


def test_a_wrong_password_takes_as_many_statements_for_whoever_it_is(call, ann, cast):
    Policy.objects.create(organization=cast.acme, lockout_failures=2)
    UserFactory(username="free", password=PASSWORD)  # of no organization

    def statements(name):
        with CaptureQueriesContext(
            connection,
        ) as captured:
            status_of(call, "wrong", name)
        return [query["sql"].split("WHERE")[0] for query in captured]

    assert len(statements("ann")) == len(statements("free")) == len(statements("nobody"))


# -- second factors


def test_nobody_sets_up_a_second_factor_where_they_are_off(client, ann, cast):
    Policy.objects.create(organization=cast.acme, mfa="off")
    with pytest.raises(PermissionDenied):
        TOTP.activate(ann, SECRET)
    assert not Authenticator.objects.exists()
    browser = enter(client, ann)
    page = "/account/2fa/totp/activate/"
    browser.post("/account/reauthenticate/", {"password": PASSWORD})
    browser.get(page)
    session = browser.session
    session["mfa.totp.secret"] = SECRET
    session.save()
    assert browser.post(page, {"code": code()}).status_code == 403
    assert not Authenticator.objects.exists()


def test_those_that_are_there_go_on_being_asked_for(call, ann, cast):
    TOTP.activate(ann, SECRET)
    Policy.objects.create(organization=cast.acme, mfa="off")
    assert sign_in(call()).json()["message"] == "mfa_required"


def test_staff_that_needs_one_sets_one_up_all_the_same(cast, settings):
    settings.STAFF_MFA = "required"
    Policy.objects.create(organization=cast.acme, mfa="off")
    TOTP.activate(cast.alice, SECRET)
    assert Authenticator.objects.exists()


def test_a_policy_bites_when_tokens_are_renewed(call, ann, cast):
    pair = tokens.mint(ann, ["pwd"])
    Policy.objects.create(organization=cast.acme, mfa="required")
    answer = refresh(call(), pair["refresh"])
    assert (answer.status_code, answer.json()["message"]) == (403, "mfa_enrolment_required")
    Policy.objects.all().delete()
    assert refresh(call(), pair["refresh"]).status_code == 200


def test_an_expired_password_bites_when_tokens_are_renewed(call, ann):
    pair = tokens.mint(ann, ["pwd"])
    User.objects.filter(pk=ann.pk).update(password_expires_at=clock.now())
    answer = refresh(call(), pair["refresh"])
    assert (answer.status_code, answer.json()["message"]) == (403, "password_expired")


def test_a_family_is_over_some_days_after_its_sign_in(call, ann, now, settings):
    settings.TOKEN_FAMILY_LIFETIME = timedelta(days=3)
    token = tokens.mint(ann, ["pwd"])["refresh"]
    for _ in range(3):
        now.shift(timedelta(hours=23))
        answer = refresh(call(), token)
        assert answer.status_code == 200
        token = answer.json()["refresh"]
    assert TokenFamily.objects.get().expires_at == clock.now().replace(microsecond=0) + timedelta(
        hours=3
    )
    now.shift(timedelta(hours=3))
    assert refresh(call(), token).status_code == 401


def test_an_access_token_is_no_second_step(call, ann):
    access = tokens.mint(ann, ["pwd"])["access"]
    body = {"step_token": access, "code": "000000"}
    assert call().post("/api/token/mfa", body, format="json").status_code in (400, 401)


# -- letters


def expire(person, days):
    User.objects.filter(pk=person.pk).update(password_expires_at=clock.now() + timedelta(days=days))


def test_people_are_told_once_before_their_password_expires(ann, cast, now, mailoutbox, capsys):
    Policy.objects.create(organization=cast.acme, password_notice_days=5)
    UserFactory(username="eve", organization=cast.europe, status="inactive")
    for person, days in ((ann, 5), (cast.bob, 6), (cast.charlie, -1)):
        expire(person, days)
    User.objects.filter(username="eve").update(password_expires_at=clock.now())
    call_command("daily")
    assert [letter.to for letter in mailoutbox] == [[ann.email]]
    day = clock.now() + timedelta(days=5)
    assert f"{day:%Y-%m-%d}" in mailoutbox[0].body
    assert "/account/password/change/" in mailoutbox[0].body
    assert "1 were told" in capsys.readouterr().out
    call_command("daily")
    assert len(mailoutbox) == 1
    now.shift(timedelta(days=1))
    call_command("daily")
    assert [letter.to for letter in mailoutbox[1:]] == [[cast.bob.email]]


def test_who_belongs_nowhere_is_told_as_shipped(cast, mailoutbox):
    expire(cast.nora, 6)
    assert password_notices.send(clock.now()) == 1
    assert [letter.to for letter in mailoutbox] == [[cast.nora.email]]


def test_a_new_password_is_told_of_anew(ann, cast, now, mailoutbox):
    Policy.objects.create(organization=cast.acme, password_expiry_days=30)
    ann.set_password("another-l0ng-one")
    ann.save()
    for _ in range(2):
        now.shift(timedelta(days=25))
        assert password_notices.send(clock.now()) == 1
        ann.set_password("another-l0ng-one")
        ann.save()
    assert len(mailoutbox) == 2


def test_no_letter_where_the_policy_wants_none(ann, cast, mailoutbox):
    Policy.objects.create(organization=cast.acme, password_notice_days=0)
    expire(ann, 1)
    assert password_notices.send(clock.now()) == 0
    assert mailoutbox == []


class Refusing(EmailBackend):
    """A mail server that refuses everything."""

    def send_messages(self, messages):
        raise SMTPException("no")


def test_a_mail_server_that_fails_is_tried_again(ann, cast, mailoutbox, settings):
    expire(ann, 1)
    working = settings.EMAIL_BACKEND
    settings.EMAIL_BACKEND = f"{__name__}.Refusing"
    assert password_notices.send(clock.now()) == 0
    assert not PasswordNotice.objects.exists()
    settings.EMAIL_BACKEND = working
    assert password_notices.send(clock.now()) == 1


def test_many_are_found_in_few_statements(cast, django_assert_max_num_queries):
    for person in UserFactory.create_batch(20, organization=cast.europe):
        expire(person, 1)
    with django_assert_max_num_queries(5):
        assert len(list(password_notices._due(clock.now()))) == 20


# -- forgotten passwords


@pytest.mark.parametrize("pending", [False, True])
def test_who_resets_by_letter_reads_the_mail_of_the_address(client, cast, mailoutbox, pending):
    person = cast.charlie
    EmailAddress.objects.filter(user=person).delete()
    person.refresh_from_db()
    assert not person.email_verified
    if pending:
        EmailAddress.objects.create(user=person, email="new@example.com")
    client.post("/account/password/reset/", {"email": person.email})
    link = next(word for word in mailoutbox[0].body.split() if "/reset/key/" in word)
    page = client.get(link, follow=True).redirect_chain[-1][0]
    words = {"password1": "another-l0ng-one", "password2": "another-l0ng-one"}
    assert client.post(page, words).status_code == 302
    person.refresh_from_db()
    assert person.check_password("another-l0ng-one")
    assert person.email_verified is not pending
