"""What probes ask for: /healthz and /readyz."""

from datetime import timedelta

import pytest
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder

from exports import files, readiness
from exports.models import Chore, Job
from users.tests.factories import UserFactory
from users.tests.jobs import keep_files_in
from usersvc import checks, clock
from usersvc import readiness as own

pytestmark = pytest.mark.django_db
NAMES = ["database", "migrations", "storage", "worker", "jobs", "pdf"]


@pytest.fixture(autouse=True)
def fresh(monkeypatch, settings, tmp_path):
    """A service on which all is well."""
    keep_files_in(settings, tmp_path)
    settings.JOB_DRAFTS.mkdir(parents=True, exist_ok=True)
    monkeypatch.setattr(own, "_is_migrated", False)
    own.pdf.cache_clear()
    Chore.objects.create(name="audit", taken_at=clock.now())
    yield
    own.pdf.cache_clear()


def ready(client):
    answer = client.get("/readyz")
    return answer.status_code, answer.json()


def enqueue():
    return Job.objects.create(
        owner=UserFactory(),
        kind="export",
        spec={},
        expires_at=clock.now() + timedelta(days=1),
    )


def test_a_process_is_alive(client, monkeypatch):
    monkeypatch.setattr(connection, "cursor", None)
    assert client.get("/healthz").json() == {"status": "ok"}


def test_where_all_is_well_all_is_ok(client):
    assert ready(client) == (200, {"status": "ok", **dict.fromkeys(NAMES, "ok")})


def test_without_its_database_it_is_unavailable(client, monkeypatch):
    def gone():
        raise OSError("the database is gone")

    monkeypatch.setattr(connection, "cursor", gone)
    assert ready(client) == (503, {"status": "unavailable", "database": "unreachable"})


def test_before_its_migrations_it_is_unavailable(client):
    MigrationRecorder(connection).record_unapplied("users", "0034_create_export_schedule")
    told = {"status": "unavailable", "database": "ok", "migrations": "missing"}
    assert ready(client) == (503, told)
    MigrationRecorder(connection).record_applied("users", "0034_create_export_schedule")
    assert ready(client)[0] == 200


def test_migrations_are_looked_at_until_they_are_in(client, django_assert_max_num_queries):
    ready(client)
    with django_assert_max_num_queries(3):
        ready(client)


def without_storage(monkeypatch, settings):
    settings.JOB_DRAFTS = settings.JOB_DRAFTS / "gone"


def without_worker(monkeypatch, settings):
    Chore.objects.update(taken_at=clock.now() - readiness.SILENT_AFTER)


def with_a_late_job(monkeypatch, settings):
    enqueue()
    Job.objects.update(created_at=clock.now() - readiness.LATE_AFTER)


def without_fonts(monkeypatch, settings):
    monkeypatch.setattr(checks, "FONTS", ("Noto Sans", "Zq Sans"))


def without_fontconfig(monkeypatch, settings):
    monkeypatch.setattr(checks, "which", lambda name: None)


def without_library(monkeypatch, settings):
    monkeypatch.setattr(checks, "find_library", lambda name: None)


@pytest.mark.parametrize(
    ("how", "name", "word"),
    [
        (without_storage, "storage", "unwritable"),
        (without_worker, "worker", "silent"),
        (with_a_late_job, "jobs", "late"),
        (without_fonts, "pdf", "incomplete"),
        (without_fontconfig, "pdf", "incomplete"),
        (without_library, "pdf", "incomplete"),
    ],
)
def test_what_some_of_the_work_waits_for_is_told(client, monkeypatch, settings, how, name, word):
    how(monkeypatch, settings)
    expected = dict.fromkeys(NAMES, "ok") | {name: word}
    assert ready(client) == (200, {"status": "degraded", **expected})


def test_a_worker_in_the_middle_of_a_long_job_is_no_silent_one(client, monkeypatch, settings):
    without_worker(monkeypatch, settings)
    assert enqueue().start()
    assert ready(client)[1]["worker"] == "ok"


def test_what_cannot_be_told_is_unreachable_and_the_log_says_why(client, monkeypatch, caplog):
    def away():
        raise OSError("no route to ann@example.com")

    monkeypatch.setattr(files, "can_be_kept", away)
    status, told = ready(client)
    assert (status, told["status"], told["storage"]) == (200, "degraded", "unreachable")
    assert "OSError" in caplog.text
    assert "ann@" not in caplog.text
