from typing import Any

from django.core.management.base import BaseCommand

from users import daily


class Command(BaseCommand):
    """What the worker does once a day, now."""

    help = (
        "Make dormant people inactive, tell of expiring passwords, and forget sessions and tokens "
        "that are over. The worker does so once a day."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(str(daily.run()))
