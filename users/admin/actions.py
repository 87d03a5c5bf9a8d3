"""What the list of people offers to do with those that are ticked, or with all that match."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest

from ..bulk_actions import DELETE, REACTIVATE, RESTORE, SUSPEND, Action
from ..bulk_lockout import UNLOCK
from ..bulk_runs import Ids, carry_out
from ..invitations import Invite, Revoke
from ..querysets import UserQuerySet


def count_of(number: int) -> str:
    """Return the number with its noun."""
    return f"{number} user" if number == 1 else f"{number} users"


def carry_out_and_tell(
    request: HttpRequest, action: Action, done: str, people: QuerySet[Any]
) -> None:
    """Do it to the people, and tell how many were done and why others were not."""
    actor: Any = request.user
    asked: UserQuerySet = people  # type: ignore[assignment]
    tally = carry_out(actor, action, Ids.of(asked))
    if tally.done:
        messages.success(request, f"{count_of(tally.done)} {done}.")
    for reason, number in tally.skipped.items():
        messages.warning(request, f"{count_of(number)} skipped: {reason}")


class LifecycleActions(admin.ModelAdmin):
    """Suspend, reactivate, delete, restore and invite; deletion can always be undone."""

    @admin.action(description="Suspend selected users", permissions=["change"])
    def suspend(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        carry_out_and_tell(request, SUSPEND, "suspended", queryset)

    @admin.action(description="Reactivate selected users", permissions=["change"])
    def reactivate(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        carry_out_and_tell(request, REACTIVATE, "reactivated", queryset)

    @admin.action(description="Delete selected users (can be restored)", permissions=["delete"])
    def soft_delete(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        carry_out_and_tell(request, DELETE, "deleted", queryset)

    @admin.action(description="Restore selected users", permissions=["delete"])
    def restore(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        carry_out_and_tell(request, RESTORE, "restored", queryset)

    @admin.action(description="Invite selected users (again)", permissions=["change"])
    def invite(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        carry_out_and_tell(request, Invite(), "invited", queryset)

    @admin.action(description="Revoke invitations of selected users", permissions=["change"])
    def revoke_invitation(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        carry_out_and_tell(request, Revoke(), "no longer invited", queryset)

    @admin.action(description="Unlock selected users (wrong passwords)", permissions=["change"])
    def unlock(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        carry_out_and_tell(request, UNLOCK, "unlocked", queryset)
