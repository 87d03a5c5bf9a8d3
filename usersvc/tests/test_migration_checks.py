"""Migrations that would keep others from writing, or break the version before, are refused."""

import pytest
from django.contrib.postgres import operations as postgres
from django.db import migrations as plain
from django.db import models
from django.db.migrations.loader import MigrationLoader
from django.db.models.functions import Now

from usersvc import migration_operations as ours
from usersvc.migration_checks import BEFORE, migrations_let_others_work, refusals

from .serving import ROOT

pytestmark = pytest.mark.once
INDEX = models.Index(fields=["nickname"], name="by_nickname")
CHECK = models.CheckConstraint(condition=models.Q(login_count__gte=0), name="counted")
UNIQUE = models.UniqueConstraint(fields=["phone"], name="one_phone")
NICKNAME = {"max_length": 150, "blank": True}
WAITS = "nobody can write"


@pytest.fixture(scope="module")
def loader():
    return MigrationLoader(None)


def migration(*operations, atomic=True, accepted=None):
    made = plain.Migration("0099_try", "users")
    made.operations, made.atomic, made.accepted = operations, atomic, accepted or {}
    return made


def refused(loader, *operations, **options):
    return list(refusals(migration(*operations, **options), loader.project_state()))


def code(apps, schema_editor):
    pass


def person(operation, *words, **named):
    return operation("user", *words, **named)


def field(**named):
    return person(plain.AddField, "motto", models.CharField(max_length=9, **named))


REFUSED = [
    (person(plain.AddIndex, INDEX), "AddIndex user_by_nickname", "as AddIndexConcurrently"),
    (
        person(plain.RemoveIndex, "user_name"),
        "RemoveIndex remove_user_user_name",
        "as RemoveIndexConcurrently",
    ),
    (person(plain.AddConstraint, CHECK), "AddConstraint user_counted", "AddConstraintNotValid"),
    (person(plain.AddConstraint, UNIQUE), "AddConstraint user_one_phone", "USING INDEX"),
    (
        person(plain.AlterUniqueTogether, {("phone", "email")}),
        "AlterUniqueTogether alter_user_unique_together",
        WAITS,
    ),
    (field(default=""), "AddField user_motto", "null=True, or db_default=…"),
    (field(null=True, db_index=True), "AddField user_motto", "db_index=False"),
    (field(null=True, unique=True), "AddField user_motto", "as AddIndexConcurrently"),
    (
        person(plain.AddField, "boss", models.ForeignKey("users.user", models.CASCADE, null=True)),
        "AddField user_boss",
        "db_index=False",
    ),
    (
        person(plain.AddField, "seen", models.DateTimeField(db_default=Now())),
        "AddField user_seen",
        "every row is written anew",
    ),
    (
        person(plain.AlterField, "nickname", models.TextField(blank=True)),
        "AlterField alter_user_nickname",
        f"type: all rows are read or written while {WAITS}",
    ),
    (
        person(plain.AlterField, "nickname", models.CharField(**{**NICKNAME, "max_length": 9})),
        "AlterField alter_user_nickname",
        "max_length: ",
    ),
    (
        person(plain.AlterField, "last_login", models.DateTimeField()),
        "AlterField alter_user_last_login",
        "null: ",
    ),
    (
        person(plain.AlterField, "nickname", models.CharField(**NICKNAME, db_column="nick")),
        "AlterField alter_user_nickname",
        "the version before",
    ),
    (person(plain.RemoveField, "nickname"), "RemoveField remove_user_nickname", "the next"),
    (
        person(plain.RenameField, "nickname", "nick"),
        "RenameField rename_nickname_user_nick",
        "the version before",
    ),
    (plain.DeleteModel("Overview"), "DeleteModel delete_overview", "the version before"),
    (
        plain.RenameModel("Overview", "Summary"),
        "RenameModel rename_overview_summary",
        "the version before",
    ),
    (plain.RunPython(code), "RunPython code", "in blocks"),
    (plain.RunSQL("UPDATE users_user SET phone = ''"), "RunSQL", "in blocks"),
    (postgres.TrigramExtension(), "TrigramExtension create_extension_pg_trgm", "nobody has told"),
    (
        person(postgres.AddIndexConcurrently, INDEX),
        "AddIndexConcurrently user_by_nickname",
        "usersvc.migration_operations has it for both",
    ),
    (
        person(ours.AddIndexConcurrently, INDEX),  # the migration is atomic
        "AddIndexConcurrently user_by_nickname",
        "atomic = False",
    ),
    (
        plain.SeparateDatabaseAndState([person(plain.AddIndex, INDEX)]),
        "AddIndex user_by_nickname",
        "as AddIndexConcurrently",
    ),
]


