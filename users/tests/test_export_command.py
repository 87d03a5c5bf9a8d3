"""manage.py export_users: the same files as over the API, there whole or not at all."""

import gzip
import hashlib
import io
import json
import os
import signal
import stat
import sys
import threading

import openpyxl
import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from exports.formats import FORMATS, TooManyRows
from users.models import AuditEntry, User
from users.querysets import SortKey

from .factories import TagFactory, UserFactory

pytestmark = [pytest.mark.django_db, pytest.mark.one_cast]


@pytest.fixture
def target(tmp_path):
    return tmp_path / "people.csv"


def export(target, *words, **options):
    call_command("export_users", *words, output=str(target), stdout=io.StringIO(), **options)
    return target.read_bytes()


def refusal(*words, **options):
    """Return the lines of what the command says to something that it does not understand."""
    with pytest.raises(CommandError) as caught:
        call_command("export_users", *words, **options)
    assert caught.value.returncode == 2
    assert not AuditEntry.objects.filter(event="export").exists()
    return str(caught.value).splitlines()


def usernames(content):
    return [line.split(",")[0] for line in content.decode().splitlines()[1:]]


# -- what it writes


@pytest.mark.parametrize(
    ("family", "address", "parameters"),
    [
        ("export", "/api/users/export?format=csv", ["sort_by=name", "status=enabled"]),
        ("export", "/api/users/export?format=csv", ["organization_id=acme", "organization_id=x"]),
        ("download", "/api/v2/users/download?", ["timezone=Asia/Kolkata", "sort=name:asc,mail"]),
        ("download", "/api/v2/users/download?", ["_fields=email,tags", "mfa=false"]),
    ],
)
def test_the_file_is_that_of_the_api(cast, call, target, family, address, parameters):
    cast.ivo.tags.add(TagFactory(name="vip"))
    over_http = call(cast.root).get("&".join([address, *parameters])).getvalue()
    assert export(target, *parameters, family=family) == over_http


def test_the_directorys_lines_are_the_objects_of_its_list(cast, call, target):
    cast.ivo.created_by = cast.alice
    cast.ivo.save()
    content = export(target, "search=example", "sort_by=name", family="directory", format="json")
    asked = "/users?search=example&sort_by=name&page_size=100"
    # A list leaves out who created nobody knows whom; a line has all its keys.
    known = [
        {key: value for key, value in json.loads(line).items() if value is not None}
        for line in content.splitlines()
    ]
    assert known == call(cast.root).get(asked).json()


def test_parameters_and_options_stand_in_any_order(cast, target):
    words = ["status=enabled", "--format", "csv", "sort_by=name", "--output", str(target)]
    call_command("export_users", *words, "search=i", stdout=io.StringIO())
    people = User.objects.search("i").sorted_by(SortKey("name"))
    assert usernames(target.read_bytes()) == [person.username for person in people]


def test_everybody_is_in_it_or_whom_somebody_sees(cast, target):
    cast.charlie.soft_delete()
    everybody = set(User.objects.values_list("username", flat=True))
    assert set(usernames(export(target))) == everybody
    seen = set(User.objects.visible_to(cast.alice).values_list("username", flat=True))
    assert set(usernames(export(target, username="ALICE"))) == seen < everybody


@pytest.mark.parametrize("family", ["export", "download", "directory"])
def test_fields_are_the_columns_in_their_order(cast, target, family):
    own = {"directory": "identifier", "download": "userid"}.get(family, "username")
    content = export(target, fields=f"email,{own}", format="json", family=family)
    assert list(json.loads(content.splitlines()[0])) == ["email", own]
    headers = export(target, fields=f"email,{own}", family=family).splitlines()[0]
    assert headers == {"export": b"Email,Username"}.get(family, f"email,{own}".encode())


@pytest.mark.parametrize(
    ("name", "given", "starts"),
    [
        ("people.xlsx", {}, b"PK"),
        ("people.json", {}, b'{"'),
        ("people.csv", {}, b"Username,"),
        ("people", {}, b"Username,"),
        ("people.txt", {"format": "json"}, b'{"'),
        ("people.csv", {"format": "PDF"}, b"%PDF"),
    ],
)
def test_the_format_is_the_named_one_or_the_files(cast, tmp_path, name, given, starts):
    assert export(tmp_path / name, **given).startswith(starts)


def test_a_file_can_be_compressed(cast, tmp_path):
    content = export(tmp_path / "people.json.gz", gzip=True)
    assert gzip.decompress(content) == export(tmp_path / "people.json")


