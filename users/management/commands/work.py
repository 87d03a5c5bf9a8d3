import sys
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from exports.worker import Worker


class Command(BaseCommand):
    """Does jobs until it is stopped; serve starts one by itself."""

    help = "Does jobs, and what falls due, until it is stopped."

    def handle(self, *args: Any, **options: Any) -> None:
        if settings.JOB_QUEUE == "celery":
            from usersvc import celery  # which takes time and memory that only this queue is worth

            sys.exit(celery.work())
        worker = Worker()
        worker.heed_signals()
        worker.work()
