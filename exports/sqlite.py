"""SQLite: values as they are kept, and a snapshot that keeps no writer waiting."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connections
from django.db.models import Func, TextField


class Raw(Func):
    """A value as SQLite keeps it: its connection would convert what is declared as a datetime."""

    template = "+%(expressions)s"
    output_field = TextField()


@contextmanager
def snapshot(alias: str) -> Iterator[None]:
    """Let every query see the database as it was at the first one.

    Not transaction.atomic(), which is IMMEDIATE here and would take the write lock.
    """
    with connections[alias].cursor() as cursor:
        cursor.execute("BEGIN DEFERRED")
        try:
            yield
        finally:
            cursor.execute("ROLLBACK")
