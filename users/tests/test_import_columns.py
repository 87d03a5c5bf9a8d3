"""Columns of an import: taken for fields that somebody names, and what is wrong with them."""

import io
import json
from itertools import chain

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from users.admin.import_columns import LABELS
from users.importing import titles
from users.importing.faults import Unreadable
from users.importing.mapping import ColumnMap, guess, metadata_path, suggestion
from users.importing.preview import MOST_COLUMNS, MOST_ROWS, preview
from users.models import AuditEntry, User

from .importing import csv_of, faults, outcomes, person, run

pytestmark = [pytest.mark.django_db, pytest.mark.one_cast]


def problems(found, given=None, needed=None):
    columns = ColumnMap(given or {})
    return [(each.title, each.code) for each in columns.problems(found, needed)]


def test_a_foreign_title_is_taken_for_a_field():
    text = csv_of(["Login", "Mail", "Team"], ["ann", "ann@example.com", "Red"])
    columns = {"Login": "username", "Team": "user_metadata.team"}
    report, _ = run(text, columns=columns)
    assert (report.created, report.faults) == (1, [])
    ann = User.objects.get(username="ann")
    assert ann.user_metadata == {"team": "Red"}
    told = AuditEntry.objects.get(event="import").additional_data
    assert told["columns"] == columns


def test_keys_of_json_are_taken_for_fields_too():
    rows = [{"login": "ann", "email": "ann@example.com", "shoe": [1, 2]}]
    assert run(rows, columns={"login": "username", "shoe": None})[0].created == 1
    assert faults(rows, columns={"login": "username"}) == [(1, "shoe", "unknown_title")]


def test_what_a_title_says_by_itself_can_be_said_otherwise():
    text = csv_of(["username", "email", "name"], ["ann", "ann@example.com", "Ann Other"])
    run(text, columns={"name": "nickname"})
    ann = User.objects.get(username="ann")
    assert (ann.nickname, ann.name) == ("Ann Other", "ann")


def test_what_is_left_out_says_nothing():
    text = csv_of(["username", "email", "status"], ["ann", "ann@example.com", "nonsense"])
    report, _ = run(text, columns={"status": None})
    assert (report.created, report.passed_over) == (1, ["status"])


def test_a_fault_is_told_under_the_title_of_the_file():
    text = csv_of(["Login", "Mail"], ["ann", "no address"])
    assert faults(text, columns={"Login": "username"}) == [(2, "Mail", "invalid")]


@pytest.mark.parametrize(
    ("given", "title", "code", "words"),
    [
        ({"Login": "usrname"}, "Login", "unknown_field", ["usrname", "username"]),
        ({"Login": "email"}, "email", "field_twice", ["email", "Login"]),
        ({}, "Login", "unknown_title", []),
        ({"Login": None, "email": None}, "email", "required", ["email"]),
        ({"Login": None, "Logn": "username"}, "Logn", "no_such_column", []),
    ],
)
def test_columns_that_do_not_fit_stop_the_import(given, title, code, words):
    text = csv_of(["Login", "email"], ["ann", "ann@example.com"])
    report, _ = run(text, columns=given)
    assert (report.stopped.field, report.stopped.code) == (title, code)
    assert all(word in report.stopped.message for word in words)
    assert not User.objects.filter(email="ann@example.com").exists()


def test_two_columns_are_one_field_only_where_they_say_so_themselves():
    both = {"Organization": "organization", "organization_id": "organization"}
    assert problems(both, both) == []
    assert problems(["email", "mail"]) == []  # each row tells whether they differ
    assert problems(["email", "mail"], {"mail": "email"}) == [("mail", "field_twice")]
    told = {"Firm": "organization", "organization": "organization"}
    assert problems(told, told) == [("organization", "field_twice")]
    assert problems(["a", "b"], {"a": None, "b": None}) == []


