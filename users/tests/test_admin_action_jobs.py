"""What is done to very many people by a job: shown, done once, told of each, undone if at once."""

import csv
import gzip
import io
from datetime import timedelta
from smtplib import SMTPServerDisconnected

import pytest
import time_machine
from django.contrib.admin.utils import quote
from django.db import OperationalError, connection
from django.test import TestCase
from django.test.utils import CaptureQueriesContext

from exports import jobs
from exports.models import Job, State
from users import bulk_runs, job_actions, operations, rules
from users.admin import bulk as admin_bulk
from users.models import AuditEntry, BulkOutcome, Invitation, Role, User
from usersvc import clock

from .browsing import PEOPLE, enter, messages_of
from .factories import GroupFactory, UserFactory
from .jobs import keep_files_in

pytestmark = [pytest.mark.django_db, pytest.mark.one_cast]
JOBS = "/admin/exports/job/"


@pytest.fixture(autouse=True)
def _many(settings, tmp_path, monkeypatch):
    """Three are very many here, and two a block."""
    keep_files_in(settings, tmp_path)
    monkeypatch.setattr(admin_bulk, "FEW", 2)
    monkeypatch.setattr(bulk_runs, "BLOCK", 2)
    monkeypatch.setattr(job_actions, "BLOCK", 2)


@pytest.fixture
def crowd(cast):
    return [UserFactory(organization=cast.italy, username=f"crowd{n}") for n in range(5)]


def ask(browser, action="suspend", query="?q=crowd", **more):
    values = {"action": action, "_selected_action": ["x"], "select_across": "1", **more}
    return browser.post(f"{PEOPLE}{query}", values)


def do(browser, action="suspend", **more):
    """Confirm, and do the job that comes of it."""
    answer = ask(browser, action, confirm="yes", **more)
    job = Job.objects.order_by("-created_at").first()
    assert answer["Location"] == page(job)
    return done(job)


def done(job):
    claimed = jobs.claim()
    jobs.run(claimed)
    job.refresh_from_db()
    return job


def page(job):
    return f"{JOBS}{quote(job.pk)}/change/"


def results(browser, job):
    answer = browser.get(f"{JOBS}{job.pk}/file", follow=True)
    text = gzip.decompress(b"".join(answer.streaming_content)).decode()
    return {
        row["Username"]: row["Reason"] or row["Outcome"]
        for row in csv.DictReader(io.StringIO(text))
    }


def suspended():
    people = User.objects.with_status(["suspended"]).filter(username__startswith="crowd")
    return sorted(people.values_list("username", flat=True))


def test_the_preview_says_that_a_job_does_it(client, cast, crowd):
    text = ask(enter(client, cast.bob)).content.decode()
    assert "<strong>5 users</strong> will be suspended" in text
    assert "done by a job" in text
    assert not Job.objects.exists()


def test_of_very_many_the_first_are_judged_beforehand(client, cast, crowd, monkeypatch):
    monkeypatch.setattr(admin_bulk, "JUDGED", 3)
    crowd[0].suspend()
    text = ask(enter(client, cast.bob)).content.decode()
    assert "<strong>5 users</strong> are chosen. Of the first 3 users:" in text
    assert "<strong>2 users</strong> will be suspended" in text
    assert "Suspend: 5 users" in text


def test_a_job_does_it_and_tells_of_each(client, cast, crowd):
    browser = enter(client, cast.bob)
    crowd[1].suspend()
    job = do(browser)
    assert (job.state, job.rows_done) == (State.DONE, 5)
    assert (job.summary["done"], job.summary["skipped"]) == (4, 1)
    assert suspended() == [f"crowd{n}" for n in range(5)]
    told = results(browser, job)
    assert told.pop("crowd1") == "They are suspended or deleted already."
    assert set(told.values()) == {"done"}
    text = browser.get(page(job)).content.decode()
    assert "They are suspended or deleted already." in text
    assert "Search: crowd; Selected: 5 users" in browser.get(JOBS).content.decode()
    entries = AuditEntry.objects.filter(object_pk__in=[str(row.pk) for row in crowd])
    assert set(entries.values_list("actor__username", flat=True)) >= {"bob"}


def test_whom_it_is_for_is_decided_when_it_is_confirmed(client, cast, crowd):
    browser = enter(client, cast.bob)
    ask(browser, confirm="yes")
    late = UserFactory(organization=cast.italy, username="crowd9")
    crowd[0].soft_delete()
    job = done(Job.objects.get())
    assert (job.summary["done"], job.summary["skipped"]) == (4, 1)
    late.refresh_from_db()
    assert late.status == "active"


def test_rules_hold_for_each_when_it_is_done(client, cast, crowd):
    browser = enter(client, cast.bob)
    ask(browser, confirm="yes")
    crowd[2].roles.add(Role.objects.get(name="Super Admin"))
    User.objects.filter(pk=crowd[3].pk).update(organization=cast.asia)
    job = done(Job.objects.get())
    assert job.summary["reasons"] == {rules.BEYOND: 1, bulk_runs.NOT_FOUND: 1}
    told = results(browser, job)
    assert "crowd3" not in told  # out of sight: not even its name is told
    assert suspended() == ["crowd0", "crowd1", "crowd4"]


