"""Scheduled exports: each run once, as a job of the owner, by a rule in a time zone."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.contrib.auth.models import Permission
from django.core import mail
from django.urls import reverse

from exports import jobs
from exports.models import Job
from users import operations
from users.list_exports import ListExport
from users.models import ExportSchedule
from users.models.export_schedule import MOST, PATIENCE
from users.notices import rules, schedules, tidying
from usersvc import clock

from .browsing import enter, errors_of, page_of, save
from .jobs import keep_files_in

pytestmark = [pytest.mark.django_db, pytest.mark.one_cast]

LIST, DIALOG = "/admin/users/exportschedule/", "/admin/users/user/export"
AT = datetime(2026, 3, 1, tzinfo=UTC)
GIVEN = {
    "do": "repeat",
    "format": "csv",
    "columns": "shown",
    "zone": "UTC",
    "repeat-name": "Nightly",
    "repeat-preset": "0 6 * * *",
    "repeat-zone": "Europe/Rome",
}


def schedule_of(owner, due=None, **values):
    at = due or clock.now()
    asked = ListExport(filters={"status": ["active"]}, columns=[("username", "")])
    values = {"name": f"schedule {ExportSchedule.objects.count()}", "rule": "0 6 * * *"} | values
    return ExportSchedule.objects.create(
        owner=owner, spec=asked.spec() | {"words": []}, next_run_at=at, **values
    )


def runs(rule, zone, first, number):
    """Return the next runs in the zone's own time."""
    found, at = [], first
    for _ in range(number):
        at = rules.next_run(rule, zone, at)
        found.append(at)
    return found


# -- rules


@pytest.mark.parametrize(
    "rule",
    [
        "0 6 * * *",
        "*/15 * * * *",
        "0,15,30,45 8-18 * * 1-5",
        "30 2 1 * *",
        "0 0 29 2 *",
        "0 9 * * mon",
    ],
)
def test_a_rule_is_kept(rule):
    assert rules.check(f"  {rule} ", "Europe/Rome", AT) == rule


@pytest.mark.parametrize(
    ("rule", "why"),
    [
        ("", "five fields"),
        ("0 6 * *", "five fields"),
        ("0 0 6 * * *", "five fields"),
        ("@daily", "five fields"),
        ("60 * * * *", "minute"),
        ("0 24 * * *", "hour"),
        ("0 0 32 * *", "day"),
        ("0 0 31 2 *", "day"),
        ("x * * * *", "minute"),
        ("*/0 * * * *", "minute"),
        ("* * * * *", "15 minutes"),
        ("*/14 * * * *", "15 minutes"),
        ("0,10 3 1 1 *", "15 minutes"),
        ("5,55 0,23 * * *", "15 minutes"),
        ("0 6 * * *" + " " * 200, "five fields"),
    ],
)
def test_a_rule_that_may_not_be_says_why(rule, why):
    with pytest.raises(rules.BadRule, match=why):
        rules.check(rule, "UTC", AT)


def test_a_time_that_a_day_skips_runs_once_on_that_day():
    first = datetime(2026, 3, 27, 12, tzinfo=UTC)  # the 29th has no 02:30 in Rome
    assert runs("30 2 * * *", "Europe/Rome", first, 3) == [
        datetime(2026, 3, 28, 1, 30, tzinfo=UTC),
        datetime(2026, 3, 29, 1, 0, tzinfo=UTC),
        datetime(2026, 3, 30, 0, 30, tzinfo=UTC),
    ]


def test_a_time_that_comes_twice_runs_once_on_that_day():
    first = datetime(2026, 10, 24, 12, tzinfo=UTC)  # the 25th has 02:30 twice in Rome
    found = runs("30 2 * * *", "Europe/Rome", first, 2)
    assert [each.date().day for each in found] == [25, 26]
    assert found[1] == datetime(2026, 10, 26, 1, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        ("0 6 * * *", "Every day at 06:00"),
        ("5 16 * * 0", "Every Sunday at 16:05"),
        ("0 6 * * 7", "Every Sunday at 06:00"),
        ("0 6 31 * *", "On day 31 of each month at 06:00"),
        ("*/20 * * * *", "*/20 * * * *"),
    ],
)
def test_common_rules_are_told_in_words(rule, said):
    assert rules.words(rule) == said


