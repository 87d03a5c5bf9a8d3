"""Migrations while others work: on PostgreSQL writes go on, on SQLite the same migrations run."""

import os
import threading
from contextlib import contextmanager

import pytest
from django.core.management import call_command
from django.db import OperationalError, connection, models
from django.db import migrations as plain
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.loader import MigrationLoader

from users.tests.factories import UserFactory
from usersvc import migrating
from usersvc import migration_operations as ours

from .reading import until
from .serving import PATIENCE

pytestmark = pytest.mark.django_db(transaction=True, serialized_rollback=True)
on_postgres = pytest.mark.skipif(
    not os.environ.get("DATABASE_URL", "").startswith("postgres"), reason="locks of PostgreSQL"
)
INDEX = models.Index(fields=["nickname"], name="by_nickname")
CHECK = models.CheckConstraint(condition=~models.Q(name="bad"), name="no_bad_name")
PLAIN = plain.AddIndex("user", INDEX)
CONCURRENTLY = ours.AddIndexConcurrently("user", INDEX)
TOUCH = "UPDATE users_user SET nickname = 'touched' WHERE username = %s"
WAITING = (
    "SELECT pid FROM pg_stat_activity WHERE datname = current_database()"
    " AND query LIKE 'CREATE INDEX%%' AND wait_event_type = 'Lock'"
    " AND now() - query_start > %s::interval"
)


class Run:
    """A migration of some operations, and what was before it."""

    def __init__(self, *operations):
        self.migration = plain.Migration("0099_try", "users")
        self.migration.operations = operations
        self.migration.atomic = all(each.atomic is not False for each in operations)
        self.before = MigrationLoader(None).project_state()
        self.error = None

    def forwards(self):
        MigrationExecutor(connection).apply_migration(self.before.clone(), self.migration)

    def backwards(self):
        MigrationExecutor(connection).unapply_migration(self.before.clone(), self.migration)

    @contextmanager
    def under_way(self):
        """Go forwards in a thread, and wait for its end; what it raised is kept."""
        thread = threading.Thread(target=self._forwards_alone)
        thread.start()
        try:
            yield
        finally:
            thread.join(PATIENCE)

    def _forwards_alone(self):
        try:
            migrating.limit_waiting("default")
            self.forwards()
        except OperationalError as error:
            self.error = error
        finally:
            connection.close()


@contextmanager
def another():
    """A connection of somebody else."""
    theirs = connection.copy()
    try:
        yield theirs
    finally:
        theirs.close()


@contextmanager
def holding(statement, *values):
    """Somebody in the middle of a transaction, until the end of the block."""
    with another() as theirs:
        theirs.set_autocommit(False)
        theirs.cursor().execute(statement, values)
        yield
        theirs.rollback()


def write(username, longest):
    """Write as another request would, and wait for nobody longer than that."""
    with another() as theirs, theirs.cursor() as cursor:
        cursor.execute(f"SET lock_timeout = '{longest}'")
        cursor.execute(TOUCH, [username])


def ask(statement, *values):
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return cursor.fetchall()


def constraints(table="users_user"):
    with connection.cursor() as cursor:
        return connection.introspection.get_constraints(cursor, table)


def is_valid():
    return ask("SELECT indisvalid FROM pg_index WHERE indexrelid = 'by_nickname'::regclass")


@on_postgres
def test_an_index_is_built_while_others_write(monkeypatch):
    monkeypatch.setattr(migrating, "LONGEST_WAIT", "10ms")  # which is not for what nobody waits for
    held, free = UserFactory().username, UserFactory().username
    run = Run(CONCURRENTLY)
    with run.under_way(), holding(TOUCH, held):
        until(lambda: ask(WAITING, "200ms"))
        write(free, longest=f"{PATIENCE}s")
        assert ask(WAITING, "0s") != []
    assert run.error is None
    assert is_valid() == [(True,)]
    run.backwards()
    assert "by_nickname" not in constraints()


@on_postgres
def test_the_plain_operation_would_keep_them_from_writing(monkeypatch):
    monkeypatch.setattr(migrating, "LONGEST_WAIT", f"{PATIENCE}s")
    held, free = UserFactory().username, UserFactory().username
    run = Run(PLAIN)
    with run.under_way(), holding(TOUCH, held):
        until(lambda: ask(WAITING, "0s"))
        with pytest.raises(OperationalError, match="lock timeout"):
            write(free, longest="10ms")
    run.backwards()


@on_postgres
def test_what_an_attempt_that_failed_left_is_built_again():
    held = UserFactory().username
    run = Run(CONCURRENTLY)
    with run.under_way(), holding(TOUCH, held):
        until(lambda: ask(WAITING, "0s"))
        ask(WAITING.replace("SELECT pid", "SELECT pg_cancel_backend(pid)"), "0s")
        until(lambda: run.error)
    assert is_valid() == [(False,)]
    run.forwards()
    assert is_valid() == [(True,)]
    run.backwards()


@on_postgres
def test_a_migration_gives_up_rather_than_let_all_wait_behind_it(monkeypatch):
    monkeypatch.setattr(migrating, "LONGEST_WAIT", "10ms")
    connection.cursor().execute(f"SET statement_timeout = '{PATIENCE}s'")
    with holding("SELECT * FROM users_exportschedule"):
        with pytest.raises(OperationalError, match="lock timeout"):
            call_command("migrate", "users", "0033", verbosity=0)
        assert ask("SHOW lock_timeout") == [("10ms",)]
    connection.cursor().execute("RESET statement_timeout")
    call_command("migrate", verbosity=0)
    assert ask("SHOW lock_timeout") == [("0",)]


def test_an_index_comes_and_goes():
    run = Run(CONCURRENTLY)
    run.forwards()
    assert "by_nickname" in constraints()
    run.backwards()
    assert "by_nickname" not in constraints()


def test_an_index_goes_and_comes_back():
    run = Run(ours.RemoveIndexConcurrently("user", "user_name"))
    run.forwards()
    assert "user_name" not in constraints()
    run.backwards()
    assert "user_name" in constraints()


def test_a_check_holds_before_and_after_it_is_validated():
    first, second = (
        Run(ours.AddConstraintNotValid("tag", CHECK)),
        Run(ours.ValidateConstraint("tag", CHECK.name)),
    )
    first.forwards()
    assert CHECK.name in constraints("users_tag")
    second.forwards()
    assert CHECK.name in constraints("users_tag")
    second.backwards()
    first.backwards()
    assert CHECK.name not in constraints("users_tag")
