"""Jobs in the admin: asked for from a list or with a file, looked at, taken and cancelled."""

import gzip
import json

import pytest
from django.contrib.admin.utils import quote
from django.db import connection
from django.test.utils import CaptureQueriesContext

from exports import jobs
from exports.models import Job, State
from users.importing.preview import MOST_ROWS
from users.models import AuditEntry, Connection, User

from .browsing import PEOPLE, enter, messages_of, people
from .dialogs import asked
from .importing import csv_of, guessed, person, to_columns
from .jobs import enqueue, keep_files_in

pytestmark = [pytest.mark.django_db, pytest.mark.one_cast]
JOBS = "/admin/exports/job/"
IMPORT = f"{PEOPLE}import"


@pytest.fixture(autouse=True)
def _files(settings, tmp_path):
    keep_files_in(settings, tmp_path)


def upload(browser, content, action="check", **form):
    """Upload a file, let its columns be what their titles say, have it checked, or imported too."""
    answer = to_columns(browser, content, **form)
    if answer.status_code != 302:
        return answer
    answer = browser.post(answer["Location"], guessed(browser.get(answer["Location"])))
    if action == "check" or answer.status_code != 302:
        return answer
    return browser.post(f"{IMPORT}/{done().pk}/confirm")


def done():
    """Do the one job that waits."""
    job = jobs.claim()
    jobs.run(job)
    job.refresh_from_db()
    return job


def page(job):
    return f"{JOBS}{quote(job.pk)}/change/"


TWO = csv_of(["username", "email"], ["ann", "ann@example.com"], ["bad", "nomail"])


# -- a file comes in


def test_a_check_tells_what_would_happen_and_writes_nothing(client, cast):
    browser = enter(client, cast.bob)
    answer = upload(browser, TWO)
    job = Job.objects.get()
    assert (answer.status_code, answer["Location"]) == (302, page(job))
    done()
    text = browser.get(page(job)).content.decode()
    for word in ("Check of people.csv", "Would be new", "Errors", "nomail", "3"):
        assert word in text
    assert not User.objects.filter(username="ann").exists()
    assert not AuditEntry.objects.filter(event="import").exists()


def test_an_import_takes_the_good_rows(client, cast):
    browser = enter(client, cast.bob)
    other = Connection.objects.create(name="Partners", domain="partners.example")
    upload(browser, TWO, "do", connection=other.pk, send_completion_email="on")
    job = done()
    assert (job.summary["inserted"], job.summary["failed"]) == (1, 1)
    ann = User.objects.get(username="ann")
    assert (ann.connection, ann.organization) == (other, cast.bob.organization)
    assert job.letter_due
    assert "Import of people.csv" in browser.get(page(job)).content.decode()


def test_who_is_there_is_changed_when_that_is_asked_for(client, cast):
    row = csv_of(["email", "name"], [cast.ivo.email, "Ivo the Second"])
    upload(enter(client, cast.bob), row, "do", upsert="email")
    assert done().summary["updated"] == 1
    cast.ivo.refresh_from_db()
    assert cast.ivo.name == "Ivo the Second"


@pytest.mark.parametrize(
    ("content", "form", "word"),
    [
        (b"", {}, "empty"),
        (TWO, {"upsert": "shoe"}, "shoe"),
        (TWO, {"connection": "con_x"}, "Select a valid choice"),
    ],
)
def test_a_form_that_is_not_understood_is_shown_again(client, cast, content, form, word, tmp_path):
    answer = upload(enter(client, cast.bob), content, **form)
    assert answer.status_code == 200
    assert word in answer.content.decode()
    assert not Job.objects.exists()
    assert [path for path in tmp_path.glob("*/*") if path.is_file()] == []


def test_a_file_that_is_too_large_is_told(client, cast, settings):
    settings.IMPORT_MAX_UPLOAD = 10
    assert "is larger than 10" in upload(enter(client, cast.bob), TWO).content.decode()


def test_one_job_too_many_is_told(client, cast, settings, tmp_path):
    settings.JOBS_PER_CALLER = 1
    browser = enter(client, cast.bob)
    upload(browser, TWO)
    assert "1 jobs of yours" in upload(browser, TWO).content.decode()
    # The second file waits for its columns, and a little patience.
    assert len([path for path in tmp_path.glob("*/*") if path.is_file()]) == 2


@pytest.mark.parametrize("who", ["rita"])
def test_who_may_not_import(client, cast, who):
    browser = enter(client, getattr(cast, who))
    assert browser.get(IMPORT).status_code == 403
    assert upload(browser, TWO).status_code == 403
    assert IMPORT.encode() not in browser.get(PEOPLE).content


# -- a file goes out


def test_a_list_is_exported_by_a_job_in_its_order(client, cast, call):
    browser = enter(client, cast.alice)
    query = "q=example&status=active&o=1"
    answer = browser.post(f"{PEOPLE}export?{query}", asked(format="json"))
    job = done()
    assert answer["Location"] == page(job)
    taken = browser.get(f"{JOBS}{job.pk}/file")
    assert taken.status_code == 302
    file = browser.get(taken["Location"])
    lines = gzip.decompress(b"".join(file.streaming_content)).splitlines()
    expected = people(browser, q="example", status="active", o="1")
    assert [json.loads(line)["username"] for line in lines] == expected
    entry = AuditEntry.objects.get(event="export")
    assert entry.additional_data["family"] == "admin"
    filters = {"q": "example", "status": ["active"]}
    assert entry.additional_data["filters"]["filters"] == job.request["filters"] == filters
    for address in (page(job), JOBS):
        assert "Active" in browser.get(address).content.decode()
    # A filter's name is no key of the job's own over the API.
    assert call(cast.alice).get(f"/api/v2/jobs/{job.pk}").json()["status"] == "completed"


