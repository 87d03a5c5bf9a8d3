"""Search finds exactly whose texts hold every term, whatever the index of either database does."""

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, models, transaction
from django.db.migrations import AlterField
from django.db.migrations.loader import MigrationLoader
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from users.models import User
from users.search import postgres, sqlite, terms
from users.text import fold

from .factories import OrganizationFactory, UserFactory

ON_SQLITE = pytest.mark.skipif("connection.vendor != 'sqlite'")
ON_POSTGRESQL = pytest.mark.skipif("connection.vendor != 'postgresql'")
ALPHABET = (
    "aAbBzZß ſσςΣİıée\u0301\u0345ﬁŉǰΐÅÅꭰᎠ"
    "日本𠮷🌱👩‍🚀\u200d\u00ad\ufffe\uffff\"'%_\\*^:-()+{}~.,@;=\t\n\u00a0\x85\x1f"
)
WORDS = (
    "AND",
    "OR",
    "NOT",
    "NEAR",
    "NEAR(a b)",
    "text:",
    "rowid",
    '"',
    '""',
    "a*",
    "Straße",
    "100%",
)
TEXTS = st.one_of(
    st.text(ALPHABET, max_size=12),
    st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=8),
    st.lists(st.sampled_from(WORDS), max_size=3).map(" ".join),
    st.lists(st.sampled_from(WORDS), max_size=3).map("".join),
)


def names(people):
    return sorted(person.username for person in people)


@st.composite
def people_and_question(draw):
    people = draw(st.lists(st.tuples(TEXTS, TEXTS), min_size=1, max_size=5))
    question = draw(TEXTS)
    if draw(st.booleans()):  # a part of what is there
        text = " ".join(draw(st.sampled_from(people)))
        start = draw(st.integers(0, len(text)))
        question = text[start : start + draw(st.integers(0, 6))]
    return people, question


def holds_every_term(person, question):
    parts = (str(person.pk), person.username, person.email, person.name, person.description)
    return all(any(term in fold(part) for part in parts) for term in fold(question).split())


