"""What the list of organizations offers to do with those that are ticked, and with their people."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.contrib import admin, messages
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest

from .. import cascades, rules
from ..models import Organization, User
from .actions import count_of


@dataclass(frozen=True)
class Verb:
    """One verb of an organization: what refuses it, and how it is told."""

    do: Callable[[Organization], int]
    done: str
    refusal: Callable[[User, Organization], str | None]


SUSPEND = Verb(cascades.suspend_organization, "suspended", rules.refusal_to_suspend_organization)
REACTIVATE = Verb(
    cascades.reactivate_organization, "reactivated", rules.refusal_to_reactivate_organization
)
DELETE = Verb(cascades.delete_organization, "deleted", rules.refusal_to_delete_organization)
RESTORE = Verb(cascades.restore_organization, "restored", rules.refusal_to_restore_organization)


@transaction.atomic
def apply(verb: Verb, actor: User, organization: Organization) -> tuple[int, str | None]:
    """Do it, unless the rules refuse; return how many people it took along, and the reason."""
    cascades.lock(organization)
    reason = verb.refusal(actor, organization)
    return (0, reason) if reason else (verb.do(organization), None)


class OrganizationActions(admin.ModelAdmin):
    """Suspend, reactivate, delete and restore organizations; all of it can be undone."""

    def has_suspend_permission(self, request: HttpRequest) -> bool:
        """Return whether the user may take people along into a suspension."""
        actor: Any = request.user
        return self.has_change_permission(request) and bool(actor.has_perm("users.manage_user"))

    def has_remove_permission(self, request: HttpRequest) -> bool:
        """Return whether the user may take people along into a deletion."""
        actor: Any = request.user
        return self.has_change_permission(request) and bool(actor.has_perm("users.delete_user"))

    @admin.action(
        description="Suspend selected organizations and their users", permissions=["suspend"]
    )
    def suspend(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        self._apply(SUSPEND, request, queryset)

    @admin.action(
        description="Reactivate selected organizations and their users", permissions=["suspend"]
    )
    def reactivate(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        self._apply(REACTIVATE, request, queryset)

    @admin.action(
        description="Delete selected organizations and their users (can be restored)",
        permissions=["remove"],
    )
    def soft_delete(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        self._apply(DELETE, request, queryset)

    @admin.action(
        description="Restore selected organizations and their users", permissions=["remove"]
    )
    def restore(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        self._apply(RESTORE, request, queryset)

    def _apply(self, verb: Verb, request: HttpRequest, organizations: QuerySet[Any]) -> None:
        actor: Any = request.user
        ids = list(organizations.order_by("name_key", "pk").values_list("pk", flat=True))
        for pk in ids:
            organization = Organization.objects.get(pk=pk)
            number, reason = apply(verb, actor, organization)
            if reason:
                self.message_user(request, f"{organization} skipped: {reason}", messages.WARNING)
            else:
                words = f"{organization} {verb.done}, with {count_of(number)}."
                self.message_user(request, words, messages.SUCCESS)
