"""What is done once a day; doing it twice does no harm."""

import logging
from dataclasses import dataclass

from django.core.management import call_command

from usersvc import clock

from . import audit_retention, dormancy, erasure, password_notices
from .models import TokenFamily

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Done:
    """How many people rested, were told of expiries, were erased; which sign-ins, entries went."""

    rested: int
    told: int
    forgotten: int
    erased: int
    let_go: int

    def __str__(self) -> str:
        return (
            f"{self.rested} people became inactive; {self.told} were told that their password is "
            f"about to expire; {self.forgotten} ended sign-ins forgotten; {self.erased} deleted "
            f"people erased; {self.let_go} entries of the audit let go for their age."
        )


def run() -> Done:
    """Let dormant people rest, tell of expiries, forget what is over, erase who is overdue."""
    at = clock.now()
    rested, told = dormancy.put_to_rest(at), password_notices.send(at)
    forgotten, _ = TokenFamily.objects.over(at).delete()
    call_command("clearsessions")
    erased = erasure.erase_overdue(at)
    done = Done(rested, told, forgotten, erased, audit_retention.let_go(at))
    log.info("daily: %s", done)
    return done