def test_a_question_that_is_not_understood_exports_nobody(client, cast):
    browser = enter(client, cast.alice)
    answer = browser.post(f"{PEOPLE}export?statsu=active", asked())
    assert answer["Location"] == f"{PEOPLE}?statsu=active"
    assert not Job.objects.exists()


def test_too_many_jobs_are_a_message(client, cast, settings):
    settings.JOBS_PER_CALLER = 0
    answer = enter(client, cast.alice).post(f"{PEOPLE}export", asked(), follow=True)
    assert "0 jobs of yours" in messages_of(answer)[0]


# -- looking after them


def test_one_sees_the_own_jobs_and_superusers_all(client, cast):
    own, other = enqueue(cast.alice), enqueue(cast.bob)
    browser = enter(client, cast.alice)
    text = browser.get(JOBS).content.decode()
    assert page(own) in text
    assert browser.get(page(own)).status_code == 200
    assert page(other) not in text
    for path in (
        f"{other.pk}/change/",
        f"{other.pk}/file",
        "job_5F0000000000000000/change/",
        "x/change/",
    ):
        assert browser.get(f"{JOBS}{path}").status_code == 404
    assert browser.post(f"{JOBS}{other.pk}/cancel").status_code == 404
    assert set(browser.get(f"{JOBS}progress").json()) == {own.pk}
    assert page(other) in enter(client, cast.root).get(JOBS).content.decode()


def test_only_the_owner_takes_the_file_and_reads_the_rows(client, cast):
    upload(enter(client, cast.bob), TWO, "do")
    job = done()
    browser = enter(client, cast.root)
    text = browser.get(page(job)).content.decode()
    assert "nomail" not in text
    assert f"{job.pk}/file" not in text
    assert browser.get(f"{JOBS}{job.pk}/file").status_code == 404


def test_the_rows_that_a_broken_file_refused_are_taken(client, cast):
    browser = enter(client, cast.bob)
    rows = [[f"user-{number}", f"nomail-{number}"] for number in range(MOST_ROWS)]
    upload(browser, csv_of(["username", "email"], *rows) + '"')
    job = done()
    assert (job.state, job.error_code) == (State.FAILED, "csv")
    assert f"{job.pk}/file" in browser.get(page(job)).content.decode()
    taken = browser.get(f"{JOBS}{job.pk}/file", follow=True)
    assert taken.status_code == 200
    assert 'filename="users_refused_' in taken["Content-Disposition"]
    lines = gzip.decompress(b"".join(taken.streaming_content)).splitlines()
    assert [json.loads(line)["line"] for line in lines] == [*range(2, MOST_ROWS + 3)]


def test_a_job_is_cancelled(client, cast):
    job = enqueue(cast.alice)
    browser = enter(client, cast.alice)
    assert f"{job.pk}/cancel" in browser.get(page(job)).content.decode()
    assert browser.get(f"{JOBS}{job.pk}/cancel").status_code == 405
    told = browser.post(f"{JOBS}{job.pk}/cancel", follow=True)
    assert messages_of(told) == ["The job was cancelled."]
    job.refresh_from_db()
    assert job.state == State.CANCELLED
    told = browser.post(f"{JOBS}{job.pk}/cancel", follow=True)
    assert messages_of(told) == ["The job had ended already."]


def test_progress_is_told(client, cast):
    job = enqueue(cast.alice)
    job.start()
    job.beat(250, 1000)
    told = enter(client, cast.alice).get(f"{JOBS}progress").json()[job.pk]
    assert (told["state"], told["percent"]) == ("running", 25)
    assert told["words"].startswith("250 of 1,000 rows")


def test_nobody_without_the_right_to_files_sees_jobs(client, cast):
    permissions = cast.rita.roles.get().permissions
    permissions.remove(*permissions.filter(codename="export_user"))
    job = enqueue(cast.rita)
    browser = enter(client, cast.rita)
    for path in ("", "progress", f"{quote(job.pk)}/change/", f"{job.pk}/file"):
        assert browser.get(f"{JOBS}{path}").status_code == 403
    assert JOBS.encode() not in browser.get("/admin/").content


def test_a_hundred_jobs_cost_what_ten_do(client, cast, settings):
    settings.JOBS_PER_CALLER = 1000
    browser = enter(client, cast.root)

    def cost():
        with CaptureQueriesContext(connection) as queries:
            assert browser.get(JOBS).status_code == 200
        return len(queries)

    for _ in range(10):
        enqueue(cast.alice)
    browser.get(JOBS)
    few = cost()
    for _ in range(40):
        enqueue(cast.bob)
    assert cost() == few


def test_a_person_may_be_called_anything(client, cast):
    """What is in a file is shown as text."""
    evil = "<script>alert(1)</script>"
    content = json.dumps(person("ann", name="x", email=evil))
    upload(enter(client, cast.bob), content, "do")
    job = done()
    text = client.get(page(job)).content.decode()
    assert evil not in text
    assert "&lt;script&gt;" in text
