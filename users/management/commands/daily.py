from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand

from users import dormancy, password_notices
from users.models import TokenFamily
from usersvc import clock


class Command(BaseCommand):
    """What a timer does once a day; doing it twice does no harm."""

    help = (
        "Make dormant people inactive, tell of expiring passwords, and forget sessions and tokens "
        "that are over."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        at = clock.now()
        rested = dormancy.put_to_rest(at)
        over, _ = TokenFamily.objects.over(at).delete()
        told = password_notices.send(at)
        call_command("clearsessions")
        self.stdout.write(
            f"{rested} people became inactive; {told} were told that their "
            f"password is about to expire; {over} ended sign-ins forgotten."
        )
