"""What commands share: as whom they run, how they are stopped, and their exit codes."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager

from django.core.management.base import CommandError

from users.models import User
from users.text import fold

NOT_UNDERSTOOD, INTERRUPTED, PIPE_BROKEN = 2, 130, 141


def person_named(username: str | None) -> User | None:
    """Return who --as names; CommandError for nobody."""
    if username is None:
        return None
    person: User | None = User.objects.filter(username=fold(username)).first()
    if person is None:
        raise CommandError(f"--as: no such user: {username}", returncode=NOT_UNDERSTOOD)
    return person


@contextmanager
def stoppable() -> Iterator[None]:
    """Let SIGTERM stop what happens inside as Ctrl-C does."""
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
