"""A system check of migrations: none keeps others from writing, or breaks the version before."""

from collections.abc import Iterator
from typing import Any

from django.core.checks import CheckMessage, Error, Tags, register
from django.db.migrations import CreateModel, Migration
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ProjectState

from .migration_harm import Moment, harm

# The last that came before anybody used the service while it migrated.
BEFORE = {"users": "0034_create_export_schedule", "exports": "0006_remember_clients"}


@register(Tags.models)
def migrations_let_others_work(**kwargs: Any) -> list[CheckMessage]:
    """Report operations of later migrations that others would have to wait for."""
    loader = MigrationLoader(None)
    later = [key for key in loader.disk_migrations if key[1] > BEFORE.get(key[0], "9999")]
    return [
        Error(f"{'.'.join(key)}: {refusal}", hint="CONTRIBUTING.md, Migrations.", id="usersvc.E002")
        for key in sorted(later)
        for refusal in refusals(loader.disk_migrations[key], loader.project_state(key, False))
    ]


def refusals(migration: Migration, state: ProjectState) -> Iterator[str]:
    """Yield each operation that does harm and is not accepted: its name, why, and what to do."""
    accepted: dict[str, str] = getattr(migration, "accepted", {})
    harmful, new = set(), set()
    for operation in migration.operations:
        if isinstance(operation, CreateModel):
            new.add(operation.name_lower)
        moment = Moment(migration, state, frozenset(new))
        for part in getattr(operation, "database_operations", [operation]):
            name, reason = name_of(part), harm(part, moment)
            if reason and not accepted.get(name):
                yield f"{name}: {reason}"
            harmful |= {name} if reason else set()
        operation.state_forwards(migration.app_label, state)
    for name in sorted(set(accepted) - harmful):
        yield f"{name}: it is accepted, and is harmless or not there"


def name_of(operation: Operation) -> str:
    """Return how an operation is called where it is accepted."""
    code = getattr(getattr(operation, "code", None), "__name__", "")
    return f"{type(operation).__name__} {operation.migration_name_fragment or code}".strip()
