"""The status rule in SQL and in Python, held together by one table of cases."""

from datetime import UTC, datetime, timedelta
from itertools import product

import pytest

from users import status
from users.models import User
from users.status import Status

from .factories import UserFactory

NOW = datetime(2025, 6, 21, 10, 30, tzinfo=UTC)
EARLIER, LATER = NOW - timedelta(seconds=1), NOW + timedelta(seconds=1)

# status, deleted, access starts, access ends → export's word, download's word
CASES = [
    ("active", False, None, None, "enabled", "Enabled"),
    ("onboarding", False, None, None, "enabled", "Enabled"),
    ("risky", False, None, None, "enabled", "Enabled"),
    ("inactive", False, None, None, "enabled", "Disabled"),
    ("suspended", False, None, None, "suspended", "Disabled"),
    ("active", True, None, None, "deleted", None),
    ("suspended", True, None, None, "deleted", None),
    ("inactive", True, EARLIER, LATER, "deleted", None),
    # A schedule: in force while start ≤ now < end; one bound is enough.
    ("active", False, EARLIER, LATER, "enabled", "Enabled*"),
    ("active", False, NOW, LATER, "enabled", "Enabled*"),
    ("active", False, EARLIER, NOW, "enabled", "Disabled*"),
    ("active", False, LATER, None, "enabled", "Disabled*"),
    ("active", False, EARLIER, None, "enabled", "Enabled*"),
    ("active", False, None, LATER, "enabled", "Enabled*"),
    ("active", False, None, EARLIER, "enabled", "Disabled*"),
    ("onboarding", False, EARLIER, LATER, "enabled", "Enabled*"),
    ("risky", False, LATER, None, "enabled", "Disabled*"),
    # Suspended and inactive win over any schedule.
    ("suspended", False, EARLIER, LATER, "suspended", "Disabled"),
    ("suspended", False, LATER, None, "suspended", "Disabled"),
    ("inactive", False, EARLIER, LATER, "enabled", "Disabled"),
    ("inactive", False, None, EARLIER, "enabled", "Disabled"),
]


def person(word, deleted, starts, ends):
    return UserFactory(
        status=word,
        suspended_at=NOW if word == "suspended" else None,
        deleted_at=NOW if deleted else None,
        access_starts_at=starts,
        access_ends_at=ends,
    )


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("word", "deleted", "starts", "ends", "export_word", "account_word"), CASES
)
def test_sql_and_python_say_what_the_table_says(
    word, deleted, starts, ends, export_word, account_word
):
    somebody = person(word, deleted, starts, ends)
    people = User.all_objects.all()

    assert status.export_status(somebody) == export_word
    assert people.values_list(status.export_status_sql()).get() == (export_word,)
    for asked in status.ExportStatus.values:
        assert people.with_export_status([asked]).exists() == (asked == export_word)

    assert status.account_state(somebody, NOW) == account_word
    assert people.values_list(status.account_state_sql(NOW)).get() == (account_word,)
    for asked in status.AccountState.values:
        assert people.in_account_state([asked], NOW).exists() == (asked == account_word)


@pytest.mark.django_db
def test_every_combination_agrees_and_the_states_are_disjoint():
    bounds = [(None, None), (EARLIER, LATER), (LATER, None), (None, EARLIER), (NOW, None)]
    people = [person(word, dead, *b) for word, dead, b in product(Status, [False, True], bounds)]
    found = dict(
        User.all_objects.annotate(state=status.account_state_sql(NOW)).values_list("pk", "state")
    )
    assert found == {one.pk: status.account_state(one, NOW) for one in people}
    counts = [
        User.all_objects.in_account_state([word], NOW).count() for word in status.AccountState
    ]
    assert sum(counts) == len(people) / 2


# status, MFA, e-mail verified, password → may sign in
SIGN_IN = [
    ("active", False, False, True, True),
    ("active", False, False, False, True),
    ("risky", False, True, True, False),
    ("risky", True, True, True, True),
    ("onboarding", False, True, True, True),
    ("onboarding", False, False, True, False),
    ("onboarding", True, True, False, False),
    ("inactive", True, True, True, False),
    ("suspended", True, True, True, False),
]


@pytest.mark.parametrize(("word", "mfa", "verified", "password", "allowed"), SIGN_IN)
def test_who_may_sign_in(word, mfa, verified, password, allowed):
    somebody = User(status=word, email_verified=verified)
    somebody.set_password("a password" if password else None)
    assert status.may_sign_in(somebody, NOW, mfa=mfa) is allowed
    somebody.deleted_at = EARLIER
    assert status.may_sign_in(somebody, NOW, mfa=mfa) is False


@pytest.mark.parametrize(
    ("starts", "ends", "allowed"),
    [(NOW, LATER, True), (LATER, None, False), (None, NOW, False), (None, LATER, True)],
)
def test_nobody_signs_in_outside_the_schedule(starts, ends, allowed):
    somebody = User(status="active", access_starts_at=starts, access_ends_at=ends)
    assert status.may_sign_in(somebody, NOW, mfa=True) is allowed


def test_export_words_sort_in_their_documented_order():
    assert status.ExportStatus.values == ["enabled", "suspended", "deleted"]