def test_who_is_found_by_username_needs_no_address(cast):
    text = csv_of(["Login", "Title"], ["ivo", "Ivo the Second"])
    columns = {"Login": "username", "Title": "name"}
    assert run(text, columns=columns, upsert="username")[0].updated == 1


def test_the_form_knows_every_field_of_the_engine():
    assert set(LABELS) == {*titles.SPELLINGS, "export_status"}
    assert all(ColumnMap({"x": name}).target("x") for name in LABELS)


@pytest.mark.parametrize(
    ("title", "guessed", "suggested"),
    [
        ("E-Mail", None, "email"),
        ("Full name", None, "name"),
        ("Login", None, "username"),
        ("Given Name", "given_name", ""),
        ("Status", "export_status", ""),
        ("MFA", "", ""),
        ("user_metadata.a.b", "user_metadata.a.b", ""),
        ("Notes", None, ""),
    ],
)
def test_titles_are_guessed(title, guessed, suggested):
    assert guess(title) == guessed
    if guessed is None:
        assert suggestion(title) == suggested


@pytest.mark.parametrize("title", ["Cost.centre", "a[0]", " ", "", "Über uns"])
def test_any_title_can_be_a_key_of_metadata(title):
    assert guess(metadata_path("user_metadata", title)).startswith("user_metadata.")


# -- the beginning of a file


def test_a_preview_tells_titles_and_first_values():
    rows = [[f"user-{number}", "same", "$2b$" + "x" * 56] for number in range(5)]
    found = preview(io.BytesIO(csv_of(["Login", "Team", "pw"], *rows).encode()))
    shown = ["user-0", "user-1", "user-2"]
    assert found.format == "csv"
    assert found.columns == {"Login": shown, "Team": ["same"], "pw": ["…"]}


def test_a_preview_of_json_has_the_keys_of_its_first_objects():
    rows = [{"a": 1}, {"b": None}, "no object", *({"a": 2},) * MOST_ROWS, {"late": 1}]
    found = preview(io.BytesIO(json.dumps(rows).encode()))
    assert (found.format, found.columns) == ("json", {"a": ["1", "2"], "b": []})


def test_a_preview_reads_the_beginning_alone():
    class Endless(io.RawIOBase):
        read_so_far = 0

        def read(self, size=-1):
            self.read_so_far += size
            return (b"username,email\n" if self.read_so_far == size else b"") + b"a,b\n" * 5000

    file = Endless()
    assert preview(file).columns == {"username": ["a"], "email": ["b"]}
    assert file.read_so_far < 1024**2


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "empty"),
        ("[]", "empty"),
        ("{broken\n", "json"),
        ("a,a\n", "title_twice"),
        (",".join(f"c{number}" for number in range(MOST_COLUMNS + 1)), "too_many_columns"),
        ("x" * 101 + ",b\n", "title_too_long"),
    ],
)
def test_a_beginning_that_is_no_table_is_refused(text, code):
    with pytest.raises(Unreadable) as error:
        preview(io.BytesIO(text.encode()))
    assert error.value.fault.code == code


# -- verdicts of a check


def kinds(verdicts):
    return [verdict.kind.value for verdict in verdicts]


def said(verdicts):
    return [(each.field, each.code) for each in chain(*(v.warnings for v in verdicts))]


def test_a_check_knows_what_is_ambiguous(cast):
    text = csv_of(
        ["username", "email"],
        ["ann", "ann@example.com"],
        ["ann", "other@example.com"],
        [cast.ivo.username, cast.rita.email],
        ["bad", "no address"],
        ["ann", "neither"],
    )
    _, verdicts = run(text, dry_run=True, upsert="email")
    assert kinds(verdicts) == ["valid", "ambiguous", "ambiguous", "error", "error"]


