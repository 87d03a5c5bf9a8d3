"""What the service takes that is not its own: each check says what is wrong, or nothing."""

from functools import cache

from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from .checks import missing_fonts, missing_pdf_libraries

_is_migrated = False


def database() -> str:
    """Return nothing while the database answers; it raises what keeps it away."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return ""


def migrations() -> str:
    """Return "missing" while the database lacks a migration of this version."""
    global _is_migrated  # once they are in they stay: a newer version is a new process
    if not _is_migrated:
        executor = MigrationExecutor(connection)
        _is_migrated = not executor.migration_plan(executor.loader.graph.leaf_nodes())
    return "" if _is_migrated else "missing"


@cache  # libraries and fonts come and go with the process, and looking for them starts others
def pdf() -> str:
    """Return "incomplete" where PDF lacks libraries, or fonts for names of all the world."""
    return "incomplete" if missing_pdf_libraries() or missing_fonts() else ""
