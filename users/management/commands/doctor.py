from typing import Any

from django.core.management import BaseCommand, CommandError, CommandParser

from ... import doctor


class Command(BaseCommand):
    """Find what is not as it should be, and mend it."""

    help = "Find copies, files, jobs and indexes that are not as they should be."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--mend", action="store_true", help="mend what is found")

    def handle(self, *args: Any, **options: Any) -> None:
        left = 0
        for found in doctor.examine(options["mend"]):
            end = " (mended)" if found.is_mended else ""
            self.stdout.write(f"{found.count:,} {found.what}{end}")
            left += not found.is_mended
        if left:
            advice = "" if options["mend"] else " --mend mends what can be."
            raise CommandError(f"Not all is as it should be.{advice}")
        self.stdout.write("All is as it should be.")
