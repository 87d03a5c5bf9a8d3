"""Runs of demo data: as many people as asked for, the same for the same seed, one known cast."""

import json

import pytest
from allauth.mfa.models import Authenticator
from django.core.management import call_command
from django.db import connection, transaction

from users.models import AuditEntry, Organization, User
from users.secrets import decrypt
from users.seeding import blocks, load, names, people, run, seed
from users.seeding.cast import CAST, USERNAMES
from users.tests.factories import UserFactory
from usersvc import clock

PASSWORD = "a password for the cast"
SIZE = 300


@pytest.fixture
def seeded(db):
    assert seed(SIZE, password=PASSWORD) == SIZE
    return User.all_objects.all()


def everybody():
    return list(
        User.all_objects.order_by("username").values_list("username", "email", "name", "id")
    )


def test_as_many_people_as_asked_for(seeded):
    assert seeded.count() == SIZE


def test_a_second_run_adds_nobody(seeded):
    before = everybody()
    entries = AuditEntry.objects.count()
    assert seed(SIZE) == 0
    assert everybody() == before
    assert AuditEntry.objects.count() == entries


def test_growing_adds_the_difference(seeded):
    before = set(everybody())
    assert seed(SIZE + 50) == 50
    assert seeded.count() == SIZE + 50
    assert before < set(everybody())
    assert Organization.objects.count() == 65


def test_those_who_are_there_stay_and_count(db):
    admin = User.objects.create_superuser("admin", "admin@example.com", "password")
    gone = UserFactory(username=names.identity(3).username, deleted_at=clock.now())
    UserFactory(username="somebody", email=names.identity(5).email)
    assert seed(60) == 57
    assert User.all_objects.count() == 60
    admin.refresh_from_db()
    assert admin.name == "admin"
    assert User.all_objects.get(username=gone.username).pk == gone.pk


def test_growing_after_some_were_destroyed(seeded):
    User.all_objects.filter(username__in=[names.identity(n).username for n in range(20)]).delete()
    assert seed(SIZE + 100) == 120
    assert User.all_objects.count() == SIZE + 100


def test_less_than_the_cast(db):
    assert seed(3) == 3
    assert seed(3) == 0
    assert seed(10) == 7
    assert User.all_objects.filter(username__in=USERNAMES).count() == 5


def test_blocks_and_new_indexes(db, monkeypatch):
    before = indexes()
    monkeypatch.setattr(run, "BLOCK", 50)
    monkeypatch.setattr(run, "MANY", 100)
    monkeypatch.setattr(blocks, "WORTH_A_PROCESS", 100)
    assert seed(220) == 220
    assert User.all_objects.count() == 220
    assert indexes() == before


def indexes():
    with connection.cursor() as cursor:
        tables = ("users_user", "users_userrole", "account_emailaddress", "mfa_authenticator")
        return {table: connection.introspection.get_constraints(cursor, table) for table in tables}


def test_the_same_seed_gives_the_same_people():
    plan = plan_of(seed=1)
    assert block_of(plan) == block_of(plan)
    assert block_of(plan) != block_of(plan_of(seed=2))


def block_of(plan):
    """Return a block with its seeds of codes in clear: encrypted, they differ each time."""
    block = people.block(plan, 0, 50)
    for row in block.rows[Authenticator]:
        data = json.loads(row["data"])
        row["data"] = {
            name: decrypt(value) if isinstance(value, str) else value
            for name, value in data.items()
        }
    return block


def plan_of(seed):
    belongings = run.surroundings.Surroundings(
        organizations=["a" * 32],
        sites={"a" * 32: ["b" * 32]},
        roles={"c" * 32: 1},
        groups=["d" * 32],
        tags=["e" * 32],
        connections=["con_0000000000000001", "con_a", "con_b"],
    )
    today = clock.now().replace(hour=0, minute=0, second=0, microsecond=0, tzinfo=None)
    return people.Plan(seed, 0, 50, today, belongings)


def test_the_same_seed_gives_the_same_directory(db):
    def fresh():
        mark = transaction.savepoint()
        seed(SIZE)
        found = [row for row in everybody() if row[0] not in USERNAMES]
        transaction.savepoint_rollback(mark)
        return found

    assert fresh() == fresh()


def test_one_audit_entry_for_the_run(db):
    before = AuditEntry.objects.count()
    seed(60, seed=7)
    (entry,) = AuditEntry.objects.all()[: AuditEntry.objects.count() - before]
    assert entry.event == AuditEntry.Event.SEED
    assert entry.additional_data == {"added": 60, "seed": 7}


@pytest.mark.parametrize(("username", "role"), [(who[0], who[3]) for who in CAST])
def test_the_cast_signs_in(seeded, call, username, role):
    body = {"username": username, "password": PASSWORD}
    answer = call().post("/api/token", body, format="json")
    assert answer.status_code == 200, answer.content
    person = User.objects.get(username=username)
    assert [held.name for held in person.roles.all()] == [role]
    assert person.organization.parent is not None
    assert person.organization.children.exists()


def test_the_cast_without_a_password_cannot_sign_in(db):
    seed(10)
    assert not any(User.objects.get(username=name).has_usable_password() for name in USERNAMES)


def test_a_person_of_the_cast_who_exists_is_left_alone(db):
    held = UserFactory(username="support", email="support@elsewhere.example")
    assert seed(10, password=PASSWORD) == 9
    held.refresh_from_db()
    assert not held.check_password(PASSWORD)
    assert not held.roles.exists()


def test_a_column_that_no_row_gives_takes_its_default_or_is_refused(db):
    with pytest.raises(ValueError, match="User has no colour"):
        load.packed({User: [{"colour": "red"}]})
    with pytest.raises(ValueError, match="password has no default"):
        load.packed({User: [{"id": "0" * 32}]})


def test_the_command(db, capsys):
    call_command("seed_users", "20")
    out = capsys.readouterr()
    assert out.out.splitlines() == [
        "20 people added.",
        "The known users cannot sign in: no --cast-password was given.",
    ]
    assert out.err == ""
    call_command("seed_users", "25", "--cast-password", PASSWORD, "--progress")
    assert "5/5" in capsys.readouterr().err
