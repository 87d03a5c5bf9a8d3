"""The list of organizations suspends, deletes and brings back, together with their people."""

import pytest

from users import rules
from users.models import Organization, User

from .browsing import enter, errors_of, messages_of, save
from .factories import UserFactory

pytestmark = [pytest.mark.django_db, pytest.mark.one_cast]
LIST = "/admin/users/organization/"


def act(client, action, *rows):
    values = {"action": action, "_selected_action": [str(row.pk) for row in rows]}
    return client.post(LIST, values, follow=True)


def state(organization):
    return Organization.objects.get(pk=organization.pk).state


def test_an_organization_is_suspended_and_brought_back(client, cast):
    browser = enter(client, cast.sue)
    answer = act(browser, "suspend", cast.europe)
    assert messages_of(answer) == ["Acme Europe suspended, with 6 users."]
    assert state(cast.europe) == "suspended"
    assert User.objects.with_status(["suspended"]).count() == 6
    answer = act(browser, "reactivate", cast.europe)
    assert messages_of(answer) == ["Acme Europe reactivated, with 6 users."]
    assert User.objects.with_status(["suspended"]).count() == 0


def test_an_organization_is_deleted_and_brought_back(client, cast):
    browser = enter(client, cast.sue)
    answer = act(browser, "soft_delete", cast.italy, cast.asia)
    assert messages_of(answer) == [
        "Acme Asia deleted, with 1 user.",
        "Acme Italy deleted, with 1 user.",
    ]
    assert (state(cast.italy), User.all_objects.deleted().count()) == ("deleted", 2)
    act(browser, "restore", cast.italy)
    assert (state(cast.italy), User.all_objects.deleted().count()) == ("active", 1)


def test_what_the_rules_refuse_is_skipped_with_its_reason(client, cast):
    browser = enter(client, cast.alice)
    UserFactory(organization=cast.italy, roles=["Super Admin"])
    answer = act(browser, "suspend", cast.europe, cast.italy)
    assert messages_of(answer) == [
        f"Acme Europe skipped: {rules.OWN_ORGANIZATION}",
        f"Acme Italy skipped: {rules.BEYOND_AMONG}",
    ]
    assert User.objects.with_status(["suspended"]).count() == 0


def test_who_only_reads_is_offered_nothing(client, cast):
    act(enter(client, cast.rita), "suspend", cast.italy)
    assert state(cast.italy) == "active"


def test_nobody_moves_his_own_organization(client, cast):
    boss = UserFactory(organization=cast.italy, is_superuser=True)
    answer = save(enter(client, boss), cast.europe, parent=str(cast.globex.pk))
    assert errors_of(answer) == {"parent": [rules.OWN_ORGANIZATION]}
