"""A file of people, step by step: its columns named, checked row by row, confirmed, imported."""

import gzip
import json
from datetime import timedelta

import pytest
import time_machine
from django.contrib.admin.utils import quote
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command

from exports import files, jobs
from exports.models import Job, State
from users.importing import peeking
from users.models import User
from usersvc import clock

from .browsing import PEOPLE, enter, messages_of
from .factories import UserFactory
from .importing import csv_of
from .jobs import keep_files_in

pytestmark = [pytest.mark.django_db, pytest.mark.one_cast]
IMPORT, COLUMNS = f"{PEOPLE}import", f"{PEOPLE}import/columns"
JOBS = "/admin/exports/job/"
FOREIGN = csv_of(
    ["Login", "Posta", "Nome", "Reparto", "Note"],
    ["ann", "ann@example.com", "Ann", "Sales", "x"],
    ["bea", "nomail", "Bea", "Sales", "y"],
    ["cid", "cid@example.com", "Cid", "IT", ""],
)
MEANT = {
    "column_0": "username",
    "column_1": "email",
    "column_2": "name",
    "column_3": "user_metadata.Reparto",
    "column_4": "-",
}


@pytest.fixture(autouse=True)
def _files(settings, tmp_path):
    keep_files_in(settings, tmp_path)


def upload(browser, content=FOREIGN, **form):
    data = content.encode() if isinstance(content, str) else content
    file = SimpleUploadedFile("people.csv", data)
    return browser.post(IMPORT, {"users": file, "action": "columns", **form})


def kept(folder):
    return [path for path in folder.glob("*/*") if path.is_file()]


def done():
    job = jobs.claim()
    jobs.run(job)
    job.refresh_from_db()
    return job


def page(job):
    return f"{JOBS}{quote(job.pk)}/change/"


def check(browser, content=FOREIGN, meant=MEANT, **form):
    upload(browser, content)
    answer = browser.post(COLUMNS, meant | form)
    job = done()
    assert answer["Location"] == page(job)
    return job


def verdicts(browser, job):
    answer = browser.get(f"{JOBS}{job.pk}/file", follow=True)
    lines = gzip.decompress(b"".join(answer.streaming_content)).splitlines()
    return {row["line"]: row["verdict"] for row in map(json.loads, lines)}


def test_the_columns_are_shown_with_what_is_in_them(client, cast):
    browser = enter(client, cast.bob)
    assert upload(browser)["Location"] == COLUMNS
    form = browser.get(COLUMNS).context["form"]
    rows = {row.title.text: row for row in form.rows()}
    assert list(rows) == ["Login", "Posta", "Nome", "Reparto", "Note"]
    assert rows["Reparto"].title.samples == ["Sales", "Sales", "IT"]
    assert {row.field.value() for row in rows.values()} == {None}


def test_what_is_known_is_guessed(client, cast):
    browser = enter(client, cast.bob)
    titles = ["E-Mail", "Email", "user_metadata.a.b", "MFA", "Status", "password_hash"]
    upload(browser, csv_of(titles, ["", "", "", "", "", "$argon2id$v=19$m=1$secret"]))
    page = browser.get(COLUMNS)
    guesses = {row.title.text: row.field.value() for row in page.context["form"].rows()}
    assert guesses == {
        "E-Mail": None,
        "Email": "email",
        "user_metadata.a.b": "user_metadata.a.b",
        "MFA": "-",
        "Status": "Status",
        "password_hash": "password_hash",
    }
    assert "secret" not in page.content.decode()


def test_json_has_columns_too(client, cast):
    rows = [{"Posta": "ann@example.com"}, {"Posta": "bea@example.com", "Nome": "Bea"}]
    browser = enter(client, cast.bob)
    job = check(browser, json.dumps(rows), {"column_0": "email", "column_1": "name"})
    assert set(verdicts(browser, job).values()) == {"valid"}


@pytest.mark.parametrize(
    ("meant", "words"),
    [
        ({"column_1": "username"}, "“Login” is to be this field, too"),
        ({"column_1": ""}, "leave it out"),
        ({"column_1": "-"}, "which column holds the email"),
        ({"column_2": "shoe_size"}, "shoe_size is not one of"),
        ({"upsert": "shoe"}, "shoe is not one of"),
    ],
)
def test_what_makes_no_sense_is_told_and_the_file_stays(client, cast, meant, words, tmp_path):
    browser = enter(client, cast.bob)
    upload(browser)
    answer = browser.post(COLUMNS, MEANT | meant)
    assert answer.status_code == 200
    assert words in answer.content.decode()
    assert not Job.objects.exists()
    assert len(kept(tmp_path)) == 1
    assert browser.post(COLUMNS, MEANT).status_code == 302