def test_standard_output_holds_nothing_but_the_file(cast, target, capsysbinary):
    call_command("export_users", "sort_by=name", "--progress")
    captured = capsysbinary.readouterr()
    assert captured.out == export(target, "sort_by=name")
    assert f"{User.objects.count()}/{User.objects.count()}".encode() in captured.err
    call_command("export_users")
    assert capsysbinary.readouterr().err == b""


def test_every_export_leaves_one_audit_entry(cast, target):
    content = export(target, "search=example", format="json", fields="email,id")
    entry = AuditEntry.objects.get(event="export")
    assert (entry.actor, entry.remote_addr) == (None, None)
    assert entry.additional_data == {
        "family": "export",
        "format": "json",
        "filters": {"search": "example", "format": "json", "_fields": ["email", "id"]},
        "columns": ["email", "id"],
        "outcome": "complete",
        "rows": User.objects.count(),
        "bytes": len(content),
        "sha256": hashlib.sha256(content).hexdigest(),
        "ended_at": entry.additional_data["ended_at"],
        "register": entry.additional_data["register"],
    }
    export(target, username="alice", family="download")
    latest = AuditEntry.objects.filter(event="export").latest("timestamp", "id")
    assert (latest.actor, latest.organization) == (cast.alice, cast.europe)
    assert latest.additional_data["family"] == "download"


@pytest.mark.parametrize("word", FORMATS)
def test_more_people_cost_no_more_queries(word, cast, tmp_path):
    def queries():
        with CaptureQueriesContext(
            connection,
        ) as captured:
            export(tmp_path / "people", format=word)
        return len(captured)

    few = queries()
    for _ in range(90):
        UserFactory(roles=["Reader"])
    assert queries() == few


# -- what it refuses


@pytest.mark.parametrize(
    ("words", "options", "lines"),
    [
        (
            ["stats=active", "search=x"],
            {},
            ["stats: unknown parameter (did you mean `status`?); allowed: *(given: active)"],
        ),
        (
            ["status=enabeld"],
            {"format": "cvs"},
            [
                "--format: unknown value (did you mean `csv`?); allowed: csv, json, xlsx, pdf"
                " (given: cvs)",
                "status: unknown value (did you mean `enabled`?); allowed: *(given: enabeld)",
            ],
        ),
        (
            [],
            {"fields": "email,nam"},
            ["--fields: unknown value (did you mean `name`?); allowed: *(given: nam)"],
        ),
        ([], {"family": "download", "fields": "name"}, ["--fields: unknown value*(given: name)"]),
        (
            ["page=2"],
            {"family": "directory"},
            ["page: unknown parameter*; allowed: *(given: 2)"],
        ),
        (["search"], {}, ["search: is not key=value"]),
        (["sort_by=name", "sort_by=email"], {}, ["sort_by: given more than once*"]),
        (["format=pdf"], {"format": "csv"}, ["--format: given more than once*"]),
        (["orgId=nowhere"], {"family": "download"}, ["orgId: no such organization: nowhere"]),
        (["id=x"], {"family": "directory"}, ["id: is not a UUID (given: x)"]),
        ([], {"username": "nobody"}, ["--as: no such user: nobody"]),
        (
            [],
            {"username": "bob", "fields": "email,user_metadata"},
            ["--fields: bob may not see user_metadata"],
        ),
        (
            ["created_by=0197906e-2a10-7b3c-8d4e-5f6071829304"],
            {"username": "bob", "family": "directory"},
            ["insufficient permissions: created_by requires users.view_user_metadata"],
        ),
    ],
)
def test_what_is_not_understood_is_named(cast, target, words, options, lines):
    target.write_text("older")
    said = refusal(*words, output=str(target), **options)
    assert len(said) == len(lines)
    for line, expected in zip(said, lines, strict=True):
        start, _, end = expected.partition("*")
        assert line.startswith(start)
        assert line.endswith(end.rpartition("*")[2])
    assert target.read_text() == "older"


def test_a_family_without_files_is_refused(cast):
    with pytest.raises(CommandError, match=r"choose from .*directory.*export.*download"):
        call_command("export_users", "--family", "jobs")


def test_too_many_for_a_format_are_refused_with_their_number(cast, tmp_path, settings):
    settings.EXPORT_MAX_ROWS = 3
    count = User.objects.count()
    [line] = refusal(format="pdf", output=str(tmp_path / "people"))
    assert line.startswith(f"limit: {count} users match, and a file holds at most 3")
    assert len(usernames(export(tmp_path / "people.csv"))) == count
    assert os.listdir(tmp_path) == ["people.csv"]


