"""The import in the admin: a file, its columns, a check, and the import that somebody confirms."""

import csv
import io
import json
from datetime import timedelta

import pytest
from django.contrib.admin.utils import quote
from django.db import connection
from django.test.utils import CaptureQueriesContext

from exports import files, jobs
from exports.models import INPUT_KEPT, Job, State
from users.admin import import_uploads
from users.importing.titles import REASON
from users.models import AuditEntry, User
from usersvc import clock

from .browsing import PEOPLE, enter, listed, messages_of, role
from .importing import IMPORT, csv_of, guessed, to_columns
from .jobs import enqueue, keep_files_in

pytestmark = [pytest.mark.django_db, pytest.mark.one_cast, pytest.mark.once]
FOREIGN = csv_of(
    ["Login", "E-Mail", "Team"],
    ["ann", "ann@example.com", "Red"],
    ["bad", "no address", "=Blue"],
    ["ann", "other@example.com", ""],
)
CHOSEN = {"column-0": "username", "column-1": "email", "column-2": "user_metadata.Team"}


@pytest.fixture(autouse=True)
def _files(settings, tmp_path):
    keep_files_in(settings, tmp_path)


@pytest.fixture
def alice(client, cast):
    return enter(client, cast.alice)


def kept(folder):
    return [path for path in folder.glob("*/*") if path.is_file()]


def columns_of(browser, content=FOREIGN, **form):
    return to_columns(browser, content, **form)["Location"]


def checked(browser, content=FOREIGN, chosen=None, **form):
    """Return a job that has checked a file, whose columns are chosen, or as they are guessed."""
    address = columns_of(browser, content, **form)
    browser.post(address, chosen or CHOSEN)
    return done()


def done():
    job = jobs.claim()
    jobs.run(job)
    job.refresh_from_db()
    return job


def confirm(browser, job):
    return browser.post(f"{IMPORT}/{job.pk}/confirm")


def shown(browser, job):
    answer = browser.get(f"/admin/exports/job/{quote(job.pk)}/change/")
    assert answer.status_code == 200
    return answer


def taken(browser, job, which):
    answer = browser.get(f"{IMPORT}/{job.pk}/file/{which}")
    assert answer.status_code == 200
    assert answer["Content-Disposition"].startswith("attachment")
    return b"".join(answer.streaming_content).decode()


# -- the columns


def test_columns_are_shown_with_their_first_values_and_guessed(alice):
    answer = alice.get(
        columns_of(alice, csv_of(["Login", "email", "MFA"], ["ann", "a@b.example", ""]))
    )
    assert guessed(answer) == {"column-0": "", "column-1": "email", "column-2": "-"}
    text = answer.content.decode()
    assert all(word in text for word in ("people.csv", "a@b.example", "Perhaps: Username"))


@pytest.mark.parametrize(
    ("chosen", "words"),
    [
        ({}, ["Team", "or leave it out"]),
        ({"column-2": "username"}, ["“Team” and “Login” are both Username"]),
        ({"column-1": "-", "column-2": "-"}, ["E-mail address", "every import needs one"]),
        ({"column-2": "shoe"}, ["shoe is not one of the available choices"]),
    ],
)
def test_columns_that_do_not_fit_are_told(alice, chosen, words):
    given = {"column-0": "username", "column-1": "email", **chosen}
    answer = alice.post(columns_of(alice), given)
    assert answer.status_code == 200
    assert all(word in answer.content.decode() for word in words)
    assert not Job.objects.exists()


def test_who_is_found_by_username_needs_no_address(alice):
    given = {"column-0": "username", "column-1": "-", "column-2": "-"}
    assert alice.post(columns_of(alice, upsert="username"), given).status_code == 302
    assert Job.objects.get().spec["columns"] == {"Login": "username", "E-Mail": None, "Team": None}


def test_a_file_that_is_no_table_is_told_at_once_and_not_kept(alice, tmp_path):
    answer = to_columns(alice, b"\x1f\x8bnonsense")
    assert "the gzip data" in answer.content.decode()
    assert kept(tmp_path) == []


# -- the check, and what comes of it