@pytest.mark.parametrize(
    ("operation", "name", "advice"), REFUSED, ids=[name for _, name, _ in REFUSED]
)
def test_a_harmful_operation_is_named_with_what_to_do_instead(loader, operation, name, advice):
    [refusal] = refused(loader, operation)
    assert refusal.startswith(f"{name}: ")
    assert advice in refusal
    assert refused(loader, operation, accepted={name: "there is a reason"}) == []


HARMLESS = [
    field(null=True),
    field(db_default=""),
    person(plain.AddField, "friends", models.ManyToManyField("users.user")),
    person(plain.AlterField, "nickname", models.CharField(**{**NICKNAME, "max_length": 999})),
    person(plain.AlterField, "nickname", models.CharField(**NICKNAME, null=True, help_text="…")),
    person(plain.RemoveConstraint, "user_status_known"),
    person(ours.AddConstraintNotValid, CHECK),
    person(ours.ValidateConstraint, "counted"),
    plain.AddIndex("role", INDEX),
    plain.AlterModelOptions("user", {"verbose_name": "person"}),
]


@pytest.mark.parametrize("operation", HARMLESS, ids=lambda value: value.describe()[:60])
def test_what_does_no_harm_is_let_through(loader, operation):
    assert refused(loader, operation) == []


def test_indexes_are_built_and_removed_concurrently(loader):
    operations = [
        person(ours.RemoveIndexConcurrently, "user_name"),
        person(ours.AddIndexConcurrently, INDEX),
    ]
    assert refused(loader, *operations, atomic=False) == []


def test_a_table_that_is_new_has_no_rows_to_wait_for(loader):
    made = plain.CreateModel("Motto", [("id", models.BigAutoField(primary_key=True))])
    text = plain.AddField("motto", "text", models.CharField(max_length=9, unique=True))
    index = plain.AddIndex("motto", models.Index(fields=["text"], name="by_text"))
    assert refused(loader, made, text, index) == []


def test_a_check_is_validated_when_nothing_else_is_locked(loader):
    both = [person(ours.AddConstraintNotValid, CHECK), person(ours.ValidateConstraint, "counted")]
    [refusal] = refused(loader, *both)
    assert refusal.startswith("ValidateConstraint user_validate_counted: ")
    assert "in a migration of its own" in refusal


def test_what_is_accepted_and_harmless_is_told(loader):
    [refusal] = refused(loader, field(null=True), accepted={"AddField user_motto": "a reason"})
    assert refusal == "AddField user_motto: it is accepted, and is harmless or not there"
    assert refused(loader, field(default=""), accepted={"AddField user_motto": ""}) != []


def test_our_migrations_let_others_work():
    assert [message.msg for message in migrations_let_others_work()] == []


def test_a_later_migration_is_checked_by_its_name(monkeypatch):
    monkeypatch.setitem(BEFORE, "users", "0023_create_overview")
    message = next(message for message in migrations_let_others_work() if "0024" in message.msg)
    assert message.id == "usersvc.E002"
    assert message.msg.startswith(
        "users.0024_cover_never_signed_in: RemoveIndex remove_user_user_last_login_desc: "
    )


def test_every_application_of_ours_is_checked():
    assert {path.parent.name for path in ROOT.glob("*/migrations")} == set(BEFORE)
