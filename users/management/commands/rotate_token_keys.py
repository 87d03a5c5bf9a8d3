from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from users import signing


class Command(BaseCommand):
    """Make a new key that signs tokens; nobody has to sign in again."""

    help = "Make a new key that signs tokens, and remove those whose last tokens are over."

    def handle(self, *args: Any, **options: Any) -> None:
        if settings.TOKEN_ALGORITHM == signing.HMAC:
            raise CommandError(
                "USERSVC_TOKEN_ALGORITHM is HS256: set USERSVC_SECRET_KEY to a new key, and "
                "USERSVC_SECRET_KEY_FALLBACKS to the one before."
            )
        made = signing.generate()
        over = signing.forget_old()
        self.stdout.write(f"{made.name} signs from now on; {len(over)} removed.")
