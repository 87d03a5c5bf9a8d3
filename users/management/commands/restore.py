from pathlib import Path
from typing import Any

from django.core.management import BaseCommand, CommandError, CommandParser, call_command
from django.db import Error

from usersvc import backups, dumps

from ...models import User


class Command(BaseCommand):
    """Put a backup back, or look whether it is whole."""

    help = "Replace the database by a backup. Stop the service first."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, help="what manage.py backup wrote")
        parser.add_argument("--check", action="store_true", help="only look whether it is whole")
        parser.add_argument("--replace", action="store_true", help="even where there are people")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            with backups.opened(options["file"]) as (manifest, dump):
                self._tell(manifest)
                if not options["check"]:
                    self._refuse_people(options["replace"])
                    backups.put_back(manifest, dump)
        except dumps.DumpError as error:
            raise CommandError(str(error)) from error
        if not options["check"]:
            call_command("migrate", verbosity=0, interactive=False)
            self.stdout.write(f"Restored: {User.all_objects.count():,} people.")

    def _tell(self, manifest: backups.Manifest) -> None:
        self.stdout.write(f"Of {manifest.made_at}, {manifest.vendor}: it is whole.")
        here = backups.fingerprints()
        for name in sorted(name for name, told in manifest.keys.items() if here[name] != told):
            self.stderr.write(f"{name} is another key here: what the other made cannot be read.")

    def _refuse_people(self, may_replace: bool) -> None:
        try:
            there = User.all_objects.count()
        except Error:  # no tables yet
            return
        if there and not may_replace:
            raise CommandError(f"{there:,} people are here: --replace removes them.")