def test_a_file_with_foreign_titles_is_checked_confirmed_and_imported(alice, cast, tmp_path):
    check = checked(alice)
    assert (check.summary["inserted"], check.summary["failed"], check.summary["ambiguous"]) == (
        1,
        2,
        1,
    )
    answer = shown(alice, check)
    assert [(each["kind"], each["count"]) for each in answer.context["sections"]] == [
        ("error", 1),
        ("ambiguous", 1),
        ("valid", 1),
    ]
    text = answer.content.decode()
    assert all(word in text for word in ("Import this 1 row", "no address", "Back to the columns"))
    assert not User.objects.filter(username="ann").exists()
    assert jobs.clean_inputs() == 0

    confirm(alice, check)
    job = done()
    assert (job.summary["inserted"], job.summary["failed"]) == (1, 2)
    ann = User.objects.get(username="ann")
    assert (ann.user_metadata, ann.organization) == ({"Team": "Red"}, cast.alice.organization)
    told = AuditEntry.objects.get(event="import").additional_data
    assert told["columns"] == {
        "Login": "username",
        "E-Mail": "email",
        "Team": "user_metadata.Team",
    }
    assert jobs.clean_inputs() == 1
    assert [path.name for path in kept(tmp_path) if path.suffix == ".upload"] == []

    answer = shown(alice, job)
    assert listed(alice.get(answer.context["created"])) == ["ann"]
    assert [each["count"] for each in answer.context["sections"]] == [2]
    assert alice.get(f"{IMPORT}/{job.pk}/columns").status_code == 404


def test_refused_rows_are_corrected_and_sent_again(alice):
    check = checked(alice)
    rows = list(csv.DictReader(io.StringIO(taken(alice, check, "rejected"))))
    assert [(row["Login"], row["Team"]) for row in rows] == [("bad", "'=Blue"), ("ann", "")]
    assert rows[0][REASON] == "line 3: E-Mail: Enter a valid email address."
    rows[0]["E-Mail"] = "bad@example.com"
    text = csv_of(list(rows[0]), list(rows[0].values()))
    again = checked(alice, text, CHOSEN | {"column-3": "-"})
    assert again.summary["inserted"] == 1
    confirm(alice, again)
    done()
    assert User.objects.get(username="bad").user_metadata == {"Team": "=Blue"}


def test_refused_objects_come_back_as_they_were(alice):
    row = {"email": "no address", "user_metadata": {"n": 12345678901234567890123, "h": "\ud800"}}
    check = checked(alice, json.dumps([row]), {"column-0": "email", "column-1": "user_metadata"})
    back = json.loads(taken(alice, check, "rejected"))
    assert back.pop(REASON).startswith("line 1: ")
    row["user_metadata"]["h"] = "?"
    assert back == row


def test_every_verdict_is_there_to_be_taken(alice):
    rows = list(csv.DictReader(io.StringIO(taken(alice, checked(alice), "verdicts"))))
    assert [(row["line"], row["verdict"], row["outcome"]) for row in rows] == [
        ("3", "error", "refused"),
        ("4", "ambiguous", "refused"),
        ("2", "valid", "created"),
    ]


def test_the_public_api_tells_of_a_check_what_it_tells_of_an_import(alice, call, cast):
    check = checked(alice)
    answer = call(cast.alice).get(f"/api/v2/jobs/{check.pk}/errors")
    told = json.loads(b"".join(answer.streaming_content))
    assert [set(each) for each in told] == [{"line", "user", "errors"}] * 2


def test_one_goes_back_to_the_columns_without_another_upload(alice, tmp_path):
    address = columns_of(alice)
    alice.post(address, CHOSEN)
    first = done()
    answer = alice.get(address)
    assert guessed(answer) == CHOSEN
    alice.post(address, CHOSEN | {"column-2": "-"})
    second = done()
    assert (first.spec["columns"]["Team"], second.spec["columns"]["Team"]) == (
        CHOSEN["column-2"],
        None,
    )
    first.refresh_from_db()
    assert (first.input_key, bool(second.input_key)) == ("", True)
    assert confirm(alice, first).url == IMPORT  # its file is the second one's
    assert jobs.clean_inputs() == 0
    confirm(alice, second)
    assert done().summary["inserted"] == 1


