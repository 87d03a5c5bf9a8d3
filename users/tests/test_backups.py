"""Backups: whole or refused, made while others write, and put back whole or not at all."""

import io
import json
import tarfile
import threading

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, connections

from users.models import AuditEntry, User
from usersvc import backups, dumps

from .factories import UserFactory

pytestmark = pytest.mark.django_db(transaction=True, serialized_rollback=True)


@pytest.fixture
def backup(tmp_path):
    """A backup of ann and bob."""
    UserFactory(username="ann", name="Ann Élan", app_metadata={"a": [1, None]})
    UserFactory(username="bob")
    file = tmp_path / "people.backup"
    call_command("backup", file, stdout=io.StringIO())
    return file


def names():
    return sorted(User.all_objects.values_list("username", flat=True))


def run(*arguments):
    out, errors = io.StringIO(), io.StringIO()
    call_command(*arguments, stdout=out, stderr=errors)
    return out.getvalue(), errors.getvalue()


def test_all_is_as_it_was(backup):
    people = list(User.all_objects.order_by("pk").values())
    entries = list(AuditEntry.objects.order_by("pk").values())
    User.all_objects.get(username="bob").delete()
    UserFactory(username="zoe")
    out, errors = run("restore", backup, "--replace")
    assert list(User.all_objects.order_by("pk").values()) == people
    assert list(AuditEntry.objects.order_by("pk").values()) == entries
    assert ("it is whole" in out, "Restored: 2 people" in out, errors) == (True, True, "")
    UserFactory(username="after")  # sequences went on
    assert names() == ["after", "ann", "bob"]


def test_it_is_for_its_owner_alone_and_leaves_nothing_behind(backup, settings, tmp_path):
    assert backup.stat().st_mode & 0o777 == 0o600
    run("restore", backup, "--check")
    assert [path.name for path in tmp_path.iterdir()] == [backup.name]
    assert not list(settings.DATA_DIR.glob(".restore-*"))
    assert not list(settings.DATA_DIR.glob(".dump-*"))


def test_people_who_are_here_are_not_replaced_unasked(backup):
    UserFactory(username="zoe")
    with pytest.raises(CommandError, match="3 people are here"):
        run("restore", backup)
    assert names() == ["ann", "bob", "zoe"]


def test_a_file_that_is_there_is_not_written_over(backup):
    before = backup.read_bytes()
    with pytest.raises(CommandError, match="there already"):
        run("backup", backup)
    assert backup.read_bytes() == before


def repacked(file, **changes):
    """Write a backup again with other members; None leaves one out."""
    with tarfile.open(file) as tar:
        members = {name: tar.extractfile(name).read() for name in tar.getnames()}
    with tarfile.open(file, "w") as tar:
        for name, data in (members | changes).items():
            if data is not None:
                entry = tarfile.TarInfo(name)
                entry.size = len(data)
                tar.addfile(entry, io.BytesIO(data))


def manifest_of(file, **changes):
    with tarfile.open(file) as tar:
        told = json.load(tar.extractfile(backups.MANIFEST))
    return json.dumps(told | changes).encode()


def cut(file):
    file.write_bytes(file.read_bytes()[:-20_000])


def flip(file):
    data = bytearray(file.read_bytes())
    data[len(data) // 2] ^= 1
    file.write_bytes(data)


def empty(file):
    file.write_bytes(b"")


def without_manifest(file):
    repacked(file, **{backups.MANIFEST: None})


def without_database(file):
    repacked(file, **{backups.DATABASE: None})


def with_nonsense(file):
    repacked(file, **{backups.MANIFEST: b"[]"})


def of_another_format(file):
    repacked(file, **{backups.MANIFEST: manifest_of(file, format=2)})


def of_another_database(file):
    repacked(file, **{backups.MANIFEST: manifest_of(file, vendor="oracle")})


def of_a_newer_version(file):
    newer = ["users.9999_fly", "users.0001_create_people"]
    repacked(file, **{backups.MANIFEST: manifest_of(file, migrations=newer)})


@pytest.mark.parametrize(
    ("how", "found"),
    [
        (cut, "cannot be read|damaged"),
        (flip, "cannot be read|damaged"),
        (empty, "cannot be read"),
        (without_manifest, "no manifest.json"),
        (without_database, "no database.gz"),
        (with_nonsense, "manifest cannot be read"),
        (of_another_format, "format 2"),
        (of_another_database, "of oracle"),
        (of_a_newer_version, "newer version: users.9999_fly"),
    ],
)
def test_what_is_no_whole_backup_changes_nothing(backup, how, found):
    how(backup)
    UserFactory(username="zoe")
    with pytest.raises(CommandError, match=found):
        run("restore", backup, "--replace")
    assert names() == ["ann", "bob", "zoe"]


def test_a_dump_that_cannot_be_read_changes_nothing(backup, tmp_path):
    dump = tmp_path / "dump"
    dump.write_text("CREATE TABLE zq (x int); INSERT INTO nowhere VALUES (1);")
    with pytest.raises(dumps.DumpError):
        dumps.read(dump)
    assert names() == ["ann", "bob"]


def test_other_keys_are_told(backup, settings):
    settings.AUDIT_KEY = "another key of the audit, as long as one has to be"
    _, errors = run("restore", backup, "--check")
    assert errors == "USERSVC_AUDIT_KEY is another key here: what the other made cannot be read.\n"


def test_a_backup_holds_no_key(backup, settings):
    with tarfile.open(backup) as tar:
        told = tar.extractfile(backups.MANIFEST).read().decode()
    for key in (settings.SECRET_KEY, settings.AUDIT_KEY, *settings.ENCRYPTION_KEYS):
        assert key not in told


def test_others_write_meanwhile_and_it_is_of_one_instant(tmp_path):
    """Each transaction makes a pair: a backup never has half of one."""
    over = threading.Event()

    def write():
        from django.db import transaction

        number = 0
        while not over.is_set():
            with transaction.atomic():
                for half in "lr":
                    UserFactory(username=f"{half}{number}")
            number += 1
        connections.close_all()

    writer = threading.Thread(target=write)
    writer.start()
    try:
        for number in range(3):
            call_command("backup", tmp_path / str(number), stdout=io.StringIO())
    finally:
        over.set()
        writer.join()
    for number in range(3):
        run("restore", tmp_path / str(number), "--replace")
        found = names()
        assert len(found) == 2 * len({name[1:] for name in found})


def test_an_empty_database_takes_a_backup(backup):
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            for command in dumps.EMPTIED:
                cursor.execute(command)
        run("restore", backup)
    else:
        User.all_objects.all().delete()
        run("restore", backup)
    assert names() == ["ann", "bob"]
