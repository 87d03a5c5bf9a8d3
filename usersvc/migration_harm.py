"""What an operation of a migration does to those who work meanwhile, and what to do instead."""

from dataclasses import dataclass
from functools import singledispatch
from typing import Any

from django.contrib.postgres import operations as postgres
from django.db import migrations as plain
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ProjectState
from django.db.models import NOT_PROVIDED, Value

from . import migration_operations as ours

# Tables with few rows in every directory; all others are big.
SMALL = {
    *("apikey", "chore", "connection", "exportschedule", "group", "listpreference", "organization"),
    *("overview", "policy", "role", "savedview", "serviceaccount", "site", "tag", "webhook"),
}
GIVEN = "usersvc.migration_operations has it"
ALONE = "and in a migration of its own with atomic = False"
INDEX = f"nobody can write until it is there: {GIVEN} as %s, {ALONE}"
ASKED_FOR = (
    "the version before, which still runs, asks for it: stop that in one release, go on in the next"
)


@dataclass(frozen=True)
class Moment:
    """What there is when an operation begins: the models, and which are new and have no rows."""

    migration: plain.Migration
    state: ProjectState
    new: frozenset[str]

    def is_new(self, model: str) -> bool:
        return model.lower() in self.new

    def is_small(self, model: str) -> bool:
        return self.is_new(model) or model.lower() in SMALL

    def field(self, model: str, name: str) -> Any:
        return self.state.models[self.migration.app_label, model.lower()].get_field(name)


@singledispatch
def harm(operation: Operation, at: Moment) -> str:
    """Return what harm an operation does and what to do instead; nothing for a harmless one."""
    return "nobody has told what it locks"


@harm.register(plain.CreateModel)
@harm.register(plain.AlterModelOptions)
@harm.register(plain.AlterModelManagers)
@harm.register(plain.AlterModelTableComment)
@harm.register(plain.RenameIndex)
@harm.register(plain.RemoveConstraint)
@harm.register(ours.AddConstraintNotValid)
def _(operation: Operation, at: Moment) -> str:
    return ""


@harm.register(plain.RemoveField)
@harm.register(plain.RenameField)
@harm.register(plain.DeleteModel)
@harm.register(plain.RenameModel)
@harm.register(plain.AlterModelTable)
def _(operation: Operation, at: Moment) -> str:
    return ASKED_FOR


@harm.register(plain.RunPython)
@harm.register(plain.RunSQL)
def _(operation: Operation, at: Moment) -> str:
    return "its rows are locked until all is done: write in blocks, or accept that they are few"


@harm.register(postgres.AddIndexConcurrently)
@harm.register(postgres.RemoveIndexConcurrently)
@harm.register(postgres.AddConstraintNotValid)
@harm.register(postgres.ValidateConstraint)
def _(operation: Operation, at: Moment) -> str:
    return f"SQLite does not know it: {GIVEN} for both"


@harm.register(ours.AddIndexConcurrently)
@harm.register(ours.RemoveIndexConcurrently)
def _(operation: Operation, at: Moment) -> str:
    return f"it cannot be done in a transaction: {ALONE}" if at.migration.atomic else ""


@harm.register
def _(operation: ours.ValidateConstraint, at: Moment) -> str:
    others = [each for each in at.migration.operations if type(each) is not type(operation)]
    return "what was locked before it stays locked: in a migration of its own" if others else ""


@harm.register(plain.AddIndex)
@harm.register(plain.RemoveIndex)
def _(operation: Any, at: Moment) -> str:
    instead = f"{type(operation).__name__}Concurrently"
    return "" if at.is_small(operation.model_name) else INDEX % instead


@harm.register(plain.AddConstraint)
@harm.register(plain.AlterUniqueTogether)
def _(operation: Any, at: Moment) -> str:
    if at.is_small(getattr(operation, "model_name", "") or operation.name):
        return ""
    return (
        f"nobody can write until all rows are looked at: {GIVEN} as AddConstraintNotValid, and "
        "ValidateConstraint for the next migration; what is unique takes an index that was built "
        "concurrently, and ADD CONSTRAINT … UNIQUE USING INDEX"
    )


@harm.register
def _(operation: plain.AddField, at: Moment) -> str:
    field: Any = operation.field
    model = operation.model_name
    if field.many_to_many or at.is_new(model):
        return ""
    if not field.null and field.db_default is NOT_PROVIDED and not field.generated:
        return "the version before writes rows without it: null=True, or db_default=…"
    if at.is_small(model):
        return ""
    if field.generated or _is_computed(field.db_default):
        return "every row is written anew: null=True, and fill it in blocks"
    if field.db_index or field.unique:
        return f"{INDEX % 'AddIndexConcurrently'}; here db_index=False"
    return ""


@harm.register
def _(operation: plain.AlterField, at: Moment) -> str:
    if at.is_small(operation.model_name):
        return ""
    before, after = at.field(operation.model_name, operation.name), operation.field
    if before.db_column != after.db_column:
        return ASKED_FOR
    changed = _changes(before, after)
    return (
        f"{', '.join(changed)}: all rows are read or written while nobody can write"
        if changed
        else ""
    )


def _is_computed(default: Any) -> bool:
    return hasattr(default, "resolve_expression") and not isinstance(default, Value)


def _changes(before: Any, after: Any) -> list[str]:
    """Return what of a field differs that PostgreSQL reads or writes all rows for."""
    _, kind, _, old = before.deconstruct()
    _, other_kind, _, new = after.deconstruct()
    if kind != other_kind:
        return ["type"]
    harmless = {*before.non_db_attrs, "default", "db_default", "db_comment"}
    if not old.get("null") or new.get("null"):
        harmless.add("null")
    if old.get("max_length") and (new.get("max_length") or 0) > old["max_length"]:
        harmless.add("max_length")
    return sorted(k for k in {*old, *new} - harmless if old.get(k) != new.get(k))
