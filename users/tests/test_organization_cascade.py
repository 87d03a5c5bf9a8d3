"""What happens to an organization happens to its people, and only so far as it did."""

import pytest
from django.db import transaction

from users import actor, cascades, rules, tokens
from users.authentication import bearer
from users.models import AuditEntry, Organization, User
from users.token_types import AccessToken

from .factories import OrganizationFactory, RoleFactory, UserFactory

pytestmark = [pytest.mark.django_db, pytest.mark.one_cast]
SUSPENSION = (cascades.suspend_organization, cascades.reactivate_organization)
DELETION = (cascades.delete_organization, cascades.restore_organization)
BOTH = pytest.mark.parametrize(("end", "bring_back"), [SUSPENSION, DELETION])


def out():
    """Return the usernames of those who are suspended or deleted."""
    return {
        person.username
        for person in User.all_objects.all()
        if person.status == "suspended" or person.deleted_at is not None
    }


def fresh(person):
    return User.all_objects.get(pk=person.pk)


EUROPE = {"alice", "bob", "rita", "sam", "charlie", "ivo"}


@BOTH
def test_the_people_of_the_whole_subtree_go_and_come_back(cast, end, bring_back):
    assert end(cast.europe) == 6
    assert out() == EUROPE
    assert bring_back(cast.europe) == 6
    assert out() == set()
    cast.alice.refresh_from_db()
    assert (cast.alice.status, cast.alice.status_before, cast.alice.suspended_at) == (
        "active",
        "",
        None,
    )
    assert (cast.alice.suspended_with, cast.alice.deleted_with) == (None, None)


def test_the_organization_says_what_it_is(cast):
    assert cast.europe.state == "active"
    cascades.suspend_organization(cast.europe)
    assert Organization.objects.get(pk=cast.europe.pk).state == "suspended"
    cascades.delete_organization(cast.europe)
    assert Organization.objects.get(pk=cast.europe.pk).state == "deleted"
    cascades.restore_organization(cast.europe)
    assert Organization.objects.get(pk=cast.europe.pk).state == "suspended"
    # The organizations below keep their own states.
    assert Organization.objects.get(pk=cast.italy.pk).state == "active"


def test_a_suspension_remembers_each_status(cast):
    UserFactory(username="new", status="onboarding", organization=cast.italy)
    UserFactory(username="idle", status="inactive", organization=cast.italy)
    cascades.suspend_organization(cast.italy)
    new = User.objects.get(username="new")
    assert (new.status, new.status_before, new.suspended_with) == (
        "suspended",
        "onboarding",
        cast.italy,
    )
    assert new.suspended_at == cast.italy.suspended_at
    cascades.reactivate_organization(cast.italy)
    statuses = dict(User.objects.values_list("username", "status"))
    assert (statuses["new"], statuses["idle"], statuses["ivo"]) == (
        "onboarding",
        "inactive",
        "active",
    )


def test_a_suspension_of_ones_own_outlives_that_of_the_organization(cast):
    cast.bob.suspend()
    before = fresh(cast.bob)
    assert cascades.suspend_organization(cast.europe) == 5
    assert cascades.reactivate_organization(cast.europe) == 5
    after = fresh(cast.bob)
    assert after.status == "suspended"
    assert (after.suspended_at, after.updated_at) == (before.suspended_at, before.updated_at)


def test_a_deletion_of_ones_own_outlives_that_of_the_organization(cast):
    cast.bob.soft_delete()
    cascades.delete_organization(cast.europe)
    cascades.restore_organization(cast.europe)
    assert out() == {"bob"}


def test_a_person_who_was_brought_back_alone_is_left_alone(cast):
    cascades.suspend_organization(cast.europe)
    fresh(cast.bob).reactivate()
    cascades.suspend_organization(cast.europe)  # twice does nothing
    assert "bob" not in out()
    bob = fresh(cast.bob)
    bob.suspend()
    cascades.reactivate_organization(cast.europe)
    assert out() == {"bob"}


@BOTH
def test_doing_it_twice_does_nothing(cast, end, bring_back):
    end(cast.europe)
    marks = (cast.europe.suspended_at, cast.europe.deleted_at)
    assert end(cast.europe) == 0
    assert (cast.europe.suspended_at, cast.europe.deleted_at) == marks
    bring_back(cast.europe)
    assert bring_back(cast.europe) == 0


