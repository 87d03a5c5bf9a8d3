from pathlib import Path
from typing import Any

from django.core.management import BaseCommand, CommandError, CommandParser

from usersvc import backups, dumps


class Command(BaseCommand):
    """Write a backup of the database to a file."""

    help = "Write the database, as it is now, to one file; the service goes on meanwhile."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, help="a file that is not there yet")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            manifest = backups.back_up(options["file"])
        except (dumps.DumpError, OSError) as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"{options['file']}: {manifest.bytes:,} bytes, sha256 {manifest.sha256}")
        self.stdout.write("Keys are not in it, nor the files of jobs: see docs/operating.md.")
