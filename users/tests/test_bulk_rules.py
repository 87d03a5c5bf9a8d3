"""Who may do what to many people at once: the rules of one person, asked about a block."""

import threading

import pytest
from django.db import connection

from users import bulk_actions, bulk_runs, rules
from users.models import Role, User
from users.rules import Stake
from usersvc import clock

from .cast import Cast
from .factories import GroupFactory, RoleFactory, TagFactory, UserFactory
from .sending import send

pytestmark = pytest.mark.django_db

ABSENT = "00000000-0000-7000-8000-000000000009"
CAST = ["root", "sue", "alice", "bob", "rita", "sam", "nora", "zoe", "ivo", "akira", "charlie"]


def people_of(cast):
    return sorted((getattr(cast, name) for name in CAST), key=lambda person: person.pk)


def run(who, action, people):
    ids = bulk_runs.Ids(sorted(person.pk for person in people))
    tally = bulk_runs.carry_out(who, action, ids)
    return {pk: reason for pk, reason in tally.told if reason}


def status_of(person):
    return User.all_objects.get(pk=person.pk).status


# -- the same as one by one


@pytest.mark.parametrize("who", CAST)
def test_a_block_is_refused_for_the_reasons_of_single_people(cast, who):
    actor = getattr(cast, who)
    people = people_of(cast)
    for stake, single in (
        (Stake.NOTHING, rules.refusal_to_change),
        (Stake.ENTRY, rules.refusal_to_suspend),
    ):
        expected = {person.pk: single(actor, person) for person in people}
        found = rules.refused(actor, people, stake, set())
        assert found == {pk: reason for pk, reason in expected.items() if reason}, stake


@pytest.mark.parametrize("end", [User.suspend, User.soft_delete])
def test_people_who_are_kept_out_keep_their_rank(cast, end):
    end(cast.alice)
    assert rules.refused(cast.bob, [cast.alice], Stake.NOTHING, set()) == {
        cast.alice.pk: rules.BEYOND
    }


def test_a_block_is_judged_in_few_queries(cast, django_assert_max_num_queries):
    cast.alice.get_all_permissions()
    people = [*people_of(cast), *(UserFactory(roles=["Reader"]) for _ in range(30))]
    with django_assert_max_num_queries(5):
        rules.refused(cast.alice, people, Stake.ENTRY, set())


# -- the last super admin


def only_super_admins(*people):
    """Suspend all other super admins."""
    for other in User.objects.super_admins():
        if other not in people:
            other.suspend()


@pytest.mark.parametrize("action", [bulk_actions.SUSPEND, bulk_actions.DELETE])
@pytest.mark.parametrize("block", [1, 2, 500])
def test_of_all_super_admins_one_stays(cast, monkeypatch, action, block):
    """Whether they come in one block or in several, and when it is only rehearsed."""
    monkeypatch.setattr(bulk_runs, "BLOCK", block)
    only_super_admins(cast.sue, cast.zoe)
    more = [UserFactory(roles=["Super Admin"]) for _ in range(3)]
    boss = UserFactory(is_superuser=True)
    User.objects.filter(pk=boss.pk).update(status="inactive")
    boss.refresh_from_db()
    ids = bulk_runs.Ids(sorted(person.pk for person in [cast.sue, cast.zoe, cast.charlie, *more]))
    rehearsed = bulk_runs.rehearse(boss, action, ids)
    done = bulk_runs.carry_out(boss, action, ids)
    assert rehearsed == done
    assert done.done == 5
    assert done.skipped == {rules.LAST: 1}
    assert rules.able_super_admins().count() == 1


def test_the_last_super_admin_keeps_its_role_and_its_access(cast):
    only_super_admins(cast.sue)
    boss = UserFactory(is_superuser=True, status="inactive")
    role = Role.objects.get(name="Super Admin")
    past = bulk_actions.schedule(None, clock.now(), "UTC")
    for action in (bulk_actions.membership(role, adds=False), past):
        assert run(boss, action, [cast.sue]) == {cast.sue.pk: rules.LAST}
    assert run(boss, bulk_actions.membership(role, adds=False), [cast.zoe]) == {}
    # A superuser is one without the role, and a schedule without bounds keeps nobody out.
    cast.sue.is_superuser = True
    cast.sue.save()
    assert run(boss, bulk_actions.membership(role, adds=False), [cast.sue]) == {}
    assert run(boss, past, [cast.sue]) == {cast.sue.pk: rules.LAST}


