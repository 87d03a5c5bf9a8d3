"""How long a migration waits for others while others wait for it."""

from typing import Any

from django.db import connections

# Whoever comes later waits behind a change of a table that waits for a file on its way.
LONGEST_WAIT = "5s"


def limit_waiting(using: str, **kwargs: Any) -> None:
    """Let a migration fail on PostgreSQL that waits longer for a table; it can be tried again."""
    if connections[using].vendor == "postgresql":
        with connections[using].cursor() as cursor:
            cursor.execute("SELECT set_config('lock_timeout', %s, false)", [LONGEST_WAIT])


def wait_as_before(using: str, **kwargs: Any) -> None:
    """Wait as long as the database's settings have it."""
    if connections[using].vendor == "postgresql":
        with connections[using].cursor() as cursor:
            cursor.execute("RESET lock_timeout")
