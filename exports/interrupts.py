"""How one thread ends the statement that another one waits for."""

from collections.abc import Callable
from functools import partial
from typing import Any

from django.db import connections

LONGEST_CANCEL = 5  # seconds until a server that does not answer is given up


def interrupter(alias: str) -> Callable[[], None]:
    """Return the function that any thread may call to end what this thread's connection runs.

    The statement fails with the driver's error; where none runs, nothing happens.
    """
    connection = connections[alias]
    connection.ensure_connection()
    raw: Any = connection.connection
    if connection.vendor == "postgresql":
        return partial(raw.cancel_safe, timeout=LONGEST_CANCEL)
    interrupt: Callable[[], None] = raw.interrupt
    return interrupt