def test_a_super_admin_out_of_schedule_is_no_last_hope(cast):
    only_super_admins(cast.sue, cast.zoe)
    boss = UserFactory(is_superuser=True, status="inactive")
    assert run(boss, bulk_actions.schedule(None, clock.now(), "UTC"), [cast.zoe]) == {}
    assert run(boss, bulk_actions.SUSPEND, [cast.sue]) == {cast.sue.pk: rules.LAST}


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_of_two_who_suspend_the_last_two_at_once_one_is_refused(call, monkeypatch):
    """Each would see the other one stay; the second waits for the first, and then looks."""
    cast = Cast()
    only_super_admins(cast.sue, cast.zoe)
    # Two who hold all permissions, see one super admin each, and are none themselves.
    everything = RoleFactory()
    everything.permissions.set(Role.objects.get(name="Super Admin").permissions.all())
    asking = [
        UserFactory(organization=place, roles=[everything]) for place in (cast.acme, cast.globex)
    ]
    clients = [call(person) for person in asking]
    start, judged, found = threading.Barrier(2), threading.Event(), {}
    write = bulk_actions.Change.write

    def slowly(action, people):
        # Long enough for the other one to look, if nothing made it wait.
        judged.wait(0.5)
        write(action, people)

    monkeypatch.setattr(bulk_actions.Change, "write", slowly)

    def work(api, person):
        try:
            start.wait()
            body = {"action": "suspend", "ids": [str(person.pk)]}
            found[person.username] = send(api, "post", "/users/bulk", body).json()
        finally:
            connection.close()

    threads = [
        threading.Thread(target=work, args=pair)
        for pair in zip(clients, (cast.sue, cast.zoe), strict=True)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    outcomes = [
        (one["done"], [each["reason"] for each in one["reasons"]]) for one in found.values()
    ]
    assert sorted(outcomes, key=str) == [(0, [rules.LAST]), (1, [])]
    assert rules.able_super_admins().count() == 1


# -- roles and what they give


def test_nobody_grants_what_he_lacks(cast, call):
    api = call(cast.alice)
    top = Role.objects.get(name="Super Admin")
    body = {"action": "add_role", "ids": [str(cast.charlie.pk)], "role_id": str(top.pk)}
    answer = send(api, "post", "/users/bulk", body)
    assert (answer.status_code, answer.json()["message"]) == (403, rules.BEYOND_ROLE)
    assert not cast.charlie.roles.exists()
    taken = send(api, "post", "/users/bulk", body | {
        "action": "remove_role", "ids": [str(person.pk) for person in (cast.charlie, cast.sue)],
    })  # fmt: skip
    assert {one["reason"] for one in taken.json()["reasons"]} == {
        "They do not hold this role.",
        "not found",
    }


def test_nobody_changes_his_own_roles_place_or_schedule(cast):
    reader = Role.objects.get(name="Reader")
    admin = Role.objects.get(name="Admin")
    for action in (
        bulk_actions.membership(reader, adds=True),
        bulk_actions.membership(admin, adds=False),
        bulk_actions.move_to(cast.italy),
        bulk_actions.schedule(clock.now(), None, "UTC"),
        bulk_actions.DELETE,
    ):
        assert run(cast.alice, action, [cast.alice]) == {cast.alice.pk: rules.NOT_YOURSELF}
    for thing in (GroupFactory(), TagFactory()):
        assert run(cast.alice, bulk_actions.membership(thing, adds=True), [cast.alice]) == {}


@pytest.mark.parametrize("factory", [GroupFactory, TagFactory, RoleFactory])
def test_what_has_vanished_is_given_to_nobody(cast, factory):
    thing = factory()
    action = bulk_actions.membership(thing, adds=True)
    type(thing).objects.filter(pk=thing.pk).delete()
    assert run(cast.alice, action, [cast.charlie]) == {cast.charlie.pk: bulk_actions.VANISHED}


# -- permissions by action

MAY = {
    "suspend": {"root", "sue", "alice", "bob", "zoe"},
    "reactivate": {"root", "sue", "alice", "bob", "zoe"},
    "add_group": {"root", "sue", "alice", "bob", "zoe"},
    "remove_group": {"root", "sue", "alice", "bob", "zoe"},
    "add_tag": {"root", "sue", "alice", "bob", "zoe"},
    "remove_tag": {"root", "sue", "alice", "bob", "zoe"},
    "set_schedule": {"root", "sue", "alice", "bob", "zoe"},
    "delete": {"root", "sue", "alice", "zoe"},
    "restore": {"root", "sue", "alice", "zoe"},
    "add_role": {"root", "sue", "alice", "zoe"},
    "remove_role": {"root", "sue", "alice", "zoe"},
    "move": {"root", "sue", "alice", "zoe"},
}


@pytest.mark.parametrize("action", MAY)
def test_each_action_takes_its_permission(cast, call, action):
    """Who lacks it is told so, whatever else is wrong; who has it is told what is wrong."""
    found = set()
    for name in CAST:
        body = {"action": action.upper(), "ids": [ABSENT], "nonsense": 1}
        answer = send(call(getattr(cast, name)), "post", "/users/bulk", body)
        assert answer.status_code in (400, 403)
        if answer.status_code == 400:
            found.add(name)
    assert found == MAY[action]


def test_a_body_that_cannot_be_read_is_told_to_who_may_act_only(cast, call):
    for who, status in ((cast.rita, 403), (cast.bob, 400)):
        answer = call(who).post("/users/bulk", "{", content_type="application/json")
        assert answer.status_code == status


def test_nobody_out_of_sight_is_touched(cast, call):
    reader, tag = Role.objects.get(name="Reader"), TagFactory()
    strangers = [cast.akira, cast.zoe, cast.nora, cast.sue, cast.root]
    before = {person.pk: person.updated_at for person in User.objects.all()}
    ids = [str(person.pk) for person in strangers]
    for action, argument in (
        ("suspend", {}),
        ("delete", {}),
        ("add_role", {"role_id": str(reader.pk)}),
        ("add_tag", {"tag_id": str(tag.pk)}),
        ("move", {"organization_id": str(cast.italy.pk)}),
        ("set_schedule", {"schedule": {"ends_at": "2020-01-01"}}),
    ):
        body = {"action": action, "ids": ids} | argument
        for dry_run in (True, False):
            shown = send(
                call(cast.alice), "post", "/users/bulk", body | {"dry_run": dry_run}
            ).json()
            assert shown["reasons"] == [{"reason": "not found", "count": 5}]
        everybody = {"action": action, "filters": {"search": "akira"}} | argument
        assert send(call(cast.alice), "post", "/users/bulk", everybody).json()["matched"] == 0
    after = {person.pk: person.updated_at for person in User.objects.with_ids(list(before))}
    assert after == before