@settings(
    max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(people_and_question(), st.sampled_from([0, 1, 100]))
@example(([("Straße", ""), ("STRASSE", "")], "STRAẞE"), 100)
@example(([('say "abc"', ""), ("say abc", "")], '"abc"'), 100)
@example(([("a\ufffeb", ""), ("a\uffffb", ""), ("a\ufffdb", "")], "a\ufffeb"), 100)
@example(([("abc bcd", ""), ("abcd", "")], "abcd"), 100)
@example(([("abc AND xyz", ""), ("abc", "xyz")], "abc AND xyz"), 100)
def test_as_a_plain_reading_finds(db, monkeypatch, drawn, rare):
    monkeypatch.setattr(terms, "RARE", rare)
    people, question = drawn
    with transaction.atomic():
        made = [
            UserFactory(username=f"person{place}", name=name, description=description)
            for place, (name, description) in enumerate(people)
        ]
        found = names(User.objects.search(question))
        assert found == names(person for person in made if holds_every_term(person, question))
        transaction.set_rollback(True)


@pytest.mark.parametrize("question", ["\0", "abc\0", "\ud800", "abc \udfff"])
def test_what_no_text_can_hold_finds_nobody(db, question):
    UserFactory(name="abc")
    assert not User.objects.search(question).exists()


def test_a_very_long_term(db):
    ann = UserFactory(username="ann", description="x" * 100 + "y")
    UserFactory(description="x" * 100)
    assert User.objects.search("x" * 100 + "y").get() == ann
    assert not User.objects.search("x" * 2000).exists()


def test_every_term_of_many_counts(db):
    description = " ".join(f"word{n:03}" for n in range(100))
    UserFactory(username="ann", description=description)
    assert names(User.objects.search(description)) == ["ann"]
    assert names(User.objects.search(f"{description} word100")) == []


def test_deleted_people_and_those_out_of_sight_are_not_found(db):
    top = OrganizationFactory()
    below = OrganizationFactory(parent=top)
    caller = UserFactory(organization=top)
    UserFactory(username="here", organization=below, description="quokka")
    UserFactory(username="elsewhere", description="quokka")
    UserFactory(username="gone", organization=below, description="quokka").soft_delete()
    assert names(User.objects.visible_to(caller).search("quokka")) == ["here"]
    assert names(User.objects.search("quokka").visible_to(caller)) == ["here"]
    assert names(User.all_objects.deleted().search("quokka")) == ["gone"]


def test_found_within_another_question(db):
    ann = UserFactory(username="ann", description="quokka")
    UserFactory(username="bea", created_by=ann)
    found = User.objects.search("quokka")
    assert names(User.objects.filter(created_by__in=found)) == ["bea"]
    assert names(User.objects.exclude(pk__in=found)) == ["bea"]
    assert names(found | User.objects.search("bea")) == ["ann", "bea"]


@pytest.mark.parametrize(("question", "queries"), [("ab", 1), ("quokka", 2), ("quokka ann", 2)])
def test_short_terms_ask_no_index_and_a_rare_one_ends_the_asking(
    db, django_assert_num_queries, question, queries
):
    with django_assert_num_queries(queries):
        list(User.objects.search(question))


def test_the_asking_ends(db, django_assert_num_queries, monkeypatch):
    monkeypatch.setattr(terms, "RARE", 0)
    UserFactory(description="one two three four five six")
    with django_assert_num_queries(terms.ASKED + 1):
        list(User.objects.search("one two three four five six"))


def test_search_follows_every_kind_of_write(db):
    ann, bea = User.objects.bulk_create(
        [
            User(username=name, email=f"{name}@example.com", name=name, description="zebra")
            for name in ("ann", "bea")
        ]
    )
    ann.description = "quokka"
    ann.save()
    assert names(User.objects.search("zebra")) == ["bea"]
    assert names(User.objects.search("quokka")) == ["ann"]
    User.all_objects.filter(pk=bea.pk).update(search_text="wombat")
    assert names(User.objects.search("wombat")) == ["bea"]
    bea.delete()
    cleo = UserFactory(username="cleo", description="numbat")
    assert names(User.objects.search("wombat")) == []
    assert User.objects.search("numbat").get() == cleo


# -- SQLite


def kept():
    """Return how many people the index knows, and how many it finds for a text in all e-mails."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM users_search_number")
        return cursor.fetchone()[0], sqlite.count(User.all_objects.all(), "@example.com", 1000)


@ON_SQLITE
def test_the_index_keeps_nobody_who_is_gone(db):
    people = [UserFactory() for _ in range(3)]
    assert kept() == (3, 3)
    people[0].description = "changed"
    people[0].save()
    assert kept() == (3, 3)
    people[0].delete()
    User.all_objects.filter(pk=people[1].pk).delete()
    assert kept() == (1, 1)


@ON_SQLITE
@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_a_rebuilt_table_is_searched_rightly_after_migrating():
    people = [UserFactory(description=f"word{n:03}") for n in range(5)]
    people[0].delete()  # so that the rebuilt table numbers its rows differently
    alter_nickname(151)
    unseen = UserFactory(description="word005")
    call_command("migrate", verbosity=0)
    for person in (*people[1:], unseen, UserFactory(description="word006")):
        assert User.objects.search(person.description).get() == person
    assert not User.objects.search("word000").exists()
    alter_nickname(150)
    call_command("migrate", verbosity=0)


def alter_nickname(length):
    """Do what a migration of this field does: SQLite gets a new table."""
    before = MigrationLoader(connection).project_state()
    after = before.clone()
    field = models.CharField(max_length=length, blank=True, default="")
    operation = AlterField("user", "nickname", field)
    operation.state_forwards("users", after)
    with connection.schema_editor() as editor:
        operation.database_forwards("users", editor, before, after)


@ON_SQLITE
def test_an_index_that_is_there_is_left_alone(db, django_assert_num_queries):
    with django_assert_num_queries(1):
        sqlite.install(connection)


@ON_SQLITE
def test_an_index_of_another_make_is_made_anew(db):
    ann = UserFactory(description="quokka")
    with connection.cursor() as cursor:
        cursor.execute("DROP TRIGGER users_search_update")
    ann.description = "zebra"
    ann.save()
    assert not User.objects.search("zebra").exists()
    sqlite.install(connection)
    assert User.objects.search("zebra").get() == ann


# -- PostgreSQL


@ON_POSTGRESQL
def test_a_role_that_may_not_create_the_extension_is_told_what_to_do(db):
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("DROP EXTENSION pg_trgm CASCADE")
        cursor.execute("CREATE ROLE nobody_special")
        cursor.execute("SET LOCAL ROLE nobody_special")
        with (
            pytest.raises(CommandError, match="superuser run CREATE EXTENSION pg_trgm"),
            connection.schema_editor() as editor,
        ):
            postgres.install(editor)
        transaction.set_rollback(True)
