"""manage.py import_users: what the engine says, as exit codes, sentences and a file of refusals."""

import gzip
import io
import json
import os
import signal
import subprocess
import sys
from types import SimpleNamespace

import pytest
from django.core.management import CommandError, call_command

from users.management.commands import import_users
from users.models import AuditEntry, User

from .factories import ConnectionFactory
from .importing import csv_of

pytestmark = [pytest.mark.django_db, pytest.mark.once]

GOOD = csv_of(["email", "name"], ["ann@example.com", "Ann"], ["bea@example.com", "Bea"])
BAD = csv_of(
    ["email", "phone"], ["ann@example.com", "1"], ["nobody", "=1"], ["bea@example.com", "x" * 99]
)


@pytest.fixture
def file(tmp_path):
    """A function that writes a file and returns its name."""

    def write(content):
        path = tmp_path / "people"
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return str(path)

    return write


def command(*words, **options):
    """Return exit code, standard output and errors."""
    out, err = io.StringIO(), io.StringIO()
    try:
        call_command("import_users", *words, stdout=out, stderr=err, **options)
    except SystemExit as ended:
        return ended.code, out.getvalue(), err.getvalue()
    except CommandError as error:
        return error.returncode, out.getvalue(), err.getvalue() + str(error)
    return 0, out.getvalue(), err.getvalue()


def test_a_good_file_is_imported(file):
    code, out, err = command(file(gzip.compress(GOOD.encode())))
    assert (code, err) == (0, "")
    assert out == "Users: 2 created, 0 updated, 0 unchanged, 0 refused.\n"
    assert User.objects.count() == 2
    assert AuditEntry.objects.filter(actor=None, action=AuditEntry.Action.CREATE).count() == 2


def test_refused_rows_are_told_and_the_others_imported(file):
    code, out, err = command(file(BAD))
    assert code == 1
    assert out == "Users: 1 created, 0 updated, 0 unchanged, 2 refused.\n"
    assert err.splitlines() == [
        "line 3: email: Enter a valid email address. (given: nobody)",
        f"line 4: phone: Ensure this field has no more than 50 characters. (given: {'x' * 99})",
    ]


def test_only_the_first_refusals_are_shown(file):
    code, _, err = command(file(csv_of(["email"], *[["nobody"]] * 30)))
    assert code == 1
    assert len(err.splitlines()) == 21
    assert err.splitlines()[-1] == "… and more: --errors FILE takes all."


@pytest.mark.parametrize("name", ["refused.csv", "refused.json"])
def test_refusals_go_to_a_file(file, tmp_path, name):
    target = tmp_path / name
    command(file(BAD), errors=str(target))
    text = target.read_text()
    if name.endswith("csv"):
        lines = text.splitlines()
        assert lines[0] == "line,field,value,code,message"
        assert lines[1] == "3,email,nobody,invalid,Enter a valid email address."
    else:
        lines = [json.loads(line) for line in text.splitlines()]
        assert [(line["line"], line["field"], line["code"]) for line in lines] == [
            (3, "email", "invalid"), (4, "phone", "max_length"),
        ]  # fmt: skip
    assert oct(target.stat().st_mode & 0o777) == "0o600"


def test_all_or_nothing_and_a_dry_run_write_nothing(file):
    code, out, _ = command(file(BAD), all_or_nothing=True)
    assert code == 1
    assert out.startswith("Nothing was written; it would have been users: 1 created")
    code, out, _ = command(file(GOOD), dry_run=True)
    assert code == 0
    assert out.startswith("Nothing was written; it would have been users: 2 created")
    assert not User.objects.exists()
    assert command(file(GOOD), all_or_nothing=True)[0] == 0
    assert User.objects.count() == 2


def test_upsert_and_the_rights_of_somebody(cast, file):
    content = csv_of(["email", "name"], ["ivo@example.com", "Ivan"], ["zoe@example.com", "Zora"])
    code, out, err = command(file(content), upsert="email", username="ALICE")
    assert (code, err) == (1, "line 3: email: is taken (given: zoe@example.com)\n")
    assert User.objects.get(username="ivo").updated_by == cast.alice
    assert "1 updated" in out


def test_everybody_new_gets_the_connection(file):
    link = ConnectionFactory(name="Link")
    for name in ("LINK", link.pk):
        command(file(GOOD), connection=name)
        assert set(User.objects.values_list("connection", flat=True)) == {link.pk}
        User.objects.all().delete()


def test_columns_that_say_nothing_are_named(file):
    _, out, _ = command(file(csv_of(["email", "mfa"], ["ann@example.com", "true"])))
    assert "Columns that say nothing here: mfa." in out


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"username": "nobody"}, "--as: no such user: nobody"),
        ({"username": "rita"}, "--as: rita may import nobody"),
        ({"connection": "nowhere"}, "--connection: no such connection: nowhere"),
        ({"errors": "/nowhere/at/all"}, "No such file or directory: "),
        ({"format": "json"}, "Stopped: line 1: is not JSON"),
    ],
)
def test_what_is_not_understood_is_two(cast, file, options, words):
    code, _, err = command(file(GOOD), **options)
    assert (code, words in err) == (2, True), err


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("", "Stopped: the file is empty"),
        ("emial\n", "Stopped: line 1: emial: unknown title (did you mean `email`?)"),
        (b"email\n\xff\n", "Stopped: line 2: byte 7 of the file is not UTF-8"),
    ],
)
def test_a_file_that_is_not_understood_is_two(file, content, words):
    code, _, err = command(file(content))
    assert (code, words in err) == (2, True), err


def test_a_file_that_is_not_there_is_two(tmp_path):
    code, _, err = command(str(tmp_path / "none"))
    assert (code, "No such file" in err) == (2, True)


def test_standard_input_will_do(monkeypatch):
    monkeypatch.setattr(
        import_users.sys, "stdin", SimpleNamespace(buffer=io.BytesIO(GOOD.encode()))
    )
    assert command("-")[0] == 0
    assert User.objects.count() == 2


def test_the_bar_tells_of_bytes_and_users(file, capsys):
    command(file(GOOD), progress=True)
    assert "2 users" in capsys.readouterr().err


def test_an_interrupt_leaves_what_was_written(file, monkeypatch):
    monkeypatch.setattr("users.imports.BLOCK", 1)
    real = import_users.tqdm.update

    def interrupted(self, n):
        os.kill(os.getpid(), signal.SIGTERM)
        return real(self, n)

    monkeypatch.setattr(import_users.tqdm, "update", interrupted)
    code, _, err = command(file(GOOD))
    assert (code, err) == (130, "Interrupted. What was written stays.\n")
    assert User.objects.count() == 1


def test_the_command_is_there():
    answer = subprocess.run(
        [sys.executable, "manage.py", "import_users", "--help"],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert "--all-or-nothing" in answer.stdout
