"""What is done once a day; doing it twice does no harm."""

import logging
from dataclasses import dataclass

from django.core.management import call_command

from usersvc import clock

from . import dormancy, erasure, password_notices
from .models import TokenFamily

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Done:
    """How many people rested, were told of expiries and were erased, and how many sign-ins went."""

    rested: int
    told: int
    forgotten: int
    erased: int

    def __str__(self) -> str:
        return (
            f"{self.rested} people became inactive; {self.told} were told that their password is "
            f"about to expire; {self.forgotten} ended sign-ins forgotten; {self.erased} deleted "
            "people erased."
        )


def run() -> Done:
    """Make dormant people inactive, tell of expiries, forget what is over, erase who is overdue."""
    at = clock.now()
    rested, told = dormancy.put_to_rest(at), password_notices.send(at)
    forgotten, _ = TokenFamily.objects.over(at).delete()
    call_command("clearsessions")
    done = Done(rested, told, forgotten, erasure.erase_overdue(at))
    log.info("daily: %s", done)
    return done
