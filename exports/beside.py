"""What goes on beside the jobs: loops that each worker runs in threads of their own."""

import logging
import threading

from django.conf import settings
from django.db import connections
from django.utils.module_loading import import_string

PATIENCE = 5.0  # seconds: what is not ended then is begun anew by another worker
BETWEEN_STARTS = 5.0  # seconds

log = logging.getLogger(__name__)


class Beside:
    """The loops of settings.BESIDE_JOBS; each is given the event that ends it."""

    def __init__(self) -> None:
        self._stop = threading.Event()
        self._threads = [
            threading.Thread(target=self._keep_running, args=(name, path), name=name, daemon=True)
            for name, path in settings.BESIDE_JOBS.items()
        ]

    def start(self) -> None:
        """Start them all."""
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """End them, and wait for that a while."""
        self._stop.set()
        for thread in self._threads:
            thread.join(PATIENCE)

    def _keep_running(self, name: str, path: str) -> None:
        """Run a loop, and again whenever it ends before it is to."""
        while not self._stop.is_set():
            try:
                import_string(path)(self._stop)
            except Exception:
                log.exception("%s ended; it is started again", name)
            connections.close_all()
            self._stop.wait(BETWEEN_STARTS)
