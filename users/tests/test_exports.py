"""The pipeline over people: constant memory, one snapshot, every column for every person."""

import csv
import io
import threading
import tracemalloc

import pytest
from django.db import connection

from exports import pipeline, postgres, rows, sqlite
from exports.formats import FORMATS
from exports.watching import OVER_TIME, CutOff, Watch
from users.api.export.serializers import COLUMNS
from users.columns import USER_COLUMNS
from users.models import Role, User
from users.querysets import SortKey
from usersvc import clock

from .factories import UserFactory


def export(people, format_name="csv", ends=None, columns=COLUMNS):
    return pipeline.render(
        people,
        columns,
        FORMATS[format_name],
        title="Users",
        generated_at=clock.now(),
        on_end=(ends.append if ends is not None else lambda export: None),
    )


def read(people, columns=COLUMNS):
    text = b"".join(export(people, columns=columns)).decode()
    return list(csv.reader(io.StringIO(text, newline="")))


@pytest.mark.django_db
def test_every_column_renders_for_a_blank_person():
    User.objects.bulk_create([User(username="blank", email="b@x.example")])
    [titles, cells] = read(User.objects.all(), USER_COLUMNS)
    assert len(titles) == len(cells) == len(USER_COLUMNS)
    assert dict(zip(USER_COLUMNS.names, cells, strict=True))["last_login"] == ""


@pytest.mark.django_db
def test_blocks_join_without_a_seam(monkeypatch):
    monkeypatch.setattr(rows, "BLOCK", 3)
    monkeypatch.setattr(postgres, "BLOCK", 1)
    monkeypatch.setattr(sqlite, "BLOCK", 1)
    for n in range(10):
        UserFactory(username=f"u{n}", roles=["Support", "Admin"] if n % 2 else [])
    people = User.objects.newest_first()
    found = read(people)[1:]
    assert [row[0] for row in found] == [person.username for person in people]
    assert [row[5] for row in found] == ["Admin, Support", ""] * 5


@pytest.mark.django_db
def test_names_are_sorted_without_their_case():
    for name in ("beta", "Alpha", "Émile", "gamma"):
        Role.objects.create(name=name)
    UserFactory(username="ann", roles=["gamma", "Émile", "beta", "Alpha"])
    assert read(User.objects.all())[1][5] == "Alpha, beta, gamma, Émile"


@pytest.mark.django_db
@pytest.mark.parametrize("size", [0, 1, 5])
def test_an_export_counts_what_leaves(size):
    UserFactory.create_batch(size)
    ends = []
    content = b"".join(export(User.objects.all(), ends=ends))
    [ended] = ends
    assert (ended.outcome, ended.rows, ended.bytes) == ("complete", size, len(content))


@pytest.mark.django_db
def test_an_export_ends_once(monkeypatch):
    monkeypatch.setattr(rows, "BLOCK", 1)
    monkeypatch.setattr(postgres, "BLOCK", 1)
    monkeypatch.setattr(sqlite, "BLOCK", 1)
    UserFactory.create_batch(3)
    ends = []
    running = export(User.objects.all(), ends=ends)
    running.close()
    running.close()
    assert [each.outcome for each in ends] == ["aborted"]
    assert list(running)[1:] == []


@pytest.mark.django_db
def test_a_csv_takes_no_more_memory_for_more_people():
    def peak():
        tracemalloc.start()
        for _ in export(User.objects.order_by("pk")):
            pass
        _, top = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return top

    people = [User(username=f"u{n}", email=f"u{n}@x.example", name="N" * 50) for n in range(12_000)]
    User.objects.bulk_create(people[:4_000])
    few = peak()
    User.objects.bulk_create(people[4_000:])
    assert peak() < few * 1.5