def test_a_check_that_is_asked_for_twice_is_one(alice):
    address = columns_of(alice)
    first, second = alice.post(address, CHOSEN), alice.post(address, CHOSEN)
    assert first.url == second.url
    assert Job.objects.count() == 1


def test_where_new_users_belong_is_told_where_no_column_does(alice, cast):
    text = shown(alice, checked(alice)).content.decode()
    assert f"belong to yours, {cast.alice.organization.name}." in text
    row = csv_of(["email", "organization"], ["ann@example.com", cast.italy.name])
    told = checked(alice, row, {"column-0": "email", "column-1": "organization"})
    assert "belong to" not in shown(alice, told).content.decode()


def test_an_import_judges_every_row_anew(alice, cast):
    check = checked(alice)
    User.objects.create(username="ann", email="somebody@example.com", name="Ann")
    confirm(alice, check)
    assert done().summary["inserted"] == 0
    assert User.objects.get(username="ann").email == "somebody@example.com"


def test_a_letter_is_for_the_import_alone(alice):
    check = checked(alice, send_completion_email="on")
    assert not check.letter_due
    confirm(alice, check)
    assert done().letter_due


def test_a_file_is_imported_once(alice):
    check = checked(alice)
    assert confirm(alice, check).status_code == 302
    done()
    answer = alice.post(f"{IMPORT}/{check.pk}/confirm", follow=True)
    assert "kept no longer" in messages_of(answer)[0]
    assert Job.objects.count() == 2


def test_one_job_too_many_leaves_the_file_where_it_is(alice, cast, settings):
    settings.JOBS_PER_CALLER = 1
    check = checked(alice)
    enqueue(cast.alice)
    assert (
        "1 jobs of yours" in messages_of(alice.post(f"{IMPORT}/{check.pk}/confirm", follow=True))[0]
    )
    check.refresh_from_db()
    assert check.input_key


# -- who may


def test_only_the_owner_goes_on(client, cast):
    browser = enter(client, cast.alice)
    address, check = columns_of(browser), checked(browser)
    for other in (cast.bob, cast.root):
        browser = enter(client, other)
        assert browser.get(address).status_code == 404
        assert browser.post(address, CHOSEN).status_code == 404
        for path in ("confirm", "discard"):
            assert browser.post(f"{IMPORT}/{check.pk}/{path}").status_code == 404
        for which in ("verdicts", "rejected"):
            assert browser.get(f"{IMPORT}/{check.pk}/file/{which}").status_code == 404
    assert "no address" not in shown(browser, check).content.decode()
    assert Job.objects.count() == 1


def test_the_rights_are_asked_for_at_every_step(client, cast):
    browser = enter(client, cast.alice)
    address, check = columns_of(browser), checked(browser)
    cast.alice.roles.set([role("Reader")])
    for path in (address, IMPORT, f"{IMPORT}/{check.pk}/file/verdicts"):
        assert browser.get(path).status_code == 403
    for path in (address, f"{IMPORT}/{check.pk}/confirm", f"{IMPORT}/{check.pk}/discard"):
        assert browser.post(path, CHOSEN).status_code == 403
    assert Job.objects.count() == 1


@pytest.mark.parametrize("path", ["confirm", "discard"])
def test_what_changes_something_is_posted(alice, path):
    check = checked(alice)
    assert alice.get(f"{IMPORT}/{check.pk}/{path}").status_code == 405


@pytest.mark.parametrize("path", ["confirm", "discard", "file/shoe", "file/verdicts", "columns"])
def test_what_there_is_not_is_not_found(alice, cast, path):
    other = enqueue(cast.alice)  # an export
    for some in (other.pk, "upl_0000000000000000", "x"):
        answer = (alice.post if path in ("confirm", "discard") else alice.get)(
            f"{IMPORT}/{some}/{path}"
        )
        assert answer.status_code == 404
    assert alice.get(f"{IMPORT}/{checked(alice).pk}/file/shoe").status_code == 404


# -- a file that nobody confirms