def test_a_check_has_a_verdict_on_each_row_and_writes_nothing(client, cast):
    UserFactory(organization=cast.italy, username="dan", email="dan@example.com")
    rows = csv_of(
        ["Login", "Posta", "Org"],
        ["ann", "ann@example.com", ""],
        ["dan", "dan@example.com", ""],
        ["bea", "nomail", ""],
        ["eve", "ann@example.com", ""],
    )
    browser = enter(client, cast.bob)
    meant = {"column_0": "username", "column_1": "email", "column_2": "-", "upsert": "email"}
    job = check(browser, rows, meant)
    assert verdicts(browser, job) == {2: "valid", 3: "unchanged", 4: "error", 5: "ambiguous"} or (
        verdicts(browser, job) == {2: "valid", 3: "valid", 4: "error", 5: "ambiguous"}
    )
    text = browser.get(page(job)).content.decode()
    for words in ("Rows worth a look", "nomail", "ambiguous", "Import the good rows: 2"):
        assert words in text
    assert not User.objects.filter(username="ann").exists()


def test_who_would_be_changed_is_a_warning(client, cast):
    rows = csv_of(["Posta", "Nome"], [cast.ivo.email, "Another Name"])
    browser = enter(client, cast.bob)
    job = check(browser, rows, {"column_0": "email", "column_1": "name", "upsert": "email"})
    assert verdicts(browser, job) == {2: "warning"}
    assert "would be changed" in browser.get(page(job)).content.decode()


def test_what_was_checked_is_imported_without_another_upload(client, cast, tmp_path):
    browser = enter(client, cast.alice)
    job = check(browser)
    assert (job.summary["inserted"], job.summary["failed"]) == (2, 1)
    answer = browser.post(f"{JOBS}{job.pk}/confirm", {"do": "import"})
    new = done()
    assert answer["Location"] == page(new)
    assert (new.summary["inserted"], new.summary["failed"]) == (2, 1)
    ann = User.objects.get(username="ann")
    assert (ann.name, ann.user_metadata) == ("Ann", {"Reparto": "Sales"})
    jobs.clean_inputs()
    assert not [path for path in kept(tmp_path) if path.suffix == ".upload"]
    told = browser.post(f"{JOBS}{job.pk}/confirm", {"do": "import"}, follow=True)
    assert "no longer there" in messages_of(told)[-1]
    assert Job.objects.count() == 2


def test_each_row_is_judged_anew(client, cast):
    browser = enter(client, cast.alice)
    job = check(browser)
    UserFactory(organization=cast.italy, username="ann")
    browser.post(f"{JOBS}{job.pk}/confirm", {"do": "import"})
    assert done().summary["inserted"] == 1


def test_two_clicks_make_one_check(client, cast, tmp_path):
    browser = enter(client, cast.bob)
    upload(browser)
    first = browser.session["import"]
    browser.post(COLUMNS, MEANT)
    session = browser.session
    session["import"] = first
    session.save()
    assert "read already" in browser.post(COLUMNS, MEANT).content.decode()
    assert Job.objects.count() == 1


def test_the_letter_is_for_the_import(client, cast):
    browser = enter(client, cast.bob)
    job = check(browser, send_completion_email="on")
    assert not job.letter_due
    browser.post(f"{JOBS}{job.pk}/confirm", {"do": "import"})
    assert Job.objects.exclude(pk=job.pk).get().letter_due


def test_a_file_may_be_discarded(client, cast, tmp_path):
    browser = enter(client, cast.bob)
    job = check(browser)
    assert browser.get(f"{JOBS}{job.pk}/confirm").status_code == 405
    browser.post(f"{JOBS}{job.pk}/confirm", {"do": "discard"})
    assert not [path for path in kept(tmp_path) if path.suffix == ".upload"]
    assert "Import the good rows" not in browser.get(page(job)).content.decode()
    assert Job.objects.count() == 1


def test_only_the_owner_confirms_and_only_with_the_right(client, cast):
    browser = enter(client, cast.bob)
    job = check(browser)
    root = enter(client, cast.root)
    assert root.post(f"{JOBS}{job.pk}/confirm", {"do": "import"}).status_code == 404
    assert enter(client, cast.alice).post(f"{JOBS}{job.pk}/confirm").status_code == 404
    permissions = cast.bob.roles.get().permissions
    permissions.remove(*permissions.filter(codename="manage_user"))
    browser = enter(client, cast.bob)
    assert browser.post(f"{JOBS}{job.pk}/confirm", {"do": "import"}).status_code == 403
    assert not User.objects.filter(username="ann").exists()


