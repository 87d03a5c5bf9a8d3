"""The dialog of an export: whom, which columns, which format, at once or by a job."""

import csv
import gzip
import io
import json
from datetime import UTC, datetime

import openpyxl
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from exports import jobs
from exports.models import Job, State
from users.models import AuditEntry, ListPreference, User

from .browsing import PEOPLE, enter, messages_of, people
from .dialogs import asked, own
from .factories import UserFactory
from .jobs import enqueue, keep_files_in

pytestmark = [pytest.mark.django_db, pytest.mark.one_cast, pytest.mark.once]
DIALOG = f"{PEOPLE}export"
JOBS = "/admin/exports/job/"


@pytest.fixture(autouse=True)
def _files(settings, tmp_path):
    keep_files_in(settings, tmp_path)


def table(answer):
    """Return the rows of a CSV file, its titles first."""
    assert answer.status_code == 200, answer.status_code
    return list(csv.reader(io.StringIO(answer.getvalue().decode())))


def errors(answer):
    assert answer.status_code == 200
    return {name: list(found) for name, found in answer.context["form"].errors.items()}


def done():
    job = jobs.claim()
    jobs.run(job)
    job.refresh_from_db()
    return job


def file_of(browser, job):
    answer = browser.get(f"{JOBS}{job.pk}/file", follow=True)
    assert answer.status_code == 200
    return answer, b"".join(answer.streaming_content)


# -- which columns


def test_the_file_has_the_columns_that_the_list_shows(client, cast):
    ListPreference.objects.keep(cast.alice, ["role_names", "standing", "site_names"], 50)
    rows = table(enter(client, cast.alice).post(f"{DIALOG}?q=ivo", asked("file")))
    assert rows[0] == ["Name", "Username", "User Roles", "Stored Status", "Sites"]
    assert [row[1] for row in rows[1:]] == ["ivo"]


def test_every_column_of_the_list_has_one_in_the_file(client, cast):
    from users.admin.people_columns import ALL

    ListPreference.objects.keep(cast.alice, list(ALL), 50)
    titles = table(enter(client, cast.alice).post(DIALOG, asked("file")))[0]
    # A person is name and username, which are columns of their own, too.
    assert len(titles) == len(set(titles)) == len(ALL) - 1


def test_all_columns_are_those_that_one_may_see(client, cast):
    titles = table(enter(client, cast.rita).post(DIALOG, asked("file", columns="all")))[0]
    assert {"Id", "Sites", "Account State", "Login Count"} <= set(titles)
    assert not {"User Metadata", "Created By"} & set(titles)
    titles = table(enter(client, cast.root).post(DIALOG, asked("file", columns="all")))[0]
    assert {"User Metadata", "Created By"} <= set(titles)


def test_own_columns_come_in_their_order_under_their_titles(client, cast):
    choice = own(email="Indirizzo", username="", last_login="Seen")
    rows = table(enter(client, cast.alice).post(f"{DIALOG}?q=ivo", asked("file", **choice)))
    assert rows[0] == ["Indirizzo", "Username", "Seen"]
    assert rows[1][:2] == [cast.ivo.email, "ivo"]


def test_a_title_that_is_a_formula_is_none(client, cast):
    rows = table(enter(client, cast.alice).post(DIALOG, asked("file", **own(email="=1+1"))))
    assert rows[0] == ["'=1+1"]


def test_a_column_beyond_ones_rights_cannot_be_had(client, cast):
    choice = own(username="", user_metadata="")
    rows = table(enter(client, cast.rita).post(DIALOG, asked("file", **choice)))
    assert rows[0] == ["Username"]


@pytest.mark.parametrize(
    ("chosen", "field", "words"),
    [
        ({"columns": "own"}, "columns", "at least one"),
        (own(email="x", username="x"), "columns", "the title x"),
        (own(email="Username", username=""), "columns", "the title Username"),
        ({"columns": "some"}, "columns", "some is not one of"),
        ({"format": "exe"}, "format", "exe is not one of"),
        ({"zone": "Europe/Rom"}, "zone", "Europe/Rom is not an IANA time zone"),
        ({"zone": ""}, "zone", "required"),
        (own(email="x") | {"place_email": "99"}, "place_email", "less than or equal"),
        (own(email="x") | {"place_email": "first"}, "place_email", "whole number"),
        (own(email="x" * 101), "title_email", "at most 100"),
    ],
)
@pytest.mark.parametrize("do", ["file", "job"])
def test_what_is_not_understood_is_told(client, cast, do, chosen, field, words):
    answer = enter(client, cast.alice).post(DIALOG, asked(do, **chosen))
    assert words in errors(answer)[field][0]
    assert not Job.objects.exists()
    assert not AuditEntry.objects.filter(event="export").exists()