@pytest.mark.parametrize("dies_at", [1, 2, 3])
def test_a_job_that_dies_goes_on_and_does_nothing_twice(client, cast, crowd, monkeypatch, dies_at):
    browser = enter(client, cast.bob)
    ask(browser, confirm="yes")
    real, blocks = bulk_runs.do_block, []

    def dying(*args):
        blocks.append(args)
        if len(blocks) == dies_at:
            raise OperationalError("the database is gone")
        return real(*args)

    monkeypatch.setattr(bulk_runs, "do_block", dying)
    job = jobs.claim()
    with pytest.raises(OperationalError):
        jobs.run(job)
    assert len(suspended()) == min(5, 2 * (dies_at - 1))
    later = clock.now() + timedelta(hours=1)
    with time_machine.travel(later):
        job = done(job)
    assert (job.state, job.attempt) == (State.DONE, 2)
    assert job.summary == {"place": 5, "done": 5, "skipped": 0, "reasons": {}}
    assert len(suspended()) == 5
    for row in crowd:
        assert AuditEntry.objects.filter(object_pk=str(row.pk), actor=cast.bob).count() == 1


def test_a_worker_that_lost_the_job_writes_nothing(client, cast, crowd):
    ask(enter(client, cast.bob), confirm="yes")
    job = jobs.claim()
    Job.objects.filter(pk=job.pk).update(attempt=2)
    jobs.run(job)
    assert suspended() == []
    assert not BulkOutcome.objects.exists()


def test_who_lost_the_right_does_nothing(client, cast, crowd):
    ask(enter(client, cast.bob), confirm="yes")
    cast.bob.roles.set([Role.objects.get(name="Reader")])
    job = done(Job.objects.get())
    assert (job.state, job.error_code) == (State.FAILED, "withdrawn")
    assert suspended() == []


def stopping_before(monkeypatch, block, change):
    """Let something happen after a block is done, and the worker see it at once."""
    real, blocks = bulk_runs.do_block, []

    def watching(*args):
        result = real(*args)
        blocks.append(args)
        if len(blocks) == block:
            change()
        return result

    monkeypatch.setattr(bulk_runs, "do_block", watching)
    checked = jobs.Pulse.check

    def check(pulse):
        pulse._reason = pulse.withdrawn()
        checked(pulse)

    monkeypatch.setattr(jobs.Pulse, "check", check)


def test_what_was_done_before_a_job_failed_is_told(client, cast, crowd, monkeypatch):
    browser = enter(client, cast.bob)
    ask(browser, confirm="yes")
    reader = Role.objects.get(name="Reader")
    stopping_before(monkeypatch, 2, lambda: cast.bob.roles.set([reader]))
    job = done(Job.objects.get())
    assert (job.state, job.error_code) == (State.FAILED, "withdrawn")
    assert (job.summary["done"], len(suspended())) == (4, 4)
    cast.bob.roles.set([Role.objects.get(name="Backoffice")])
    assert set(results(enter(client, cast.bob), job).values()) == {"done"}


def test_who_lost_any_right_goes_no_further(client, cast, crowd, monkeypatch):
    """Whom one may act on follows from all that one holds."""
    for row in crowd:
        row.roles.add(Role.objects.get(name="Super Admin"))
    ask(enter(client, cast.sue), confirm="yes")
    lesser = Role.objects.get(name="Backoffice")
    stopping_before(monkeypatch, 1, lambda: cast.sue.roles.set([lesser]))
    job = done(Job.objects.get())
    assert (job.state, len(suspended())) == (State.FAILED, 2)


def test_a_job_that_waits_ends_with_the_sign_ins_of_who_asked(client, cast, crowd):
    ask(enter(client, cast.bob), confirm="yes")
    cast.bob.refresh_from_db()
    operations.log_out(cast.bob)
    job = done(Job.objects.get())
    assert (job.state, job.error_code, suspended()) == (State.FAILED, "withdrawn", [])


def test_everybody_else_is_signed_out(client, cast, crowd):
    job = do(enter(client, cast.alice), "logout", query="?q=example")
    assert job.state == State.DONE
    assert job.summary["reasons"] == {rules.NOT_YOURSELF: 1}
    assert job.summary["done"] == 10


def test_letters_that_did_not_leave_are_told_so(client, cast, crowd, monkeypatch):
    User.objects.filter(username__startswith="crowd").update(status="onboarding")
    left = []

    def send(message, *args):
        if len(left) == 3:
            raise SMTPServerDisconnected("gone")
        left.append(message.to[0])

    monkeypatch.setattr("django.core.mail.EmailMessage.send", send)
    with TestCase.captureOnCommitCallbacks(execute=True):
        do(enter(client, cast.bob), "invite")
    states = [row.state(clock.now()) for row in Invitation.objects.of(crowd)]
    assert (states.count("pending"), states.count("unsent")) == (3, 2)


