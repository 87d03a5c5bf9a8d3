"""Who may import what: the rules of every other write, row by row."""

import pytest
from django.core.exceptions import PermissionDenied

from users import rules
from users.models import Role, User

from .factories import GroupFactory, RoleFactory, UserFactory
from .importing import faults, outcomes, person, run

pytestmark = [pytest.mark.django_db, pytest.mark.one_cast]


def reasons(rows, actor, **options):
    report, _ = run(rows, actor, **options)
    return [(fault.field, fault.message) for fault in report.faults]


def of(who, **more):
    return {"email": who.email, **more}


@pytest.mark.parametrize("name", ["rita", "sam", "charlie", "nora"])
def test_who_may_create_nobody_may_import_nobody(cast, name):
    with pytest.raises(PermissionDenied):
        run([person("ann")], getattr(cast, name))
    assert not User.objects.filter(username="ann").exists()


# -- who is new


def test_people_are_placed_where_the_actor_sees(cast):
    rows = [
        person("a"),
        person("b", organization="acme-italy"),
        person("c", organization="acme-asia"),
        person("d", organization="globex"),
        person("e", organization=""),
    ]
    report, verdicts = run(rows, cast.alice)
    assert outcomes(verdicts) == ["created", "created", "refused", "refused", "created"]
    assert {fault.field for fault in report.faults} == {"organization"}
    places = dict(User.objects.filter(username__in="abe").values_list("username", "organization"))
    assert places == {"a": cast.europe.pk, "b": cast.italy.pk, "e": cast.europe.pk}


def test_superusers_place_somebody_in_no_organization(cast):
    cast.root.organization = cast.europe
    cast.root.save()
    run([person("a", organization=None), person("b")], cast.root)
    places = dict(User.objects.filter(username__in="ab").values_list("username", "organization"))
    assert places == {"a": None, "b": cast.europe.pk}


def test_who_belongs_nowhere_places_nobody(cast):
    ned = UserFactory(username="ned", roles=["Admin"])
    assert faults([person("a")], ned) == [(1, "organization", "forbidden")]


def test_an_organization_that_is_deleted_is_given_to_nobody(cast):
    cast.italy.deleted_at = cast.italy.created_at
    cast.italy.save()
    assert faults([person("a", organization="acme-italy")]) == [(1, "organization", "invalid")]


def test_roles_are_those_that_the_actor_may_grant(cast):
    GroupFactory(name="g")
    rows = [person("a", roles=["Reader", "Admin"]), person("b", roles=["Super Admin"])]
    assert reasons(rows, cast.alice) == [("roles", rules.BEYOND_ROLE)]
    assert User.objects.get(username="a").roles.count() == 2
    # Bob creates people, but gives no roles.
    found = reasons([person("c", roles=["Reader"]), person("d", groups=["g"])], cast.bob)
    assert [(field, "users.manage_role" in words) for field, words in found] == [("roles", True)]
    assert not User.objects.filter(username="c").exists()
    assert User.objects.filter(username="d").exists()


def test_metadata_takes_its_permission(cast):
    rows = [person("a", user_metadata={"x": 1}), person("b", user_metadata={})]
    assert faults(rows, cast.bob) == [(1, "user_metadata", "forbidden")]
    assert faults([person("a", user_metadata={"x": 1})], cast.alice) == []


# -- who is there


def test_whom_the_actor_does_not_see_it_does_not_change(cast):
    for who in (cast.akira, cast.zoe, cast.nora):
        assert faults([of(who, name="X")], cast.alice, upsert="email") == [(1, "email", "taken")]
        who.refresh_from_db()
        assert who.name != "X"


def test_a_repetition_takes_nobody_for_one_of_its_own(cast):
    row = {"email": cast.zoe.email, "user_id": str(cast.zoe.pk)}
    report, verdicts = run([row], cast.alice, key="job", again=True)
    assert outcomes(verdicts) == ["refused"]
    assert verdicts[0].person_id is None
    assert report.faults[0].code == "taken"


