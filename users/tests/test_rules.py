"""Who may do what to whom."""

import pytest

from users import rules
from users.models import Role, User

from .factories import RoleFactory, UserFactory

pytestmark = [pytest.mark.django_db, pytest.mark.one_cast]

# actor × person: whether the actor may act on the person
MAY_CHANGE = {
    "root": "root sue alice bob rita sam nora charlie",
    "sue": "sue alice bob rita sam nora charlie zoe",
    "alice": "alice bob rita sam nora charlie",
    "bob": "bob rita sam nora charlie",
    "rita": "rita sam nora charlie",
    "sam": "sam charlie",
    "charlie": "charlie",
}


@pytest.mark.parametrize("who", MAY_CHANGE)
def test_nobody_acts_on_a_person_who_holds_more(cast, who):
    may = MAY_CHANGE[who].split()
    for whom in MAY_CHANGE:
        actor, person = getattr(cast, who), getattr(cast, whom)
        assert rules.may_change(actor, person) is (whom in may), whom


@pytest.mark.parametrize("end", [User.suspend, User.soft_delete])
def test_a_person_who_is_kept_out_keeps_its_rank(cast, end):
    end(cast.alice)
    assert rules.refusal_to_change(cast.bob, cast.alice) == rules.BEYOND
    assert rules.refusal_to_suspend(cast.bob, cast.alice) == rules.BEYOND


@pytest.mark.parametrize(
    ("who", "roles"),
    [
        ("root", "Super Admin,Admin,Backoffice,Reader,Support"),
        ("sue", "Super Admin,Admin,Backoffice,Reader,Support"),
        ("alice", "Admin,Backoffice,Reader,Support"),
        ("bob", "Backoffice,Reader,Support"),
        ("rita", "Reader,Support"),
        ("charlie", ""),
    ],
)
def test_a_role_is_granted_by_who_holds_all_that_it_gives(cast, who, roles):
    actor = getattr(cast, who)
    may = {role.name for role in Role.objects.all() if rules.may_grant(actor, role)}
    assert may == set(filter(None, roles.split(",")))


def test_a_role_without_permissions_can_be_granted_by_everybody(cast):
    assert rules.may_grant(cast.bob, RoleFactory())


@pytest.mark.parametrize("refusal", [rules.refusal_to_suspend, rules.refusal_to_delete])
@pytest.mark.parametrize("who", ["root", "sue", "alice"])
def test_nobody_ends_himself(cast, refusal, who):
    actor = getattr(cast, who)
    assert refusal(actor, actor) == rules.NOT_YOURSELF


@pytest.fixture
def almighty(cast):
    """Somebody who holds every permission and is no super admin."""
    role = RoleFactory(name="Almighty")
    role.permissions.set(Role.objects.get(name="Super Admin").permissions.all())
    return UserFactory(username="almighty", organization=cast.acme, roles=[role])


def test_the_last_super_admin_stays(cast, almighty):
    assert rules.refusal_to_suspend(almighty, cast.sue) is None
    cast.root.soft_delete()
    assert rules.refusal_to_suspend(almighty, cast.sue) is None
    cast.zoe.suspend()  # one who cannot sign in is no help
    for refusal in (rules.refusal_to_suspend, rules.refusal_to_delete, rules.refusal_to_demote):
        assert refusal(almighty, cast.sue) == rules.LAST
    assert rules.refusal_to_suspend(almighty, cast.alice) is None


def test_a_role_is_changed_by_who_holds_what_it_gives_before_and_after(cast):
    reader, top = Role.objects.get(name="Reader"), Role.objects.get(name="Super Admin")
    helper, own = Role.objects.create(name="Helper"), Role.objects.create(name="Own")
    helper.permissions.set(reader.permissions.all())
    own.permissions.set(reader.permissions.all())
    cast.alice.roles.add(own)
    change = rules.refusal_to_change_role
    assert change(cast.alice, helper, []) is None
    assert change(cast.alice, helper, top.permissions.all()) == rules.BEYOND_ROLE
    assert change(cast.alice, own, reader.permissions.all()) is None
    assert change(cast.alice, own, []) == rules.OWN_ROLE


def test_a_shipped_role_is_changed_by_superusers_only(cast):
    """It means the same in every organization; an administrator rules only his own."""
    reader, top = Role.objects.get(name="Reader"), Role.objects.get(name="Super Admin")
    change = rules.refusal_to_change_role
    assert change(cast.alice, reader, reader.permissions.all()) == rules.SHIPPED
    assert change(cast.sue, top, top.permissions.all()) == rules.SHIPPED
    assert change(cast.alice, top, []) == rules.BEYOND_ROLE
    assert change(cast.root, top, []) is None


def test_the_rules_take_few_queries(cast, django_assert_max_num_queries):
    grantable = rules.grantable_roles(cast.alice)
    people = list(User.objects.prefetch_related("roles"))
    with django_assert_max_num_queries(0):
        for person in people:
            rules.refusal_to_change(cast.alice, person, grantable)