@BOTH
@pytest.mark.parametrize("outer_first", [False, True])
def test_nested_ones_end_in_any_order(cast, end, bring_back, outer_first):
    order = [cast.europe, cast.italy]
    for organization in order if outer_first else reversed(order):
        end(organization)
    assert out() == EUROPE
    bring_back(cast.europe)
    assert out() == {"ivo"}
    bring_back(cast.italy)
    assert out() == set()


@BOTH
@pytest.mark.parametrize("outer_first", [False, True])
def test_the_inner_one_waits_for_the_outer_one(cast, end, bring_back, outer_first):
    order = [cast.acme, cast.europe, cast.italy]
    for organization in order if outer_first else reversed(order):
        end(organization)
    bring_back(cast.italy)
    assert "ivo" in out()
    bring_back(cast.acme)
    assert out() == EUROPE
    bring_back(cast.europe)
    assert out() == set()


@BOTH
def test_who_comes_later_is_not_affected(cast, end, bring_back):
    end(cast.europe)
    UserFactory(username="late", organization=cast.italy)
    cast.akira.organization = cast.europe
    cast.akira.save()
    assert out() == EUROPE
    bring_back(cast.europe)
    assert out() == set()


def test_who_moved_away_comes_back_with_the_organization_that_took_him(cast):
    cascades.suspend_organization(cast.europe)
    ivo = fresh(cast.ivo)
    ivo.organization = cast.asia
    ivo.save()
    cascades.reactivate_organization(cast.europe)
    assert out() == set()


def test_suspended_and_deleted_are_apart(cast):
    cascades.suspend_organization(cast.italy)
    cascades.delete_organization(cast.italy)
    cascades.reactivate_organization(cast.italy)
    ivo = fresh(cast.ivo)
    assert (ivo.status, ivo.deleted_with) == ("active", cast.italy)
    cascades.suspend_organization(cast.italy)  # nobody there is enabled
    cascades.restore_organization(cast.italy)
    assert fresh(cast.ivo).status == "active"
    assert out() == set()


@BOTH
def test_tokens_end_at_once_and_for_good(cast, end, bring_back):
    access = AccessToken(tokens.mint(cast.ivo, ["pwd"])["access"])
    assert bearer(access) == cast.ivo
    end(cast.europe)
    assert bearer(access) is None
    bring_back(cast.europe)
    assert bearer(access) is None
    assert fresh(cast.ivo).sign_in_version == cast.ivo.sign_in_version + 1


@BOTH
def test_each_person_and_the_organization_have_one_entry_a_change(cast, end, bring_back):
    with actor.acting(lambda: cast.root, "192.0.2.7"):
        end(cast.europe)
        bring_back(cast.europe)
    assert [entries_by(cast.root, row) for row in (cast.ivo, cast.akira, cast.europe)] == [2, 0, 2]
    entry = AuditEntry.objects.get_for_object(cast.ivo).filter(actor=cast.root).first()
    assert (entry.remote_addr, entry.organization) == ("192.0.2.7", cast.italy)
    assert fresh(cast.ivo).updated_by == cast.root


def entries_by(person, row):
    return AuditEntry.objects.get_for_object(row).filter(actor=person).count()


@BOTH
def test_blocks_miss_nobody_and_meet_nobody_twice(cast, monkeypatch, end, bring_back):
    monkeypatch.setattr(cascades, "BLOCK", 2)
    for number in range(7):
        UserFactory(username=f"p{number}", organization=cast.italy)
    assert end(cast.europe) == 13
    assert bring_back(cast.europe) == 13
    assert out() == set()


@pytest.mark.parametrize("verb", [SUSPENSION[0], DELETION[0]])
def test_the_queries_do_not_grow_with_the_people_of_a_block(
    cast, django_assert_max_num_queries, verb
):
    """So many statements for 300 people as for 3; a hundred thousand are a hundred blocks."""
    User.objects.bulk_create(
        User(
            username=f"many{number}",
            email=f"many{number}@example.com",
            name="M",
            organization=cast.italy,
        )
        for number in range(300)
    )
    with django_assert_max_num_queries(30):
        assert verb(cast.europe) == 306


@BOTH
def test_a_failure_leaves_everything_as_it_was(cast, monkeypatch, end, bring_back):
    class BrokenError(Exception):
        pass

    def fail(self, *args):
        raise BrokenError

    monkeypatch.setattr(type(AuditEntry.objects), "record_changes", fail)
    with pytest.raises(BrokenError), transaction.atomic():
        end(cast.europe)
    assert out() == set()
    assert Organization.objects.get(pk=cast.europe.pk).state == "active"


# -- moving