def test_a_check_warns_of_what_somebody_may_not_expect(cast):
    text = csv_of(
        ["username", "email", "email_verified", "name"],
        [cast.ivo.username, "new-address@example.com", "", "Ivo"],
        [cast.rita.username, cast.rita.email, "", "Rita Changed"],
        ["ann", "ann@example.com", "true", "Ann"],
    )
    report, verdicts = run(text, dry_run=True, upsert="username")
    assert kinds(verdicts) == ["warning", "valid", "valid"]
    assert said(verdicts)[0] == ("email", "changes")
    assert report.warned == 1
    assert verdicts[1].changes == ("name",)
    assert outcomes(verdicts) == ["updated", "updated", "created"]


def test_a_check_warns_of_what_is_taken_away_of_what_is_left_out_and_of_oneself(cast):
    rows = [
        {"username": "rita", "roles": ["Support"], "created_at": "2020-01-01T00:00:00Z"},
        {"username": "ivo", "organization": "acme-asia"},
        {"username": "root", "name": "Somebody Else"},
        {"username": "sam", "roles": ["Support"]},
    ]
    _, verdicts = run(rows, cast.root, dry_run=True, upsert="username")
    assert kinds(verdicts) == ["warning", "warning", "warning", "valid"]
    assert said(verdicts) == [
        ("roles", "removes"),
        ("created_at", "left_out"),
        ("organization", "changes"),
        ("", "yourself"),
    ]


def test_a_check_warns_who_may_not_tell_facts_and_of_no_organization(cast):
    text = csv_of(
        ["username", "email", "created_at", "organization"],
        ["ann", "ann@example.com", "2020-01-01T00:00:00Z", ""],
    )
    _, verdicts = run(text, cast.bob, dry_run=True)
    assert said(verdicts) == [("created_at", "left_out"), ("organization", "empty")]
    _, verdicts = run(text, dry_run=True)
    assert said(verdicts) == [("organization", "empty")]


def test_an_import_itself_warns_of_nothing(cast):
    text = csv_of(["username", "email"], [cast.ivo.username, "new-address@example.com"])
    assert said(run(text, upsert="username")[1]) == []


def test_a_refused_row_comes_back_without_secrets_and_what_is_left_out():
    text = csv_of(
        ["username", "email", "password_hash", "Plain"], ["ann", "no address", "no hash", "secret"]
    )
    _, verdicts = run(text, columns={"Plain": None})
    assert verdicts[0].given == {"username": "ann", "email": "no address"}


# -- the command line


def test_the_command_takes_columns_for_fields(tmp_path, capsys):
    file = tmp_path / "people.csv"
    file.write_text(csv_of(["Login", "a=b", "email"], ["ann", "x", "ann@example.com"]))
    call_command("import_users", str(file), "--map", "Login=username", "--map", "a=b=")
    assert User.objects.filter(username="ann").exists()
    assert "a=b" in capsys.readouterr().out


@pytest.mark.parametrize("given", [["Login"], ["a=name", "a=email"], ["Login=shoe"]])
def test_the_command_refuses_columns_that_it_does_not_understand(tmp_path, given):
    file = tmp_path / "people.csv"
    file.write_text(csv_of(["Login", "email"], ["ann", "ann@example.com"]))
    asked = [word for pair in given for word in ("--map", pair)]
    with pytest.raises(CommandError) as error:
        call_command("import_users", str(file), *asked)
    assert error.value.returncode == 2
    assert given[-1].split("=")[0] in str(error.value)


def test_people_can_be_sent_again_after_a_correction():
    rows = [person("ann") | {titles.REASON: "line 2: email: is wrong"}]
    assert run(rows)[0].created == 1


@pytest.mark.parametrize(
    "content", [b'[{"email": "a@b.example", "\\ud800": 1}]', b'[{"a\\u0000b": 1}]']
)
def test_a_title_that_no_text_can_hold_is_told(content):
    with pytest.raises(Unreadable) as told:
        preview(io.BytesIO(content))
    assert told.value.fault.code == "unknown_title"
