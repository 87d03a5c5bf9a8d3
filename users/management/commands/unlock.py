from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from users import lockout
from users.models import User


class Command(BaseCommand):
    """Let somebody sign in again from where too many wrong passwords came from."""

    help = "Forget the failed sign-ins of a person, of one network or of all."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("username", help="a username or an e-mail address")
        parser.add_argument("--address", help="only for this address, or this /64 of IPv6")

    def handle(self, *args: Any, **options: Any) -> None:
        person = User.all_objects.named(options["username"]).first()
        if person is None:
            raise CommandError(f"There is nobody by the name of {options['username']}.")
        address = options["address"]
        try:
            network = lockout.network(address) if address else None
        except ValueError as error:
            raise CommandError(f"{address} is not an IP address.") from error
        networks = lockout.unlock(person, network)
        self.stdout.write(f"{person}: forgot the failures of {networks} networks.")