def test_an_organization_moves_with_all_below_it(cast):
    cascades.move_organization(cast.europe, cast.globex)
    assert cast.italy.pk in Organization.objects.ids_below(cast.globex.pk)
    cascades.move_organization(cast.europe, None)
    assert Organization.objects.get(pk=cast.europe.pk).parent is None


@pytest.mark.parametrize("place", ["acme", "europe", "italy"])
def test_no_move_makes_a_cycle(cast, place):
    with pytest.raises(cascades.CycleError):
        cascades.move_organization(cast.acme, getattr(cast, place))
    assert Organization.objects.get(pk=cast.acme.pk).parent is None


# -- who may


@pytest.fixture
def almighty(cast):
    """Somebody in Acme who holds every permission and is no super admin."""
    role = RoleFactory(name="Almighty")
    role.permissions.set(cast.sue.roles.get().permissions.all())
    return UserFactory(username="almighty", organization=cast.acme, roles=[role])


REFUSALS = pytest.mark.parametrize(
    "refusal",
    [rules.refusal_to_suspend_organization, rules.refusal_to_delete_organization],
)


@REFUSALS
def test_nobody_ends_his_own_organization_or_one_above(cast, refusal):
    root = UserFactory(username="boss", organization=cast.asia, is_superuser=True)
    for person, organization in [
        (cast.alice, cast.europe),
        (cast.alice, cast.acme),
        (root, cast.acme),
        (root, cast.asia),
    ]:
        assert refusal(person, organization) == rules.OWN_ORGANIZATION
    assert refusal(cast.alice, cast.italy) is None
    assert refusal(cast.root, cast.europe) is None


@REFUSALS
def test_nobody_ends_an_organization_with_people_who_hold_more(cast, refusal):
    person = UserFactory(organization=cast.italy, roles=["Super Admin"])
    assert refusal(cast.alice, cast.italy) == rules.BEYOND_AMONG
    assert refusal(cast.sue, cast.italy) is None
    person.soft_delete()
    assert refusal(cast.alice, cast.italy) is None
    UserFactory(organization=cast.italy, is_superuser=True)
    assert refusal(cast.sue, cast.italy) == rules.BEYOND_AMONG
    assert refusal(cast.root, cast.italy) is None


@REFUSALS
def test_the_last_super_admin_is_not_taken_along(cast, almighty, refusal):
    cast.root.soft_delete()
    cast.sue.suspend()
    cast.zoe.organization = cast.europe
    cast.zoe.save()
    assert refusal(almighty, cast.europe) == rules.LAST_AMONG
    assert refusal(almighty, cast.italy) is None
    UserFactory(organization=cast.asia, roles=["Super Admin"])
    assert refusal(almighty, cast.europe) is None


def test_nobody_brings_back_people_who_hold_more(cast):
    UserFactory(organization=cast.italy, roles=["Super Admin"])
    cascades.suspend_organization(cast.italy)
    assert rules.refusal_to_reactivate_organization(cast.alice, cast.italy) == rules.BEYOND_AMONG
    assert rules.refusal_to_reactivate_organization(cast.sue, cast.italy) is None
    cascades.reactivate_organization(cast.italy)
    cascades.delete_organization(cast.italy)
    assert rules.refusal_to_restore_organization(cast.alice, cast.italy) == rules.BEYOND_AMONG
    assert rules.refusal_to_restore_organization(cast.root, cast.italy) is None


def test_who_may_move_what_where(cast):
    refusal = rules.refusal_to_move_organization
    assert refusal(cast.alice, cast.europe, cast.italy) == rules.OWN_ORGANIZATION
    assert refusal(cast.alice, cast.italy, None) == rules.TOP_LEVEL
    assert refusal(cast.alice, cast.italy, cast.europe) is None
    assert refusal(cast.root, cast.italy, None) is None


def test_the_rules_ask_as_often_for_many_people_as_for_few(cast, django_assert_max_num_queries):
    for _ in range(20):
        UserFactory(organization=cast.italy, roles=["Reader"])
    for refusal in (
        rules.refusal_to_suspend_organization,
        rules.refusal_to_delete_organization,
    ):
        with django_assert_max_num_queries(10):
            assert refusal(cast.alice, cast.italy) is None


def test_factories_make_organizations_that_are_found_by_every_text(cast):
    found = OrganizationFactory(name="Ärger", external_id="ORG-1", description="Große Straße")
    for text in ("ÄRGER", "org-1", "STRASSE gro"):
        assert list(Organization.objects.search(text)) == [found]
    found.description = "neu"
    found.save(update_fields=["description"])
    assert not Organization.objects.search("straße").exists()
