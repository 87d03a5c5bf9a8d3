from typing import Any

from django.conf import settings
from django.core.management import BaseCommand

from ... import first_start


class Command(BaseCommand):
    """Create the administrator, unless there is one."""

    help = "Create the administrator, and say the password; nothing where there is one already."

    def handle(self, *args: Any, **options: Any) -> None:
        password, name = first_start.create_admin(), settings.ADMIN_USERNAME
        if password is None:
            self.stdout.write(f"{name} is there already.")
        elif not settings.ADMIN_PASSWORD:
            self.stdout.write(f"{name} signs in with the password {password}  (shown only now)")
