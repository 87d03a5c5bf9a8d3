"""Writes of many people at once that keep what single writes keep: copies, stamps and the audit."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

from auditlog.diff import is_primitive
from django.apps import apps
from django.db import models, transaction
from django.utils.timezone import make_naive

from usersvc import clock

from . import actor
from .inserting import insert

DERIVED_FROM = {"name", "email", "description", "username"}
# Bookkeeping of sign-ins, renewed hashes of the same password, and copies are no changes.
UNTRACKED = {"last_login", "login_count", "password", "search_text", "name_key"}
# They are written with what somebody changes, and alone only when that somebody is gone.
STAMPS = {"created_by", "updated_by"}
# Ends sessions and tokens; the audit shows what ended them.
UNSHOWN = {"sign_in_version"}
BLOCK = 1000


class AuditedWrites(models.QuerySet):
    """update() and bulk_create() that no audit misses, in blocks of bounded memory."""

    def bulk_create(self, objs: Iterable[Any], *args: Any, **kwargs: Any) -> list[Any]:
        people = _prepared(objs)
        with transaction.atomic():
            created = super().bulk_create(people, *args, **kwargs)
            _record_new(people)
        return created

    def insert_all(self, objs: Iterable[Any]) -> None:
        """Do what bulk_create does without options, faster."""
        people = _prepared(objs)
        with transaction.atomic():
            insert(people)
            _record_new(people)

    def update(self, **values: Any) -> int:
        """Update, leaving one audit entry for each person that changed."""
        if derived := DERIVED_FROM.intersection(values):
            raise ValueError(
                f"save() keeps the copies of {', '.join(sorted(derived))}; update() cannot"
            )
        if (UNTRACKED | STAMPS).issuperset(values):
            return super().update(**values)
        ids = list(self.order_by().values_list("pk", flat=True))
        return sum(self._update_block(block, values) for block in blocks(ids, BLOCK))

    update.alters_data = True  # type: ignore[attr-defined]

    @transaction.atomic
    def _update_block(self, ids: Sequence[Any], values: dict[str, Any]) -> int:
        everybody = self.model._base_manager.filter(pk__in=ids).order_by("pk")
        people = everybody.select_for_update().only("username", "organization_id", *values)
        return change(list(people), values)


def _prepared(objs: Iterable[Any]) -> list[Any]:
    people = list(objs)
    for person in people:
        person.refresh_keys()
        person.stamp()
    return people


def _record_new(people: Sequence[Any]) -> None:
    entries = apps.get_model("users.AuditEntry")
    new = {person.pk: {"username": [None, person.username]} for person in people}
    entries.objects.record_changes(people, new, entries.Action.CREATE)


def change(people: Sequence[models.Model], values: dict[str, Any]) -> int:
    """Write values to people who are locked and loaded, in one statement and one entry each."""
    if not people:
        return 0
    block = _block(people)
    before = {person.pk: _values(person, values) for person in people}
    count = block.update(**_stamps(), **values)
    after = {person.pk: _values(person, values) for person in block.only(*values)}
    record(people, {pk: _difference(before[pk], after[pk]) for pk in before})
    return count


def touch(people: Sequence[models.Model]) -> None:
    """Write who changed people, and when, for a change of what they belong to."""
    _block(people).update(**_stamps())


def record(people: Sequence[models.Model], changes: dict[Any, dict[str, Any]]) -> None:
    """Leave one audit entry for each person that changed."""
    entries = apps.get_model("users.AuditEntry")
    entries.objects.record_changes(people, changes, entries.Action.UPDATE)


def blocks(items: Sequence[Any], size: int) -> Iterator[Sequence[Any]]:
    """Yield the items in runs of at most size."""
    for start in range(0, len(items), size):
        yield items[start : start + size]


def _block(people: Sequence[models.Model]) -> models.QuerySet[Any, Any]:
    """Return a plain queryset of the people: its update() is one statement."""
    return models.QuerySet(type(people[0])).filter(pk__in=[person.pk for person in people])


def _stamps() -> dict[str, Any]:
    by = actor.current_user()
    return {"updated_at": clock.now()} | ({"updated_by": by} if by else {})


def _values(person: models.Model, names: Iterable[str]) -> dict[str, Any]:
    fields = [person._meta.get_field(name) for name in names if name not in UNSHOWN]
    return {field.name: getattr(person, field.attname) for field in fields}  # type: ignore[union-attr]


def _difference(old: dict[str, Any], new: dict[str, Any]) -> dict[str, Any]:
    return {
        field: [plain(old[field]), plain(new[field])] for field in old if old[field] != new[field]
    }


def plain(value: Any) -> Any:
    """Return a value as auditlog writes it."""
    if isinstance(value, datetime):
        return str(make_naive(value, UTC))
    return value if is_primitive(value) else str(value)
