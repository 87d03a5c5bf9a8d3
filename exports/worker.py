"""The worker: does one job after the other, and keeps house between them, until it is stopped.

As many may run as one likes.
"""

import logging
import signal
import threading
import time
from typing import Any

from django.conf import settings
from django.db import Error, connections

from usersvc import metrics

from . import house, jobs
from .beside import Beside

AFTER_AN_ERROR = 5.0  # seconds

log = logging.getLogger(__name__)


class Worker:
    """Works until stop() is called; a job under way is put back then."""

    def __init__(self) -> None:
        self._stop = threading.Event()
        self._next_housekeeping = 0.0

    def stop(self, *_: Any) -> None:
        """End soon."""
        self._stop.set()

    def heed_signals(self) -> None:
        """Stop at SIGTERM, SIGINT and SIGHUP."""
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, self.stop)

    def work(self) -> None:
        """Take jobs as they come, and let the loops beside them run meanwhile."""
        metrics.reserve()
        beside = Beside()
        beside.start()
        self._work()
        beside.stop()
        connections.close_all()

    def _work(self) -> None:
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

    def work_once(self) -> bool:
        """Keep house if it is time, and do a job if there is one; return whether there was."""
        self._keep_house()
        job = jobs.claim()
        if job is not None:
            jobs.run(job, self._stop.is_set)
        return job is not None

    def _keep_house(self) -> None:
        now = time.monotonic()  # which nobody sets back
        if now < self._next_housekeeping:
            return
        self._next_housekeeping = now + house.EVERY.total_seconds()
        house.keep()
