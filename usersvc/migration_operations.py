"""Operations of migrations that let others write meanwhile on PostgreSQL; plain ones on SQLite."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.contrib.postgres import operations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor as Editor
from django.db.migrations import AddConstraint, AddIndex, RemoveIndex


class AddIndexConcurrently(operations.AddIndexConcurrently):
    """Builds an index while others write; what an attempt that failed left of it goes first."""

    def database_forwards(self, app_label: str, schema_editor: Editor, *states: Any) -> None:
        if not _is_postgres(schema_editor):
            AddIndex.database_forwards(self, app_label, schema_editor, *states)
            return
        with _patience(schema_editor):
            name = schema_editor.quote_name(self.index.name)
            schema_editor.execute(f"DROP INDEX CONCURRENTLY IF EXISTS {name}")
            super().database_forwards(app_label, schema_editor, *states)

    def database_backwards(self, app_label: str, schema_editor: Editor, *states: Any) -> None:
        if not _is_postgres(schema_editor):
            AddIndex.database_backwards(self, app_label, schema_editor, *states)
            return
        with _patience(schema_editor):
            super().database_backwards(app_label, schema_editor, *states)


class RemoveIndexConcurrently(operations.RemoveIndexConcurrently):
    """Removes an index while others write."""

    def database_forwards(self, app_label: str, schema_editor: Editor, *states: Any) -> None:
        if not _is_postgres(schema_editor):
            RemoveIndex.database_forwards(self, app_label, schema_editor, *states)
            return
        with _patience(schema_editor):
            super().database_forwards(app_label, schema_editor, *states)

    def database_backwards(self, app_label: str, schema_editor: Editor, *states: Any) -> None:
        if not _is_postgres(schema_editor):
            RemoveIndex.database_backwards(self, app_label, schema_editor, *states)
            return
        with _patience(schema_editor):
            super().database_backwards(app_label, schema_editor, *states)


class AddConstraintNotValid(operations.AddConstraintNotValid):
    """Adds a check for what is written from now on; what is there is not looked at."""

    def database_forwards(self, app_label: str, schema_editor: Editor, *states: Any) -> None:
        plain = AddConstraint.database_forwards
        forwards = super().database_forwards if _is_postgres(schema_editor) else plain.__get__(self)
        forwards(app_label, schema_editor, *states)


class ValidateConstraint(operations.ValidateConstraint):
    """Looks, while others write, whether what is there passes a check that is not valid yet."""

    def database_forwards(self, app_label: str, schema_editor: Editor, *states: Any) -> None:
        if _is_postgres(schema_editor):  # elsewhere the check has looked at once
            super().database_forwards(app_label, schema_editor, *states)


def _is_postgres(schema_editor: Editor) -> bool:
    return schema_editor.connection.vendor == "postgresql"


@contextmanager
def _patience(schema_editor: Editor) -> Iterator[None]:
    """Wait for as long as it takes: while an index is built nobody has to wait for us."""
    with schema_editor.connection.cursor() as cursor:
        cursor.execute("SHOW lock_timeout")
        before = cursor.fetchone()[0]
        cursor.execute("SET lock_timeout = 0")
        try:
            yield
        finally:
            cursor.execute("SELECT set_config('lock_timeout', %s, false)", [before])