def test_who_holds_more_than_the_actor_is_left_alone(cast):
    people = [cast.alice, cast.bob, cast.rita, cast.ivo]
    found = reasons([of(who, name="X") for who in people], cast.bob, upsert="email")
    assert found == [("", rules.BEYOND)]
    names = User.objects.filter(name="X").values_list("username", flat=True)
    assert set(names) == {"bob", "rita", "ivo"}


def test_a_superuser_is_changed_by_superusers_alone(cast):
    cast.root.organization = cast.europe
    cast.root.save()
    assert reasons([of(cast.root, name="X")], cast.alice, upsert="email") == [("", rules.BEYOND)]
    assert run([of(cast.root, name="X")], upsert="email")[0].updated == 1


@pytest.mark.parametrize(
    "change",
    [{"status": "inactive"}, {"access_ends_at": "2020-01-01"}, {"organization": "acme-italy"}],
)
def test_nobody_changes_of_himself_what_could_keep_him_out(cast, change):
    found = reasons([of(cast.alice, **change)], cast.alice, upsert="email")
    assert found == [("", rules.NOT_YOURSELF)]
    assert run([of(cast.alice, phone="1")], cast.alice, upsert="email")[0].updated == 1


def test_moving_takes_the_permission_for_organizations(cast):
    found = reasons([of(cast.ivo, organization="acme-europe")], cast.bob, upsert="email")
    assert [field for field, _ in found] == ["organization"]
    assert run([of(cast.ivo, organization="acme-italy")], cast.bob, upsert="email")[0].unchanged
    assert run([of(cast.ivo, organization="acme-europe")], cast.alice, upsert="email")[0].updated
    assert reasons([of(cast.ivo, organization=None)], cast.alice, upsert="email")


def test_roles_of_others_change_within_what_the_actor_holds(cast):
    RoleFactory(name="Nothing")
    assert run([of(cast.ivo, roles=["Reader", "Nothing"])], cast.alice, upsert="email")[0].updated
    assert reasons([of(cast.ivo, roles=["Super Admin"])], cast.alice, upsert="email") == [
        ("roles", rules.BEYOND_ROLE)
    ]
    assert reasons([of(cast.alice, roles=["Reader"])], cast.alice, upsert="email") == [
        ("", rules.NOT_YOURSELF)
    ]
    assert set(cast.ivo.roles.values_list("name", flat=True)) == {"Reader", "Nothing"}


@pytest.mark.parametrize("block", [1, 2, 1000])
@pytest.mark.parametrize(
    "change", [{"status": "inactive"}, {"roles": []}, {"access_ends_at": "2020-01-01"}]
)
def test_one_super_admin_stays(cast, monkeypatch, block, change):
    monkeypatch.setattr("users.imports.BLOCK", block)
    cast.root.is_superuser = False
    cast.root.save()
    others = [cast.sue, cast.zoe]
    report, verdicts = run([of(who, **change) for who in others], upsert="email")
    assert sorted(outcomes(verdicts)) == ["refused", "updated"]
    assert report.faults[0].message == rules.LAST
    assert rules.able_super_admins().count() == 1


def test_a_suspension_has_ways_of_its_own(cast):
    cast.ivo.suspend()
    rows = [of(cast.ivo, status="active"), of(cast.akira, status="suspended")]
    assert faults(rows, upsert="email") == [
        (1, "status", "suspended"),
        (2, "status", "suspended"),
    ]
    row = of(cast.ivo, status="suspended", phone="1")
    assert run([row], upsert="email")[0].updated == 1


def test_a_role_that_vanishes_meanwhile_refuses_its_rows(cast, monkeypatch):
    from users.importing import holders

    role = RoleFactory(name="Gone")
    found = holders.still_there

    def still_there(run, ids):
        Role.objects.filter(pk=role.pk).delete()
        return found(run, ids)

    monkeypatch.setattr("users.importing.judging.still_there", still_there)
    report, verdicts = run([person("a", roles=["Gone"]), person("b")])
    assert report.rows == 2
    assert outcomes(verdicts)[1] == "created"