def test_what_was_filled_in_is_not_lost(client, cast):
    choice = own(email="Indirizzo") | {"zone": "Mars/Base"}
    text = enter(client, cast.alice).post(DIALOG, asked(**choice)).content.decode()
    assert 'value="Indirizzo"' in text
    assert 'value="Mars/Base"' in text


# -- which format


def test_instants_are_told_in_the_zone(client, cast):
    User.objects.with_ids([cast.ivo.pk]).update(
        last_login=datetime(2025, 7, 1, 22, 30, 15, tzinfo=UTC)
    )
    choice = asked("file", zone="europe/rome", **own(last_login=""))
    rows = table(enter(client, cast.alice).post(f"{DIALOG}?q=ivo", choice))
    assert rows[1] == ["2025-07-02T00:30:15+0200"]
    choice = asked("file", format="xlsx", zone="Europe/Rome", **own(last_login=""))
    book = enter(client, cast.alice).post(f"{DIALOG}?q=ivo", choice).getvalue()
    cell = openpyxl.load_workbook(io.BytesIO(book)).active["A2"]
    assert str(cell.value) == "2025-07-02 00:30:15"


def test_a_byte_order_mark_is_there_if_wanted(client, cast):
    browser = enter(client, cast.alice)
    assert browser.post(DIALOG, asked("file", bom="on")).getvalue().startswith(b"\xef\xbb\xbfName,")
    assert browser.post(DIALOG, asked("file")).getvalue().startswith(b"Name,")
    assert browser.post(DIALOG, asked("file", bom="on", format="json")).getvalue()[:1] == b"{"


def test_own_titles_are_the_keys_of_json(client, cast):
    choice = asked("file", format="json", **own(email="mail", roles=""))
    [line] = enter(client, cast.alice).post(f"{DIALOG}?q=ivo", choice).getvalue().splitlines()
    assert list(json.loads(line)) == ["mail", "User Roles"]


def test_too_many_for_paper_is_told_and_nothing_is_lost(client, cast, settings):
    settings.EXPORT_MAX_ROWS = 2
    browser = enter(client, cast.alice)
    assert "holds at most 2" in browser.get(DIALOG).content.decode()
    for do in ("file", "job"):
        answer = browser.post(DIALOG, asked(do, format="pdf", zone="Asia/Tokyo"))
        assert "at most 2" in errors(answer)["__all__"][0]
        assert 'value="Asia/Tokyo"' in answer.content.decode()
    assert not Job.objects.exists()


# -- whom


def test_the_dialog_tells_whom(client, cast):
    browser = enter(client, cast.alice)
    text = browser.get(f"{DIALOG}?status=active").content.decode()
    count = len(people(browser, status="active"))
    assert f"{count} users" in text
    assert "Active" in text


def test_the_ticked_come_and_nobody_out_of_sight(client, cast):
    browser = enter(client, cast.alice)
    ticked = [cast.ivo, cast.alice, cast.zoe]
    data = {"action": "export_dialog", "_selected_action": [str(row.pk) for row in ticked]}
    text = browser.post(f"{PEOPLE}?q=i", data).content.decode()
    for row in ticked:
        assert f'name="selected" value="{row.pk}"' in text
    rows = table(
        browser.post(DIALOG, asked("file", selected=[row.pk for row in ticked], **own(username="")))
    )
    assert sorted(row[0] for row in rows[1:]) == ["alice", "ivo"]


def test_all_that_match_are_asked_for_by_the_filter(client, cast):
    browser = enter(client, cast.alice)
    data = {"action": "export_dialog", "_selected_action": [cast.ivo.pk], "select_across": "1"}
    answer = browser.post(f"{PEOPLE}?q=example", data)
    assert answer["Location"] == f"{DIALOG}?q=example"


