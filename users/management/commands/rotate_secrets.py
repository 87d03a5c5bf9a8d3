from typing import Any

from django.core.management.base import BaseCommand, CommandError

from users import secrets


class Command(BaseCommand):
    """Encrypts every kept secret with the first key."""

    help = (
        "Encrypts every kept secret with the first of USERSVC_ENCRYPTION_KEYS: put a new key in "
        "front, restart, run this, and only then take the old key away."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            count = secrets.rotate_all()
        except secrets.Undecipherable as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"{count} secrets are encrypted with the first key.")
