"""The worker: does one job after the other, and keeps house between them, until it is stopped.

As many may run as one likes.
"""

import logging
import signal
import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import Error, connections
from django.utils.module_loading import import_string

from usersvc import clock

from . import jobs
from .models import Chore

HOUSEKEEPING = timedelta(seconds=10)
AFTER_AN_ERROR = 5.0  # seconds

log = logging.getLogger(__name__)


class Worker:
    """Works until stop() is called; a job under way is put back then."""

    def __init__(self) -> None:
        self._stop = threading.Event()
        self._next_housekeeping: datetime | None = None

    def stop(self, *_: Any) -> None:
        """End soon."""
        self._stop.set()

    def heed_signals(self) -> None:
        """Stop at SIGTERM, SIGINT and SIGHUP."""
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, self.stop)

    def work(self) -> None:
        """Take jobs as they come."""
        while not self._stop.is_set():
            try:
                found = self.work_once()
            except Error:
                log.exception("the database cannot be used now")
                connections.close_all()
                self._stop.wait(AFTER_AN_ERROR)
                continue
            if not found:
                self._stop.wait(settings.JOB_POLL_SECONDS)
        connections.close_all()

    def work_once(self) -> bool:
        """Keep house if it is time, and do a job if there is one; return whether there was."""
        self._keep_house()
        job = jobs.claim()
        if job is not None:
            jobs.run(job, self._stop.is_set)
        return job is not None

    def _keep_house(self) -> None:
        now = clock.now()
        if self._next_housekeeping and now < self._next_housekeeping:
            return
        self._next_housekeeping = now + HOUSEKEEPING
        for duty in (jobs.reap, jobs.clean, jobs.clean_inputs, jobs.write_letters):
            _attempt(duty.__name__, duty)
        for name, (hours, path) in settings.CHORES.items():
            if Chore.objects.take(name, timedelta(hours=hours), now):
                _attempt(name, import_string(path))


def _attempt(name: str, duty: Callable[[], object]) -> None:
    """Do a duty; what fails is told and tried again when it is due."""
    try:
        duty()
    except jobs.UNREACHABLE:
        raise
    except Exception:
        log.exception("%s failed", name)