# -- runs


def test_what_is_due_runs_once_as_a_job_of_the_owner(cast, settings, tmp_path):
    keep_files_in(settings, tmp_path)
    schedule = schedule_of(cast.rita)
    assert schedules.run_due() == 1
    assert schedules.run_due() == 0
    job = Job.objects.get()
    assert (job.owner, job.kind, job.spec["schedule"]) == (cast.rita, "export", str(schedule.pk))
    jobs.run(jobs.claim())
    schedule.refresh_from_db()
    assert (schedule.last_state, schedule.last_job) == ("done", job.pk)
    assert schedule.next_run_at > clock.now()
    job.refresh_from_db()
    assert job.rows_done > 0


def test_of_two_workers_one_runs_it(cast):
    schedule = schedule_of(cast.rita)
    same = ExportSchedule.objects.get()
    later = clock.now() + timedelta(days=1)
    assert schedule.take(later)
    assert not same.take(later)


def test_what_was_missed_while_nobody_worked_runs_once(cast):
    schedule = schedule_of(cast.rita, rule="0 * * * *")
    with time_machine.travel(clock.now() + timedelta(days=3), tick=False):
        assert schedules.run_due() == 1
        assert schedules.run_due() == 0
        schedule.refresh_from_db()
        assert clock.now() < schedule.next_run_at <= clock.now() + timedelta(hours=1)
    assert Job.objects.count() == 1


def test_what_is_not_due_or_paused_does_not_run(cast):
    schedule_of(cast.rita, clock.now() + timedelta(minutes=1))
    schedule_of(cast.rita, is_active=False)
    assert schedules.run_due() == 0


@pytest.mark.parametrize("how", ["suspended", "deleted", "demoted", "busy", "column", "filter"])
def test_an_owner_who_may_not_gets_no_file_and_is_told_why(cast, settings, how):
    schedule = schedule_of(cast.rita)
    if how == "suspended":
        cast.rita.suspend()
    elif how == "deleted":
        cast.rita.soft_delete()
    elif how == "demoted":
        operations.change_members(cast.rita, "roles", [])
    elif how == "busy":
        settings.JOBS_PER_CALLER = 0
    elif how == "column":
        schedule.spec["columns"] = [["user_metadata", ""]]
        schedule.save()
    else:
        schedule.spec["filters"] = {"status": ["nonsense"]}
        schedule.save()
    schedules.run_due()
    schedule.refresh_from_db()
    assert (schedule.last_state, schedule.failures) == ("failed", 1)
    assert schedule.last_problem
    assert not Job.objects.exists()


def test_five_failures_in_a_row_pause_it_and_are_told_by_mail(cast, settings):
    schedule = schedule_of(cast.rita)
    settings.JOBS_PER_CALLER = 0
    for number in range(PATIENCE + 1):
        with time_machine.travel(clock.now() + timedelta(days=number), tick=False):
            schedules.run_due()
    schedule.refresh_from_db()
    assert (schedule.failures, schedule.is_active) == (PATIENCE, False)
    tidying.run()
    tidying.run()
    (letter,) = mail.outbox
    assert letter.to == [cast.rita.email]
    assert schedule.name in letter.body


def test_a_job_that_fails_counts_and_one_that_is_done_forgives(cast):
    schedule = schedule_of(cast.rita)
    for end, expected in (("fail", 1), ("finish", 0)):
        schedules.run_due()
        job = Job.objects.newest_first().first()
        assert job.start()
        job.fail("failed", "No file.") if end == "fail" else job.finish(1)
        schedule.refresh_from_db()
        assert schedule.failures == expected
        ExportSchedule.objects.update(next_run_at=clock.now())
        Job.objects.all().delete()


# -- the admin


def test_an_export_is_scheduled_in_its_dialog(client, cast):
    browser = enter(client, cast.rita)
    answer = browser.post(f"{DIALOG}?status=active", GIVEN)
    schedule = ExportSchedule.objects.get()
    assert answer["Location"] == page_of(schedule)
    assert (schedule.owner, schedule.rule, schedule.zone) == (cast.rita, "0 6 * * *", "Europe/Rome")
    assert schedule.spec["filters"] == {"status": ["active"]}
    assert schedule.next_run_at > clock.now()
    page = browser.get(page_of(schedule)).content.decode()
    assert "Every day at 06:00" in page
    assert browser.get(LIST).status_code == 200


