"""gunicorn inside this process, told what to say once it listens."""

import errno
import socket
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.core.wsgi import get_wsgi_application
from gunicorn.app.base import BaseApplication  # type: ignore[import-untyped]
from gunicorn.arbiter import Arbiter  # type: ignore[import-untyped]

from . import gunicorn
from .worker_process import WorkerProcess

REASONS = {
    errno.EADDRINUSE: "is in use by another program",
    errno.EADDRNOTAVAIL: "is not at an address of this machine",
    errno.EACCES: "may not be used by this user",
}


class Master(Arbiter):  # type: ignore[misc]
    """gunicorn's first process, which has jobs stop as soon as requests do."""

    def stop(self, graceful: bool = True) -> None:
        """End the processes that answer, and those that do jobs at the same time."""
        for worker in self.app.workers:
            worker.ask_to_stop()
        super().stop(graceful)


class Server(BaseApplication):
    """Serves with the options of usersvc/gunicorn.py; calls ready once it listens."""

    def __init__(self, ready: Callable[[], None]) -> None:
        self.ready = ready
        # A queue's process has a pool of as many below it.
        count = min(1, settings.WORKERS) if settings.JOB_QUEUE == "celery" else settings.WORKERS
        self.workers = [WorkerProcess() for _ in range(count)]
        super().__init__()

    def load_config(self) -> None:
        for name, value in vars(gunicorn).items():
            if name in self.cfg.settings:
                self.cfg.set(name, value)
        self.cfg.set("when_ready", lambda arbiter: self._begin())
        self.cfg.set("on_exit", lambda arbiter: self._end())

    def _begin(self) -> None:
        for worker in self.workers:
            worker.start()
        self.ready()

    def _end(self) -> None:
        for worker in self.workers:
            worker.stop()

    def run(self) -> None:
        """Serve until a signal ends it."""
        Master(self).run()

    def load(self) -> Any:
        return get_wsgi_application()


def port_problem() -> str | None:
    """Return why the service cannot listen where it is told to, in a sentence; None when it can."""
    family = socket.AF_INET6 if ":" in settings.BIND else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((settings.BIND, settings.PORT))
            probe.listen()
        except OSError as error:
            reason = REASONS.get(error.errno or 0, error.strerror)
            return f"Port {settings.PORT} at {settings.BIND} {reason}; set PORT to another."
    return None