def test_a_terminal_is_spared_what_it_cannot_show(cast, monkeypatch):
    screen, shell = os.openpty()
    with os.fdopen(shell, "w") as stdout:
        monkeypatch.setattr(sys, "stdout", stdout)
        assert "terminal" in refusal(format="xlsx")[0]
        assert "terminal" in refusal(gzip=True)[0]
        call_command("export_users", "search=root@", fields="username")
    assert os.read(screen, 100).split() == [b"Username", b"root"]
    os.close(screen)


# -- what it leaves behind


class Broken:
    """A format that does not get to its end."""

    name = "broken"
    content_type = "text/plain"
    extension = "broken"
    most_rows = None

    def __init__(self, stop):
        self.stop = stop

    def write(self, sheet):
        yield b"half"
        self.stop()


def broken_by(error):
    def stop():
        raise error

    return stop


def stopped_by(number):
    return lambda: os.kill(os.getpid(), number)


@pytest.mark.parametrize(
    ("stop", "ends", "code", "outcome"),
    [
        (stopped_by(signal.SIGINT), SystemExit, 130, "aborted"),
        (stopped_by(signal.SIGTERM), SystemExit, 130, "aborted"),
        (broken_by(OSError(28, "No space left on device")), CommandError, 1, "failed"),
        (broken_by(TooManyRows(9, 3)), CommandError, 1, "failed"),
        (broken_by(LookupError()), LookupError, None, "failed"),
    ],
)
@pytest.mark.parametrize("older", ["older", None])
def test_what_is_not_whole_is_not_there(
    cast, target, monkeypatch, older, stop, ends, code, outcome
):
    monkeypatch.setitem(FORMATS, "broken", Broken(stop))
    if older:
        target.write_text(older)
    at_first = signal.getsignal(signal.SIGTERM)
    with pytest.raises(ends) as caught:
        export(target, format="broken", stderr=io.StringIO())
    assert code in (None, getattr(caught.value, "returncode", getattr(caught.value, "code", None)))
    assert [each.read_text() for each in target.parent.iterdir()] == ([older] if older else [])
    assert AuditEntry.objects.get(event="export").additional_data["outcome"] == outcome
    assert signal.getsignal(signal.SIGTERM) is at_first


def test_a_file_takes_the_place_of_an_older_one_and_of_a_links_target(cast, tmp_path):
    target, link = tmp_path / "people.csv", tmp_path / "link.csv"
    target.write_text("older")
    link.symlink_to(target)
    content = export(link)
    assert link.is_symlink()
    assert target.read_bytes() == content != b"older"
    assert stat.S_IMODE(target.stat().st_mode) == 0o600


def test_a_pipe_stays_a_pipe(cast, tmp_path):
    pipe, read = tmp_path / "pipe", []
    os.mkfifo(pipe)
    reader = threading.Thread(target=lambda: read.append(pipe.read_bytes()))
    reader.start()
    call_command("export_users", output=str(pipe), stdout=io.StringIO())
    reader.join()
    assert pipe.is_fifo()
    assert len(usernames(read[0])) == User.objects.count()


@pytest.mark.parametrize(
    ("name", "reason"), [("no/where.csv", "No such file or directory"), ("", "Is a directory")]
)
def test_where_nothing_can_be_written_nothing_is_read(cast, tmp_path, name, reason):
    path = str(tmp_path / name)
    with pytest.raises(CommandError, match=f"^--output: {reason}: {path}$"):
        call_command("export_users", output=path)
    assert not AuditEntry.objects.filter(event="export").exists()


def test_a_reader_that_goes_away_ends_it_quietly(cast, monkeypatch):
    UserFactory.create_batch(100)  # more than a buffer holds
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "w") as stdout:
        monkeypatch.setattr(sys, "stdout", stdout)
        with pytest.raises(SystemExit, match="141"):
            call_command("export_users")
    assert AuditEntry.objects.get(event="export").additional_data["outcome"] == "aborted"


def test_a_workbook_is_one(cast, tmp_path):
    export(tmp_path / "people.xlsx", "sort_by=username", fields="username,created_at,mfa")
    rows = list(openpyxl.load_workbook(tmp_path / "people.xlsx").active.values)
    assert rows[0] == ("Username", "Created At", "MFA")
    assert [row[0] for row in rows[1:]] == sorted(User.objects.values_list("username", flat=True))
    assert {type(row[2]) for row in rows[1:]} == {bool}
