"""Lockout: whom wrong passwords keep out, from where and for how long; and nothing that tells."""

from datetime import timedelta
from functools import partial

import pytest
import time_machine
from allauth.mfa.totp.internal.auth import TOTP
from django.contrib.auth.hashers import MD5PasswordHasher
from django.core.management import CommandError, call_command
from django.test import Client

from users import lockout
from users.models import AuditEntry, SignInTries, User
from users.models.policy import SHIPPED
from usersvc import clock

from .browsing import act, enter, messages_of, page_of
from .codes import SECRET, code
from .factories import PASSWORD
from .sending import address, at_once

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("still")]
HERE, THERE = "192.0.2.1", "198.51.100.7"


def attempt(call, name="ann", password="wrong", at=HERE, **more):
    body = {"username": name, "password": password, **more}
    answer = call().post("/api/token", body, format="json", REMOTE_ADDR=at)
    return answer.status_code


def right(call, name="ann", at=HERE):
    return attempt(call, name, PASSWORD, at)


@pytest.fixture
def ann(cast):
    return cast._person("ann", cast.europe)


@pytest.fixture
def now():
    with time_machine.travel(clock.now(), tick=False) as traveller:
        yield traveller


def test_three_wrong_lock_for_half_an_hour_and_five_for_a_day(call, ann, now):
    for _ in range(3):
        assert attempt(call) == 401
    assert right(call) == 401
    now.shift(timedelta(minutes=29, seconds=59))
    assert right(call) == 401
    now.shift(timedelta(seconds=1))
    assert attempt(call) == 401  # the fourth
    now.shift(timedelta(minutes=30))
    assert attempt(call) == 401  # the fifth
    now.shift(timedelta(hours=23, minutes=59))
    assert right(call) == 401
    now.shift(timedelta(minutes=1))
    assert right(call) == 200


def test_tries_while_it_is_locked_do_not_lengthen_it(call, ann, now):
    for _ in range(3):
        attempt(call)
    for _ in range(10):
        attempt(call)
    now.shift(timedelta(minutes=30))
    assert right(call) == 200


def test_a_success_counts_from_the_beginning(call, ann):
    for _ in range(3):
        assert (attempt(call), attempt(call)) == (401, 401)
        assert right(call) == 200


def test_other_networks_and_other_people_are_not_locked(call, ann, cast):
    for _ in range(3):
        attempt(call)
    assert right(call, at=THERE) == 200
    assert right(call, "bob") == 200


@pytest.mark.parametrize("name", ["ann", "ANN", "ann@example.com", "Ann@Example.com"])
def test_both_names_of_a_person_are_one_account(call, ann, name):
    for _ in range(3):
        attempt(call, name)
    assert right(call) == 401


def test_a_network_of_ipv6_is_one(call, ann):
    for last in (1, 2, 3):
        attempt(call, at=f"2001:db8::{last}")
    assert right(call, at="2001:db8::ffff") == 401
    assert right(call, at="2001:db8:0:1::1") == 200


def test_tries_from_everywhere_slow_strangers_down_but_not_who_is_known(call, ann, now):
    assert right(call, at=THERE) == 200
    for host in range(20):
        attempt(call, at=f"203.0.113.{host}")
    assert right(call, at=HERE) == 401
    assert right(call, at=THERE) == 200
    now.shift(timedelta(minutes=15))
    assert right(call, at=HERE) == 200


def test_names_that_are_nobodys_are_locked_just_the_same(call, ann):
    told = []
    for name in ("ann", "nobody"):
        for _ in range(4):
            attempt(call, name)
        tries = SignInTries.objects.get(account=lockout.account_of(name))
        told.append((tries.failures, bool(tries.locked_until)))
        assert name not in tries.account
    assert told == [(3, True), (3, True)]


def test_the_work_is_the_same_for_all(call, ann, cast, monkeypatch, now):
    worked = []
    encode = MD5PasswordHasher.encode

    def counting(*args, **kwargs):
        worked.append(1)
        return encode(*args, **kwargs)

    monkeypatch.setattr(MD5PasswordHasher, "encode", counting)
    cast.bob.suspend()
    for _ in range(3):
        attempt(call)
    found = {}
    for name in ("ann", "nobody", "bob", "rita"):
        worked.clear()
        attempt(call, name)
        found[name] = len(worked)
    assert len(set(found.values())) == 1, found