class Breaks:
    """A format that fails once it has read something."""

    name = extension = "broken"

    def write(self, sheet):
        next(sheet.blocks)
        yield b"half"
        raise LookupError


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_a_failure_leaves_the_snapshot_before_it_is_written_down(monkeypatch):
    monkeypatch.setattr(rows, "BLOCK", 1)
    monkeypatch.setitem(FORMATS, "broken", Breaks())
    UserFactory.create_batch(3)
    ends = []

    def write_down(export):
        ends.append(export.outcome)
        UserFactory(username="late")

    running = pipeline.render(
        User.objects.all(),
        COLUMNS,
        FORMATS["broken"],
        title="Users",
        generated_at=clock.now(),
        on_end=write_down,
    )
    # Whoever caught the error still holds all that was going on.
    with pytest.raises(LookupError) as caught:
        list(running)
    connection.close()
    assert (ends, caught.type) == (["failed"], LookupError)
    assert User.objects.get(username="late")


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_an_export_is_of_one_instant_and_keeps_no_writer_waiting(monkeypatch):
    monkeypatch.setattr(rows, "BLOCK", 2)
    monkeypatch.setattr(postgres, "BLOCK", 1)
    monkeypatch.setattr(sqlite, "BLOCK", 1)
    reader = Role.objects.get(name="Reader")
    people = [UserFactory(username=f"u{n}", roles=["Reader"]) for n in range(6)]
    running = iter(export(User.objects.sorted_by(SortKey("username"))))
    lines = [next(running)]

    def write():
        # Everybody changes in the middle of the export: name, roles, and one person more.
        for person in people:
            person.name = "changed"
            person.save()
            person.roles.remove(reader)
        UserFactory(username="u9")
        connection.close()

    writer = threading.Thread(target=write)
    writer.start()
    writer.join()
    lines += running
    text = b"".join(lines).decode()
    assert "changed" not in text
    assert text.count("Reader") == 6
    assert "u9" not in text


class Laying:
    """A format that asks, while it works, whether anybody still waits."""

    name = content_type = extension = "laid"

    def write(self, sheet):
        rows = sum(len(block[0]) for block in sheet.texts())
        yield f"{rows} rows".encode()
        sheet.check()
        yield b"never comes"


@pytest.mark.django_db
def test_a_format_hears_that_its_export_was_cut_off():
    UserFactory.create_batch(3)
    ends, watch = [], Watch()
    running = pipeline.render(
        User.objects.all(),
        COLUMNS,
        Laying(),
        title="Users",
        generated_at=clock.now(),
        on_end=ends.append,
        watch=watch,
    )
    watch.outcome = OVER_TIME
    with pytest.raises(CutOff):
        list(running)
    assert [(each.outcome, each.rows, each.bytes) for each in ends] == [(OVER_TIME, 3, 6)]


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_an_export_that_was_interrupted_leaves_its_connection_usable(monkeypatch):
    watch = Watch()
    monkeypatch.setattr(postgres, "BLOCK", 1)
    monkeypatch.setattr(sqlite, "BLOCK", 1)
    people = [User(username=f"u{n}", email=f"u{n}@x.example") for n in range(5_000)]
    User.objects.bulk_create(people)
    ends = []
    running = pipeline.render(
        User.objects.order_by("pk"),
        COLUMNS,
        FORMATS["csv"],
        title="Users",
        generated_at=clock.now(),
        on_end=ends.append,
        watch=watch,
    )
    watch.outcome = OVER_TIME
    watcher = threading.Thread(target=watch.look)
    watcher.start()
    watcher.join()
    with pytest.raises(CutOff):
        list(running)
    assert [each.outcome for each in ends] == [OVER_TIME]
    assert User.objects.count() == 5_000


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
@pytest.mark.skipif(connection.vendor != "postgresql", reason="limits that SQLite does not have")
def test_a_snapshot_has_no_limits_of_the_servers():
    with connection.cursor() as cursor:
        for name in ("statement_timeout", "idle_in_transaction_session_timeout"):
            cursor.execute(f"SET {name} = '90s'")
            with rows.snapshot("default"):
                cursor.execute(f"SHOW {name}")
                assert cursor.fetchone() == ("0",)
            cursor.execute(f"SHOW {name}")
            assert cursor.fetchone() == ("90s",)
            cursor.execute(f"RESET {name}")
