import signal
import sys
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import OperationalError, connections

from users import first_start
from users.greeting import greeting
from users.models import User
from usersvc import server

STOPS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
INTERRUPTED = 130


class Command(BaseCommand):
    """Serves the directory, made ready first."""

    help = "Migrates, creates the administrator, loads the demo people, and serves until stopped."

    def handle(self, *args: Any, **options: Any) -> None:
        if problem := server.port_problem():
            raise CommandError(problem)
        password = None
        try:
            _heed_signals()
            self._migrate()
            password = first_start.create_admin()
            self._load(password)
        except KeyboardInterrupt:
            self._part(password)
        except OperationalError as error:
            raise CommandError(f"The database cannot be used: {error}".strip()) from error
        people = User.all_objects.count()
        connections.close_all()  # the workers are forks: they need connections of their own
        server.Server(ready=lambda: self._say(greeting(password, people))).run()

    def _migrate(self) -> None:
        call_command("migrate", verbosity=0, interactive=False)

    def _load(self, password: str | None) -> None:
        there = User.all_objects.count()
        if there < settings.DEMO_USERS:
            self._say(f"Loading {settings.DEMO_USERS - there:,} demo people …")
            first_start.load_demo_people(password)

    def _part(self, password: str | None) -> None:
        """End an unfinished start; a password that nobody has seen yet is said now."""
        for number in STOPS:
            signal.signal(number, signal.SIG_IGN)
        if password and not settings.ADMIN_PASSWORD:
            self._say(f"The password of {settings.ADMIN_USERNAME} is {password}")
        self._say("Stopped before it was ready; the next start goes on from here.")
        sys.exit(INTERRUPTED)

    def _say(self, text: str) -> None:
        self.stdout.write(text)
        self.stdout.flush()


def _heed_signals() -> None:
    """Let every stopping signal interrupt us, those included that came while they were blocked."""
    for number in STOPS:
        signal.signal(number, signal.default_int_handler)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, STOPS)