def test_the_pages_obey_too(client, call, ann):
    words = {"login": "ann", "password": "wrong"}
    for _ in range(3):
        client.post("/account/login/", words, REMOTE_ADDR=HERE)
    answer = client.post("/account/login/", words | {"password": PASSWORD}, REMOTE_ADDR=HERE)
    assert answer.status_code == 200
    assert right(call) == 401


def test_wrong_codes_count_at_the_api_and_on_the_page(call, ann):
    TOTP.activate(ann, SECRET)
    for _ in range(3):
        assert attempt(call, password=PASSWORD, otp="000000") == 401
    assert attempt(call, password=PASSWORD, otp=code()) == 401
    browser = Client(REMOTE_ADDR=THERE)
    browser.post("/account/login/", {"login": "ann", "password": PASSWORD})
    for _ in range(3):
        browser.post("/account/2fa/authenticate/", {"code": "000000"})
    answer = browser.post("/account/2fa/authenticate/", {"code": code()})
    assert "Incorrect" in str(answer.context["form"].errors)
    assert lockout.locks_of(ann).count() == 2


def test_a_right_password_alone_does_not_forget_wrong_codes(call, ann):
    TOTP.activate(ann, SECRET)
    for _ in range(2):
        attempt(call, password=PASSWORD, otp="000000")
    assert attempt(call, password=PASSWORD) == 403
    attempt(call, password=PASSWORD, otp="000000")
    assert attempt(call, password=PASSWORD, otp=code()) == 401


def test_the_audit_tells_of_locks_and_unlocking(call, ann, cast):
    for _ in range(3):
        attempt(call)
    assert call(cast.bob).post(address(ann, "/unlock")).status_code == 200
    assert right(call) == 200
    entries = AuditEntry.objects.filter(object_pk=str(ann.pk)).order_by("pk")
    changes = [entry.changes["sign_in"] for entry in entries if "sign_in" in (entry.changes or {})]
    assert changes[0][1].startswith(f"locked for {HERE} until ")
    assert changes[1] == ["locked", "open"]


def test_the_admin_shows_locks_and_unlocks(client, call, ann, cast):
    for _ in range(3):
        attempt(call)
    browser = enter(client, cast.alice)
    assert f"{HERE} until" in browser.get(page_of(ann)).content.decode()
    told = messages_of(act(browser, "unlock", ann, cast.charlie))
    assert told[0] == "1 user unlocked."
    assert right(call) == 200


def test_a_block_is_unlocked_in_few_queries(cast, django_assert_max_num_queries):
    from users.bulk_lockout import UNLOCK

    people = list(User.objects.all())
    for person in people:
        SignInTries.objects.failed(lockout.key_of(person), HERE, clock.now(), SHIPPED.lockouts)
    with django_assert_max_num_queries(5):
        assert UNLOCK.unsuited(people) == {}
        UNLOCK.write(people)
    assert lockout.counted(people) == set()


def test_the_command_unlocks(call, ann, capsys):
    for network in (HERE, THERE):
        for _ in range(3):
            attempt(call, at=network)
    call_command("unlock", "ANN@example.com", address=HERE)
    assert "1 networks" in capsys.readouterr().out
    assert (right(call), right(call, at=THERE)) == (200, 401)
    call_command("unlock", "ann")
    assert right(call, at=THERE) == 200
    for name, more in (("nobody", {}), ("ann", {"address": "x"})):
        with pytest.raises(CommandError):
            call_command("unlock", name, **more)


def test_old_failures_are_forgotten(call, ann, now):
    attempt(call, "stranger")
    now.shift(timedelta(days=31))
    attempt(call)
    assert SignInTries.objects.count() == 1


def test_recover_admin_lets_in_whoever_was_kept_out(call, cast, capsys):
    TOTP.activate(cast.root, SECRET)
    for _ in range(3):
        attempt(call, "root")
    cast.root.refresh_from_db()
    cast.root.suspend()
    cast.root.soft_delete()
    call_command("recover_admin", "root")
    password = capsys.readouterr().out.split("password ")[1].split()[0]
    assert attempt(call, "root", password) == 200
    for wrong in ("alice", "nobody"):
        with pytest.raises(CommandError):
            call_command("recover_admin", wrong)


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_two_failures_at_once_count_two(cast):
    job = partial(SignInTries.objects.failed, "account", HERE, clock.now(), SHIPPED.lockouts)
    at_once(job, job)
    assert SignInTries.objects.get(account="account").failures == 2