def test_a_rule_of_ones_own_is_taken(client, cast):
    own = {"repeat-preset": "own", "repeat-rule": "30 7 * * 1-5"}
    assert enter(client, cast.rita).post(DIALOG, GIVEN | own).status_code == 302
    assert ExportSchedule.objects.get().rule == "30 7 * * 1-5"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", ""),
        ("name", "Taken"),
        ("preset", "* * * * *"),
        ("zone", "Europe/Roma"),
        ("rule", "* * * * *"),
    ],
)
def test_what_is_wrong_with_a_schedule_is_told(client, cast, field, value):
    schedule_of(cast.rita, name="Taken")
    own = {"repeat-preset": "own", "repeat-rule": "0 6 * * *", f"repeat-{field}": value}
    answer = enter(client, cast.rita).post(DIALOG, GIVEN | own)
    assert set(answer.context["repeat"].errors) == {field}
    assert b"errornote" in answer.content
    assert ExportSchedule.objects.count() == 1


def test_nobody_has_too_many(client, cast):
    for number in range(MOST):
        schedule_of(cast.rita, name=f"schedule {number}")
    answer = enter(client, cast.rita).post(DIALOG, GIVEN)
    assert str(MOST) in str(answer.context["repeat"].errors)


def verb(client, schedule, word):
    there = reverse("admin:users_exportschedule_verb", args=[schedule.pk, word])
    return client.post(there, follow=True)


def test_a_schedule_is_paused_switched_on_run_changed_and_deleted(client, cast):
    schedule = schedule_of(cast.rita)
    browser = enter(client, cast.rita)
    verb(browser, schedule, "pause")
    assert not ExportSchedule.objects.get().is_active
    verb(browser, schedule, "resume")
    assert ExportSchedule.objects.get().next_run_at > clock.now()
    verb(browser, schedule, "run")
    assert ExportSchedule.objects.get().last_job == Job.objects.get().pk
    assert browser.get(LIST).status_code == 200
    assert save(browser, schedule, preset="own", rule="0 7 * * *").status_code == 302
    assert ExportSchedule.objects.get().rule == "0 7 * * *"
    assert set(errors_of(save(browser, schedule, preset="own", rule="x"))) == {"rule"}
    delete = page_of(schedule).replace("change", "delete")
    assert browser.post(delete, {"post": "yes"}).status_code == 302
    assert not ExportSchedule.objects.exists()


def test_one_sees_ones_own_and_superusers_all(client, cast):
    schedule = schedule_of(cast.rita)
    browser = enter(client, cast.alice)
    assert list(browser.get(LIST).context["cl"].queryset) == []
    assert browser.get(page_of(schedule)).status_code == 302
    assert verb(browser, schedule, "pause").status_code == 404
    root = enter(client, cast.root)
    assert root.get(page_of(schedule)).status_code == 200
    assert verb(root, schedule, "run").status_code == 404  # it would be Rita's file
    assert verb(root, schedule, "pause").status_code == 200
    assert not ExportSchedule.objects.get().is_active


def test_who_may_take_no_files_schedules_none(client, cast):
    schedule = schedule_of(cast.rita)
    operations.change_members(cast.rita, "roles", [role.pk for role in cast.sam.roles.all()])
    cast.rita.roles.get().permissions.add(*_entering())
    browser = enter(client, cast.rita)
    assert browser.get(LIST).status_code == 403
    assert verb(browser, schedule, "resume").status_code == 403
    assert browser.post(DIALOG, GIVEN).status_code == 403


def _entering():
    return Permission.objects.filter(codename="access_admin")


@pytest.mark.parametrize("number", [1, 15])
def test_the_list_takes_as_many_statements_for_many(
    client, cast, number, django_assert_max_num_queries
):
    for _ in range(number):
        schedule_of(cast.root)
    browser = enter(client, cast.root)
    browser.get(LIST)
    with django_assert_max_num_queries(8):
        assert browser.get(LIST).status_code == 200