def test_a_file_is_kept_for_an_hour_after_its_check(alice, tmp_path):
    check = checked(alice)
    ended = clock.now() - INPUT_KEPT
    Job.objects.filter(pk=check.pk).update(finished_at=ended + timedelta(minutes=1))
    assert jobs.clean_inputs() == 0
    Job.objects.filter(pk=check.pk).update(finished_at=ended)
    assert "kept no longer" in shown(alice, check).content.decode()
    assert jobs.clean_inputs() == 1
    assert [path for path in kept(tmp_path) if path.suffix == ".upload"] == []
    assert confirm(alice, check).url == IMPORT
    assert Job.objects.count() == 1


@pytest.mark.parametrize("end", [State.FAILED, State.CANCELLED])
def test_the_file_of_a_check_without_an_end_is_not_kept(alice, tmp_path, end):
    alice.post(columns_of(alice), CHOSEN)
    job = Job.objects.get()
    if end == State.CANCELLED:
        job.cancel()
    else:
        Job.objects.filter(pk=job.pk).update(
            state=end, finished_at=clock.now(), error_code="x", error_text="x"
        )
    assert jobs.clean_inputs() == 1
    assert kept(tmp_path) == []


def test_housekeeping_leaves_a_file_that_was_confirmed_meanwhile(alice, tmp_path, monkeypatch):
    """Between the look at what is over and the removal, another job has taken the file."""
    check = checked(alice)
    over = Job.objects.get(pk=check.pk)
    confirm(alice, check)
    monkeypatch.setattr(
        "exports.models.job_queryset.JobQuerySet.__iter__", lambda self: iter([over]), raising=False
    )
    assert jobs.clean_inputs() == 0
    monkeypatch.undo()
    assert done().summary["inserted"] == 1


@pytest.mark.parametrize("is_checked", [True, False])
def test_a_discarded_file_is_gone_at_once(alice, tmp_path, is_checked):
    address = columns_of(alice)
    some_id = address.split("/")[-2]
    if is_checked:
        alice.post(address, CHOSEN)
        some_id = done().pk
    answer = alice.post(f"{IMPORT}/{some_id}/discard", follow=True)
    assert "nothing was imported" in messages_of(answer)[0]
    assert [path for path in kept(tmp_path) if path.suffix == ".upload"] == []
    assert alice.get(address).status_code == 404


def test_uploads_without_columns_are_few_and_do_not_stay(alice, tmp_path):
    addresses = [columns_of(alice) for _ in range(import_uploads.MOST + 1)]
    assert len(kept(tmp_path)) == import_uploads.MOST
    assert [alice.get(each).status_code for each in addresses] == [404, 200, 200, 200]
    assert files.remove_abandoned() == 0
    assert files.remove_abandoned(clock.now() + 2 * files.ABANDONED_AFTER) == import_uploads.MOST
    assert kept(tmp_path) == []


def test_an_upload_that_waited_too_long_is_told(alice, monkeypatch):
    address = columns_of(alice)
    late = clock.now() + files.ABANDONED_AFTER
    monkeypatch.setattr(clock, "now", lambda: late)
    answer = alice.post(address, CHOSEN, follow=True)
    assert "kept no longer" in messages_of(answer)[0]
    assert not Job.objects.exists()


# -- bounds


def test_the_pages_ask_the_same_number_of_questions_whatever_the_file(alice):
    asked = []
    for number in (3, 300):
        rows = [[f"user-{number}-{row}", f"bad {row}", ""] for row in range(number)]
        check = checked(alice, csv_of(["Login", "E-Mail", "Team"], *rows))
        with CaptureQueriesContext(connection) as queries:
            answer = shown(alice, check)
        asked.append(len(queries))
        section = answer.context["sections"][0]
        assert (section["count"], len(section["rows"])) == (number, min(number, 20))
    assert asked[0] == asked[1]


def test_a_check_asks_the_same_number_of_questions_whatever_the_file(alice):
    asked = []
    for number in (10, 100):
        rows = [[f"user-{row}", f"user-{row}@example.com", ""] for row in range(number)]
        alice.post(columns_of(alice, csv_of(["Login", "E-Mail", "Team"], *rows)), CHOSEN)
        with CaptureQueriesContext(connection) as queries:
            assert done().summary["inserted"] == number
        asked.append(len(queries))
    assert asked[0] == asked[1]


def test_the_list_leads_to_the_import(alice):
    assert f'href="{IMPORT}"' in alice.get(PEOPLE).content.decode()
