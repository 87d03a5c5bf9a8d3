"""The loop of a worker: it goes on after an error of the database, and ends when it is told to."""

import signal

import pytest
from django.db import OperationalError

from exports import worker as loop
from exports.models import State
from exports.worker import Worker

from .factories import UserFactory
from .jobs import enqueue, keep_files_in

pytestmark = pytest.mark.django_db(transaction=True, serialized_rollback=True)
STOPS = [signal.SIGTERM, signal.SIGINT, signal.SIGHUP]


class Idle(Worker):
    """A worker that ends where there was nothing to do twice."""

    rests = 0

    def work_once(self):
        found = super().work_once()
        self.rests += not found
        if self.rests == 2:
            self.stop()
        return found


@pytest.fixture(autouse=True)
def _hasty(settings, tmp_path):
    settings.JOB_POLL_SECONDS = 0
    keep_files_in(settings, tmp_path)


def test_it_does_what_there_is():
    job = enqueue(UserFactory())  # who may export nothing
    Idle().work()
    job.refresh_from_db()
    assert job.state == State.FAILED


def test_it_goes_on_after_an_error_of_the_database(monkeypatch, caplog):
    errors, claim = [OperationalError("gone")], loop.jobs.claim

    def claim_later():
        if errors:
            raise errors.pop()
        return claim()

    monkeypatch.setattr(loop, "AFTER_AN_ERROR", 0)
    monkeypatch.setattr(loop.jobs, "claim", claim_later)
    Idle().work()
    assert errors == []
    assert caplog.text.count("the database cannot be used now") == 1


@pytest.mark.parametrize("number", STOPS)
def test_a_signal_ends_it(number):
    before = {each: signal.getsignal(each) for each in STOPS}
    worker = Worker()
    try:
        worker.heed_signals()
        signal.raise_signal(number)
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)
    worker.work()  # comes back at once
