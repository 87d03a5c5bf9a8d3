"""What the list of people offers to do with those that are ticked, or with all that match."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest

from ..bulk_actions import DELETE, REACTIVATE, RESTORE, SUSPEND, Action
from ..bulk_runs import Ids, carry_out
from ..querysets import UserQuerySet


def count_of(number: int) -> str:
    """Return the number with its noun."""
    return f"{number} user" if number == 1 else f"{number} users"


class LifecycleActions(admin.ModelAdmin):
    """Suspend, reactivate, delete and restore; deletion can always be undone."""

    @admin.action(description="Suspend selected users", permissions=["change"])
    def suspend(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        self._apply(SUSPEND, "suspended", request, queryset)

    @admin.action(description="Reactivate selected users", permissions=["change"])
    def reactivate(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        self._apply(REACTIVATE, "reactivated", request, queryset)

    @admin.action(description="Delete selected users (can be restored)", permissions=["delete"])
    def soft_delete(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        self._apply(DELETE, "deleted", request, queryset)

    @admin.action(description="Restore selected users", permissions=["delete"])
    def restore(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        self._apply(RESTORE, "restored", request, queryset)

    def _apply(
        self, action: Action, done: str, request: HttpRequest, people: QuerySet[Any]
    ) -> None:
        actor: Any = request.user
        asked: UserQuerySet = people  # type: ignore[assignment]
        tally = carry_out(actor, action, Ids.of(asked))
        if tally.done:
            self.message_user(request, f"{count_of(tally.done)} {done}.", messages.SUCCESS)
        for reason, number in tally.skipped.items():
            self.message_user(request, f"{count_of(number)} skipped: {reason}", messages.WARNING)