def test_who_may_not_take_files_sees_no_dialog(client, cast):
    permissions = cast.rita.roles.get().permissions
    permissions.remove(*permissions.filter(codename="export_user"))
    browser = enter(client, cast.rita)
    assert browser.get(DIALOG).status_code == 403
    assert browser.post(DIALOG, asked()).status_code == 403
    assert DIALOG.encode() not in browser.get(PEOPLE).content


def test_the_dialog_costs_the_same_for_few_and_for_many(client, cast):
    browser = enter(client, cast.alice)

    def cost():
        with CaptureQueriesContext(connection) as queries:
            assert browser.get(DIALOG).status_code == 200
        return len(queries)

    browser.get(DIALOG)
    few = cost()
    for _ in range(60):
        UserFactory(organization=cast.europe)
    assert cost() == few < 15


# -- by a job


def test_a_job_makes_the_same_file(client, cast):
    browser = enter(client, cast.alice)
    choice = own(email="Mail", username="") | {"zone": "Europe/Rome", "bom": "on"}
    at_once = browser.post(f"{DIALOG}?q=example", asked("file", **choice)).getvalue()
    browser.post(f"{DIALOG}?q=example", asked(**choice))
    answer, content = file_of(browser, done())
    assert answer["Content-Type"] == "application/gzip"
    assert gzip.decompress(content) == at_once


def test_a_job_takes_the_ticked(client, cast):
    browser = enter(client, cast.alice)
    browser.post(DIALOG, asked(selected=[cast.ivo.pk, cast.zoe.pk], **own(username="")))
    job = done()
    assert (job.state, job.rows_done) == (State.DONE, 1)
    assert "2 users" in browser.get(JOBS).content.decode()


@pytest.mark.parametrize(
    ("word", "kind", "begin"),
    [
        ("pdf", "application/pdf", b"%PDF"),
        ("xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", b"PK"),
    ],
)
def test_a_job_makes_files_for_readers(client, cast, word, kind, begin):
    browser = enter(client, cast.alice)
    browser.post(f"{DIALOG}?q=ivo", asked(format=word))
    job = done()
    assert (job.state, job.rows_done) == (State.DONE, 1)
    answer, content = file_of(browser, job)
    assert answer["Content-Type"] == kind
    assert answer["Content-Disposition"].endswith(f'.{word}"')
    assert content.startswith(begin)


def test_more_for_paper_than_when_it_was_asked_for_is_no_file(client, cast, settings):
    browser = enter(client, cast.alice)
    browser.post(DIALOG, asked(format="pdf"))
    settings.EXPORT_MAX_ROWS = 2
    job = done()
    assert (job.state, job.error_code) == (State.FAILED, "invalid")


def test_a_job_runs_again_of_whom_its_filters_match_then(client, cast):
    browser = enter(client, cast.alice)
    browser.post(f"{DIALOG}?q=ivo", asked(**own(username="Who")))
    first = done()
    UserFactory(organization=cast.europe, username="ivo2")
    assert f"{JOBS}{first.pk}/again" in browser.get(JOBS).content.decode()
    assert browser.get(f"{JOBS}{first.pk}/again").status_code == 405
    browser.post(f"{JOBS}{first.pk}/again")
    second = done()
    assert (first.rows_done, second.rows_done) == (1, 2)
    assert second.spec == first.spec
    assert gzip.decompress(file_of(browser, second)[1]).decode().splitlines()[0] == "Who"


def test_only_ones_own_lists_run_again(client, cast):
    browser = enter(client, cast.root)
    enter(client, cast.alice).post(DIALOG, asked())
    job = done()
    browser = enter(client, cast.root)
    assert browser.post(f"{JOBS}{job.pk}/again").status_code == 404
    other = enqueue(cast.root)  # by the API, whose client asks again by itself
    assert browser.post(f"{JOBS}{other.pk}/again").status_code == 404


def test_one_job_too_many_is_a_message(client, cast, settings):
    settings.JOBS_PER_CALLER = 0
    answer = enter(client, cast.alice).post(DIALOG, asked(), follow=True)
    assert "0 jobs of yours" in messages_of(answer)[0]
