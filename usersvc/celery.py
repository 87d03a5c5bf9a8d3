"""The queue that wakes workers on many machines, over Redis: messages alone, never the truth."""

import logging
import os
import socket
import warnings
from typing import Any

from celery import Celery  # type: ignore[import-untyped]
from celery.platforms import SecurityWarning  # type: ignore[import-untyped]
from celery.signals import worker_process_init, worker_shutting_down  # type: ignore[import-untyped]
from django.conf import settings
from kombu.exceptions import OperationalError  # type: ignore[import-untyped]

from exports import house, tasks

from . import metrics
from .worker_process import WorkerProcess

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "usersvc.settings")

log = logging.getLogger(__name__)
# A request waits no longer for Redis before it does without; workers wait for as long as it takes.
IMPATIENT = {"socket_connect_timeout": 0.5, "socket_timeout": 0.5, "max_retries": 0}
app = Celery("usersvc", set_as_current=True)
app.conf.update(
    broker_url=settings.REDIS_URL,
    broker_connection_retry_on_startup=True,
    broker_connection_max_retries=None,
    broker_transport_options={"global_keyprefix": "usersvc:"},
    task_default_queue="jobs",
    task_ignore_result=True,
    task_serializer="json",
    accept_content=["json"],
    # A message is gone once a worker has it. What becomes of the job its lease decides, at once.
    task_acks_late=False,
    worker_prefetch_multiplier=1,
    worker_hijack_root_logger=False,
    worker_redirect_stdouts=False,
    worker_enable_remote_control=False,
    beat_scheduler="celery.beat:Scheduler",  # in memory: each sweep does the whole
    beat_schedule={
        "sweep": {
            "task": tasks.SWEEP,
            "schedule": house.EVERY,
            "options": {"expires": house.EVERY.total_seconds()},
        }
    },
)


@worker_process_init.connect  # type: ignore[untyped-decorator]
def begin(**_: Any) -> None:
    """Let a new process of the pool have what it counts in."""
    metrics.reserve()


@worker_shutting_down.connect  # type: ignore[untyped-decorator]
def stop(**_: Any) -> None:
    """Let the processes of the pool put back what they are doing."""
    tasks.stopping.set()


def wake(job_id: str, **options: Any) -> None:
    """Put a message into the queue; where that fails, the next sweep does it."""
    try:
        with app.connection_for_write(transport_options=IMPATIENT) as connection:
            app.send_task(tasks.DO_JOB, [job_id], connection=connection, retry=False, **options)
    except OperationalError as error:
        log.warning("job %s waits for the next sweep: no message could be sent: %s", job_id, error)


def work() -> int:
    """Run a pool of workers, and what sweeps, until a signal comes; return the exit code."""
    # Its warning is about messages that could hold code; ours are JSON.
    warnings.simplefilter("ignore", SecurityWarning)
    worker = app.Worker(
        hostname=f"{os.getpid()}@{socket.gethostname()}",
        concurrency=max(1, settings.WORKERS),
        beat=True,
        quiet=True,
        without_gossip=True,
        without_mingle=True,
        without_heartbeat=True,
    )
    # A process of its own: the pool forks, and threads must not be about then.
    beside = WorkerProcess("work_beside")
    beside.start()
    worker.start()
    beside.stop()
    return int(worker.exitcode or 0)