def test_what_is_undone_is_undone_once(client, cast, crowd):
    browser = enter(client, cast.bob)
    job = do(browser)
    browser.post(f"{JOBS}{job.pk}/undo")
    told = browser.post(f"{JOBS}{job.pk}/undo", follow=True)
    assert "being undone already" in messages_of(told)[-1]
    assert Job.objects.count() == 2


def test_who_takes_no_files_looks_after_such_jobs(client, cast, crowd):
    permissions = cast.bob.roles.get().permissions
    permissions.remove(*permissions.filter(codename="export_user"))
    browser = enter(client, cast.bob)
    job = do(browser)
    assert browser.get(page(job)).status_code == 200
    assert results(browser, job)


def test_what_it_gives_may_be_gone(client, cast, crowd):
    chess = GroupFactory(name="Chess")
    browser = enter(client, cast.bob)
    ask(browser, "add_group", thing=str(chess.pk), asked="yes", confirm="yes")
    chess.delete()
    job = done(Job.objects.get())
    assert (job.state, job.error_code) == (State.FAILED, "invalid")


def test_a_schedule_is_given_by_a_job(client, cast, crowd):
    when = {"ends_at_0": "2030-01-31", "ends_at_1": "18:00", "timezone": "UTC", "asked": "yes"}
    do(enter(client, cast.bob), "set_schedule", **when)
    assert User.objects.filter(access_ends_at__year=2030).count() == 5


def test_what_a_job_did_is_undone_by_a_job(client, cast, crowd):
    browser = enter(client, cast.bob)
    crowd[1].suspend()
    job = do(browser)
    assert f"{job.pk}/undo" in browser.get(page(job)).content.decode()
    assert browser.get(f"{JOBS}{job.pk}/undo").status_code == 405
    browser.post(f"{JOBS}{job.pk}/undo")
    done(Job.objects.exclude(pk=job.pk).get())
    assert suspended() == ["crowd1"]  # who was so before stays so
    with time_machine.travel(clock.now() + timedelta(seconds=31)):
        told = browser.post(f"{JOBS}{job.pk}/undo", follow=True)
    assert "too late" in messages_of(told)[-1]


def test_only_its_owner_undoes_it_and_takes_its_results(client, cast, crowd):
    job = do(enter(client, cast.bob))
    root = enter(client, cast.root)
    assert "too late" in messages_of(root.post(f"{JOBS}{job.pk}/undo", follow=True))[-1]
    assert root.get(f"{JOBS}{job.pk}/file").status_code == 404
    assert len(suspended()) == 5


def test_a_cancelled_job_stops(client, cast, crowd):
    browser = enter(client, cast.bob)
    ask(browser, confirm="yes")
    job = jobs.claim()
    browser.post(f"{JOBS}{job.pk}/cancel")
    jobs.run(job)
    job.refresh_from_db()
    assert (job.state, suspended()) == (State.CANCELLED, [])


def test_the_api_of_exports_knows_nothing_of_it(client, cast, crowd, call):
    job = do(enter(client, cast.bob))
    assert call(cast.bob).get(f"/api/v2/jobs/{job.pk}").status_code == 404
    assert job.pk not in call(cast.bob).get("/api/v2/jobs").content.decode()


def test_one_job_too_many_is_a_message(client, cast, crowd, settings, tmp_path):
    settings.JOBS_PER_CALLER = 0
    browser = enter(client, cast.bob)
    answer = browser.post(
        f"{PEOPLE}?q=crowd",
        {"action": "suspend", "_selected_action": ["x"], "select_across": "1", "confirm": "yes"},
        follow=True,
    )
    assert "0 jobs of yours" in messages_of(answer)[-1]
    assert not [path for path in tmp_path.glob("*/*") if path.is_file()]


def test_a_block_of_many_costs_as_many_statements_as_one_of_few(client, cast, monkeypatch):
    for n in range(40):
        UserFactory(organization=cast.italy, username=f"crowd{n}")

    def cost(size):
        monkeypatch.setattr(job_actions, "BLOCK", size)
        ask(enter(client, cast.bob), confirm="yes")
        job = jobs.claim()
        with CaptureQueriesContext(connection) as queries:
            jobs.run(job)
        for person in User.objects.with_status(["suspended"]):
            person.reactivate()
        return len(queries) / (40 / size)

    assert cost(40) < cost(10) * 1.5 + 15


def test_a_job_ends_with_its_outcomes(client, cast, crowd):
    crowd[0].suspend()
    job = do(enter(client, cast.bob))
    assert BulkOutcome.objects.count() == 1
    with time_machine.travel(job.expires_at + timedelta(seconds=1)):
        jobs.clean()
    assert not BulkOutcome.objects.exists()