def test_one_job_too_many_loses_nothing(client, cast, settings, tmp_path):
    browser = enter(client, cast.bob)
    job = check(browser)
    settings.JOBS_PER_CALLER = 0
    told = browser.post(f"{JOBS}{job.pk}/confirm", {"do": "import"}, follow=True)
    assert "0 jobs of yours" in messages_of(told)[-1]
    job.refresh_from_db()
    assert job.input_key
    upload(browser)
    assert "0 jobs of yours" in browser.post(COLUMNS, MEANT).content.decode()
    settings.JOBS_PER_CALLER = 10
    assert browser.post(f"{JOBS}{job.pk}/confirm", {"do": "import"}).status_code == 302


def test_what_nobody_confirms_is_removed(client, cast, tmp_path):
    browser = enter(client, cast.bob)
    check(browser)
    jobs.clean_inputs()
    assert len([path for path in kept(tmp_path) if path.suffix == ".upload"]) == 1
    with time_machine.travel(clock.now() + timedelta(hours=1, seconds=1)):
        jobs.clean_inputs()
    assert not [path for path in kept(tmp_path) if path.suffix == ".upload"]


def test_what_nobody_names_the_columns_of_is_removed(client, cast, tmp_path):
    browser = enter(client, cast.bob)
    upload(browser)
    upload(browser)  # another one takes its place
    assert len(kept(tmp_path)) == 1
    with time_machine.travel(clock.now() + timedelta(hours=2)):
        files.remove_abandoned(clock.now())
        assert not kept(tmp_path)
        told = browser.get(COLUMNS, follow=True)
    assert "Upload the file first" in messages_of(told)[-1]


def test_an_import_that_did_nothing_but_read_is_cleaned_at_once(client, cast, tmp_path):
    browser = enter(client, cast.bob)
    file = SimpleUploadedFile("people.csv", csv_of(["email"], ["a@example.com"]).encode())
    browser.post(IMPORT, {"users": file, "action": "do"})
    done()
    jobs.clean_inputs()
    assert not [path for path in kept(tmp_path) if path.suffix == ".upload"]


ODD_KEYS = ['[{"email": "a@b.example", "\\ud800": 1}]', '[{"email": "a@b.example", "a\\u0000": 1}]']


@pytest.mark.parametrize("content", ["", "{", b"\x1f\x8b\x08", b"\xff\xfe", *ODD_KEYS])
def test_what_is_no_file_of_people_is_told(client, cast, content):
    browser = enter(client, cast.bob)
    upload(browser, content)
    told = browser.get(COLUMNS, follow=True)
    assert told.status_code == 200
    assert not Job.objects.exists()


def test_who_may_not_import_names_no_columns(client, cast):
    assert enter(client, cast.rita).get(COLUMNS).status_code == 403
    told = enter(client, cast.bob).get(COLUMNS, follow=True)
    assert "Upload the file first" in messages_of(told)[-1]


def test_of_a_long_file_the_beginning_is_read(client, cast, monkeypatch):
    content = csv_of(["email"], *[[f"a{n}@example.com"] for n in range(1000)])
    seen = []
    real = peeking.rows
    monkeypatch.setattr(peeking, "rows", lambda *a: (seen.append(row) or row for row in real(*a)))
    browser = enter(client, cast.bob)
    upload(browser, content)
    browser.get(COLUMNS)
    assert len(seen) == peeking.ROWS


def test_a_check_is_no_business_of_the_api(client, cast, call):
    job = check(enter(client, cast.bob))
    assert call(cast.bob).get(f"/api/v2/jobs/{job.pk}/errors").status_code == 204


# -- the engine


def test_the_command_names_columns_too(cast, tmp_path):
    file = tmp_path / "people.csv"
    file.write_text(FOREIGN)
    maps = ["Login=username", "Posta=email", "Nome=name", "Reparto=user_metadata.dept", "Note="]
    with pytest.raises(SystemExit):
        call_command("import_users", str(file), *[f"--map={each}" for each in maps])
    ann = User.objects.get(username="ann")
    assert (ann.email, ann.user_metadata) == ("ann@example.com", {"dept": "Sales"})


def test_a_row_of_titles_is_only_the_first_one(cast, tmp_path):
    """A row may say under each title what the title says, and means it."""
    file = tmp_path / "people.csv"
    file.write_text(csv_of(["Nome", "email"], ["Nome", "a@odd.example"], ["Nome", "b@odd.example"]))
    call_command("import_users", str(file), "--map=Nome=name")
    names = User.objects.filter(email__endswith="@odd.example").values_list("name", flat=True)
    assert list(names) == ["Nome", "Nome"]


def test_a_failed_check_is_not_confirmed(client, cast):
    browser = enter(client, cast.bob)
    rows = [[f"a{n}", f"a{n}@example.com", "", "", ""] for n in range(peeking.ROWS)]
    job = check(browser, csv_of(["Login", "Posta", "Nome", "Reparto", "Note"], *rows) + '"')
    assert job.state == State.FAILED
    assert "Import the good rows" not in browser.get(page(job)).content.decode()
