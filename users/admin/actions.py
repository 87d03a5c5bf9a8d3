"""What the list of people offers to do with those that are ticked, or with all that match."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.contrib import admin, messages
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest

from .. import rules
from ..bulk import blocks
from ..models import User
from ..status import Status

BLOCK = 500


@dataclass(frozen=True)
class Verb:
    """One verb of a person's life: whom it suits, what refuses it, how it is told."""

    do: Callable[[User], None]
    done: str
    suits: Callable[[User], bool]
    unsuited: str
    refusal: Callable[[User, User, set[Any]], str | None]


def _living(person: User) -> bool:
    return person.deleted_at is None


SUSPEND = Verb(
    User.suspend,
    "suspended",
    lambda person: _living(person) and person.status != Status.SUSPENDED,
    "They are suspended or deleted already.",
    rules.refusal_to_suspend,
)
REACTIVATE = Verb(
    User.reactivate,
    "reactivated",
    lambda person: _living(person) and person.status == Status.SUSPENDED,
    "They are not suspended.",
    rules.refusal_to_change,
)
DELETE = Verb(
    User.soft_delete, "deleted", _living, "They are deleted already.", rules.refusal_to_delete
)
RESTORE = Verb(
    User.restore,
    "restored",
    lambda person: not _living(person),
    "They are not deleted.",
    rules.refusal_to_change,
)


@transaction.atomic
def apply(verb: Verb, actor: User, people: QuerySet[Any]) -> tuple[int, Counter[str]]:
    """Do it to everybody whom the rules allow; return how many, and the others by reason."""
    grantable = rules.grantable_roles(actor)
    done, skipped = 0, Counter[str]()
    ids = list(people.order_by().values_list("pk", flat=True))
    for block in blocks(ids, BLOCK):
        rows = User.all_objects.with_ids(block).select_for_update().prefetch_related("roles")
        for person in rows:
            reason = None if verb.suits(person) else verb.unsuited
            reason = reason or verb.refusal(actor, person, grantable)
            if reason:
                skipped[reason] += 1
            else:
                verb.do(person)
                done += 1
    return done, skipped


def count_of(number: int) -> str:
    """Return the number with its noun."""
    return f"{number} user" if number == 1 else f"{number} users"


class LifecycleActions(admin.ModelAdmin):
    """Suspend, reactivate, delete and restore; deletion can always be undone."""

    @admin.action(description="Suspend selected users", permissions=["change"])
    def suspend(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        self._apply(SUSPEND, request, queryset)

    @admin.action(description="Reactivate selected users", permissions=["change"])
    def reactivate(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        self._apply(REACTIVATE, request, queryset)

    @admin.action(description="Delete selected users (can be restored)", permissions=["delete"])
    def soft_delete(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        self._apply(DELETE, request, queryset)

    @admin.action(description="Restore selected users", permissions=["delete"])
    def restore(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        self._apply(RESTORE, request, queryset)

    def _apply(self, verb: Verb, request: HttpRequest, people: QuerySet[Any]) -> None:
        actor: Any = request.user
        done, skipped = apply(verb, actor, people)
        if done:
            self.message_user(request, f"{count_of(done)} {verb.done}.", messages.SUCCESS)
        for reason, number in skipped.items():
            self.message_user(request, f"{count_of(number)} skipped: {reason}", messages.WARNING)
