import signal
import threading
from typing import Any

from django.core.management.base import BaseCommand

from exports.beside import Beside


class Command(BaseCommand):
    """Does what a worker does beside its jobs, where a queue's pool does the jobs."""

    help = "Sends webhooks their notices until it is stopped; a queue's workers start it."

    def handle(self, *args: Any, **options: Any) -> None:
        stopped = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, lambda *_: stopped.set())
        beside = Beside()
        beside.start()
        stopped.wait()
        beside.stop()
