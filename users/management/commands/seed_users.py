from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from users.seeding import seed


class Command(BaseCommand):
    """Fills the directory with demo people up to a number."""

    help = "Adds made-up people until the directory holds N; whoever is there stays and counts."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("total", metavar="N", type=int, help="people wanted in all")
        parser.add_argument("--seed", type=int, default=1, help="another number, other people")
        parser.add_argument(
            "--cast-password", help="the password of super.admin, org.admin, backoffice, …"
        )
        parser.add_argument(
            "--progress", action="store_true", default=None, help="show the bar without a terminal"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        added = seed(
            options["total"], options["seed"], options["progress"], options["cast_password"]
        )
        self.stdout.write(f"{added} people added.")
        if added and not options["cast_password"]:
            self.stdout.write("The known users cannot sign in: no --cast-password was given.")
