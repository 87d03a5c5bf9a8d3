"""PostgreSQL's index of trigrams: pg_trgm on the search text itself."""

from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.core.management.base import CommandError
from django.db import Error
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.models import BooleanField, F, Func, QuerySet

MADE = "CREATE INDEX user_search ON users_user USING gin (search_text gin_trgm_ops)"
VALID = """
    SELECT 1 FROM pg_index JOIN pg_class ON pg_class.oid = indexrelid
    WHERE relname = 'user_search' AND indisvalid AND pg_table_is_visible(indexrelid)
"""
NOT_ALLOWED = (
    "PostgreSQL does not let this role create the extension pg_trgm, which search needs: {reason}. "
    "Let a superuser run CREATE EXTENSION pg_trgm in this database, then migrate again."
)


class Among(Func):
    """Whether a value is among those of an array, which is computed once and before all else."""

    template = "%(expressions)s)"
    arg_joiner = " = ANY("
    output_field = BooleanField()


def count(everybody: QuerySet[Any, Any], text: str, limit: int) -> int:
    """Return how many people's texts hold a text, counting no further than limit."""
    return everybody.filter(search_text__contains=text)[:limit].count()


def found(everybody: QuerySet[Any, Any], text: str) -> Func:
    """Return the condition to be one of the people whose texts hold a text."""
    return Among(F("pk"), ArraySubquery(everybody.filter(search_text__contains=text).values("pk")))


def install(schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Create the extension where it is missing, and the index."""
    with schema_editor.connection.cursor() as cursor:
        try:
            cursor.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
        except Error as error:
            reason = str(error).splitlines()[0]
            raise CommandError(NOT_ALLOWED.format(reason=reason)) from error
        cursor.execute(MADE)


def missing(connection: BaseDatabaseWrapper) -> int:
    """Return 1 where the index is not there or cannot be used; else 0: it is as the rows are."""
    with connection.cursor() as cursor:
        cursor.execute(VALID)
        return 0 if cursor.fetchone() else 1


def make_anew(connection: BaseDatabaseWrapper) -> None:
    """Make the index again, whatever there is of it."""
    with connection.cursor() as cursor:
        cursor.execute("DROP INDEX IF EXISTS user_search")
        cursor.execute(MADE)


def remove(schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Drop the index; the extension may be somebody else's."""
    with schema_editor.connection.cursor() as cursor:
        cursor.execute("DROP INDEX user_search")
