"""Writes of many people at once that keep what single writes keep: copies, stamps and the audit."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from auditlog.diff import is_primitive
from django.apps import apps
from django.db import models, transaction

from usersvc import clock

from . import actor

DERIVED_FROM = {"name", "email", "description", "username"}
# Bookkeeping of sign-ins, renewed hashes of the same password, and copies are no changes.
UNTRACKED = {"last_login", "login_count", "password", "search_text", "name_key"}
BLOCK = 1000


class AuditedWrites(models.QuerySet):
    """update() and bulk_create() that no audit misses, in blocks of bounded memory."""

    def bulk_create(self, objs: Iterable[Any], *args: Any, **kwargs: Any) -> list[Any]:
        people = list(objs)
        for person in people:
            person.refresh_keys()
            person.stamp()
        with transaction.atomic():
            created = super().bulk_create(people, *args, **kwargs)
            entries = apps.get_model("users.AuditEntry")
            entries.objects.record_changes(
                people,
                {person.pk: {"username": [None, person.username]} for person in people},
                entries.Action.CREATE,
            )
        return created

    def update(self, **values: Any) -> int:
        """Update, leaving one audit entry for each person that changed."""
        if derived := DERIVED_FROM.intersection(values):
            raise ValueError(
                f"save() keeps the copies of {', '.join(sorted(derived))}; update() cannot"
            )
        if UNTRACKED.issuperset(values):
            return super().update(**values)
        ids = list(self.order_by().values_list("pk", flat=True))
        return sum(self._update_block(block, values) for block in blocks(ids, BLOCK))

    update.alters_data = True  # type: ignore[attr-defined]

    @transaction.atomic
    def _update_block(self, ids: Sequence[Any], values: dict[str, Any]) -> int:
        everybody = self.model._base_manager
        fields = [self.model._meta.get_field(name).attname for name in values]  # type: ignore[union-attr]
        people = list(
            everybody.filter(pk__in=ids)
            .select_for_update()
            .only("username", "organization_id", *fields)
        )
        before = {person.pk: _values(person, fields) for person in people}
        stamps = {"updated_at": clock.now()} | (
            {"updated_by": by} if (by := actor.current_user()) else {}
        )
        block: models.QuerySet[Any, Any] = models.QuerySet(self.model, using=self.db).filter(
            pk__in=ids
        )
        count = block.update(**stamps, **values)
        after = {person.pk: _values(person, fields) for person in block.only(*fields)}
        entries = apps.get_model("users.AuditEntry")
        changes = {pk: _difference(before[pk], after[pk]) for pk in before}
        entries.objects.record_changes(people, changes, entries.Action.UPDATE)
        return count


def blocks(items: Sequence[Any], size: int) -> Iterator[Sequence[Any]]:
    """Yield the items in runs of at most size."""
    for start in range(0, len(items), size):
        yield items[start : start + size]


def _values(person: models.Model, fields: list[str]) -> dict[str, Any]:
    return {field: getattr(person, field) for field in fields}


def _difference(old: dict[str, Any], new: dict[str, Any]) -> dict[str, Any]:
    return {
        field: [_plain(old[field]), _plain(new[field])] for field in old if old[field] != new[field]
    }


def _plain(value: Any) -> Any:
    return value if is_primitive(value) else str(value)
