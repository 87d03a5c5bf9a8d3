"""What goes on beside the jobs: loops that each worker runs in threads of their own."""

import logging
import threading

from django.conf import settings
from django.utils.module_loading import import_string

PATIENCE = 5.0  # seconds: what is not ended then is begun anew by another worker

log = logging.getLogger(__name__)


class Beside:
    """The loops of settings.BESIDE_JOBS; each is given the event that ends it."""

    def __init__(self) -> None:
        self._stop = threading.Event()
        self._threads = [
            threading.Thread(target=self._run, args=(name, path), name=name, daemon=True)
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

    def _run(self, name: str, path: str) -> None:
        try:
            import_string(path)(self._stop)
        except Exception:
            log.exception("%s ended", name)
