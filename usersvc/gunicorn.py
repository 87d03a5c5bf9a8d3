"""How gunicorn serves: `manage.py serve` reads it, and `gunicorn -c usersvc/gunicorn.py` may."""

import logging
import os
import resource
import threading
from typing import Any

from django.conf import settings
from gunicorn.glogging import Logger as PlainLogger  # type: ignore[import-untyped]
from gunicorn.workers.base import Worker  # type: ignore[import-untyped]
from prometheus_client.multiprocess import mark_process_dead

from usersvc import stops
from usersvc.logging import KIND, LOGGING, JsonLines, Scrubber
from usersvc.metrics import forget_the_gone, reserve

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "usersvc.settings")

ENDING = 5  # seconds

host = f"[{settings.BIND}]" if ":" in settings.BIND else settings.BIND

wsgi_app = "usersvc.wsgi:application"
bind = [f"{host}:{settings.PORT}"]
worker_class = "usersvc.web_worker.WebWorker"
workers = settings.SERVER_PROCESSES
threads = settings.SERVER_THREADS
# Each is an open file, and those that the service itself opens have to fit beside them.
worker_connections = min(1000, resource.getrlimit(resource.RLIMIT_NOFILE)[0] // 2)
# Longer than a proxy keeps a connection without use (nginx: 60): what it sends meets no closed one.
keepalive = 75
preload_app = True
# The heartbeat comes from a thread of its own: it does not end long downloads, only dead workers.
timeout = 120
# Long lists of ids in a query; the most that gunicorn bounds at all.
limit_request_line = 8190
limit_request_field_size = 8190
limit_request_fields = 100
# Whose word counts on how a request came, usersvc/api/proxies.py alone decides.
forwarded_allow_ips = ""
secure_scheme_headers: dict[str, str] = {}
forwarder_headers = ""
# What was cut off at the limit still has to be told to the audit.
graceful_timeout = settings.GRACEFUL_SECONDS + ENDING
control_socket_disable = True
# Query strings hold names and addresses of people.
accesslog = None
loglevel = "warning"
logging.captureWarnings(True)


class Logger(PlainLogger):  # type: ignore[misc]
    """gunicorn's log, which tells nothing of people either."""

    def setup(self, cfg: Any) -> None:
        super().setup(cfg)
        for handler in self.error_log.handlers:
            handler.addFilter(Scrubber())
            if KIND == "json":
                told = LOGGING["formatters"]["json"]
                names = {"rename_fields": told["rename_fields"]}
                handler.setFormatter(JsonLines(told["format"], told["datefmt"], **names))


logger_class = Logger


def log_thread(failed: threading.ExceptHookArgs) -> None:
    """Log what ended a thread; Python would print it as it is."""
    error = failed.exc_value
    logging.getLogger(__name__).error("a thread ended", exc_info=error)


threading.excepthook = log_thread


def on_starting(server: Any) -> None:
    """Begin with the numbers of processes that live."""
    forget_the_gone()
    os.register_at_fork(after_in_parent=stops.heed)


def pre_fork(server: Any, worker: Worker) -> None:
    """Keep signals for a process that would lose them: WebWorker heeds them once it can."""
    stops.hold()


def post_fork(server: Any, worker: Worker) -> None:
    """Let a new process have what it counts in."""
    reserve()


def child_exit(server: Any, worker: Worker) -> None:
    """Forget what a process that is gone was in the middle of; what it counted stays."""
    mark_process_dead(worker.pid)  # type: ignore[no-untyped-call]
