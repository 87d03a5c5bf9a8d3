"""Why somebody may sign in, or may not, in sentences that agree with the rule itself."""

from datetime import timedelta
from itertools import product

import pytest

from users import cascades, lockout, status
from users.explaining import explain
from users.models import User
from usersvc import clock

from .factories import UserFactory

pytestmark = [pytest.mark.django_db, pytest.mark.one_cast]
DAY = timedelta(days=1)
FREE = "Nothing keeps this person out."


def told(person):
    return explain(person, clock.now()).reasons


@pytest.mark.parametrize("word", status.Status.values)
def test_what_is_said_is_what_the_rule_says(word):
    """Whoever may sign in is free, whoever may not is told why, and nothing else."""
    at = clock.now()
    bounds = (None, at - DAY, at + DAY)
    for starts, ends, verified, mfa, password in product(bounds, bounds, *[(True, False)] * 3):
        if starts and ends and starts >= ends:
            continue
        person = User(status=word, access_starts_at=starts, access_ends_at=ends)
        person.email_verified, person.mfa_enabled = verified, mfa
        person.password = "md5$x" if password else "!"
        found = explain(person, at, locks=())
        assert found.may_sign_in == status.may_sign_in(person, at, mfa)
        assert (found.sentence == FREE) is found.may_sign_in, found


def test_a_suspension_says_since_when_and_with_what(cast):
    cast.ivo.suspend()
    [reason] = told(cast.ivo)
    assert reason.startswith("Suspended 0")
    cascades.suspend_organization(cast.italy)
    cascades.reactivate_organization(cast.italy)
    person = UserFactory(organization=cast.italy)
    cascades.suspend_organization(cast.italy)
    person.refresh_from_db()
    assert "together with Acme Italy" in told(person)[0]


def test_deletion_is_told_alone(cast):
    cast.ivo.suspend()
    cast.ivo.soft_delete()
    [reason] = told(cast.ivo)
    assert reason.startswith("Deleted ")


def test_a_schedule_says_when(cast):
    at = clock.now()
    cast.ivo.access_ends_at = at - 3 * DAY
    assert told(cast.ivo)[0].startswith("Access ended 3\xa0days ago")
    cast.ivo.access_starts_at, cast.ivo.access_ends_at = at + 2.5 * DAY, None
    assert told(cast.ivo)[0].startswith("Access begins in 2\xa0days")
    cast.ivo.access_starts_at, cast.ivo.access_ends_at = None, at + 2.5 * DAY
    assert told(cast.ivo) == [FREE, told(cast.ivo)[1]]
    assert told(cast.ivo)[1].startswith("Access ends in 2\xa0days")


def test_an_expired_password_and_a_lock_are_told_beside(cast, rf):
    cast.ivo.password_expires_at = clock.now() - DAY
    for _ in range(20):
        lockout.record_failure(rf.get("/", REMOTE_ADDR="203.0.113.7"), "ivo")
    found = told(cast.ivo)
    assert found[0] == FREE
    assert "password expired" in found[1]
    assert "203.0.113.7" in found[2]
