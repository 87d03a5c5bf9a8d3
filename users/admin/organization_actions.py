"""What the list of organizations offers to do with those that are ticked, and with their people."""

from typing import Any
from uuid import UUID

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils.translation import gettext_lazy as _

from ..models import Organization
from .actions import count_of
from .organization_verbs import (
    DELETE,
    REACTIVATE,
    RESTORE,
    SUSPEND,
    VERBS,
    Verb,
    apply,
    permissions,
)


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
        description=_("Suspend selected organizations and their users"), permissions=["suspend"]
    )
    def suspend(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        self._apply(SUSPEND, request, queryset)

    @admin.action(
        description=_("Reactivate selected organizations and their users"), permissions=["suspend"]
    )
    def reactivate(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        self._apply(REACTIVATE, request, queryset)

    @admin.action(
        description=_("Delete selected organizations and their users (can be restored)"),
        permissions=["remove"],
    )
    def soft_delete(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        self._apply(DELETE, request, queryset)

    @admin.action(
        description=_("Restore selected organizations and their users"), permissions=["remove"]
    )
    def restore(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        self._apply(RESTORE, request, queryset)

    def _apply(self, verb: Verb, request: HttpRequest, organizations: QuerySet[Any]) -> None:
        ids = list(organizations.order_by("name_key", "pk").values_list("pk", flat=True))
        for pk in ids:
            self._do(verb, request, Organization.objects.get(pk=pk))

    def _do(self, verb: Verb, request: HttpRequest, organization: Organization) -> None:
        actor: Any = request.user
        number, reason = apply(verb, actor, organization)
        if reason:
            self.message_user(request, f"{organization} skipped: {reason}", messages.WARNING)
        else:
            words = f"{organization} {verb.done}, with {count_of(number)}."
            self.message_user(request, words, messages.SUCCESS)

    # -- one organization: asked first, with what it would do

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.verb_view)
        verb = path("<uuid:object_id>/verb/<str:name>/", view, name="users_organization_verb")
        return [verb, *super().get_urls()]

    def verb_view(self, request: HttpRequest, object_id: UUID, name: str) -> HttpResponse:
        """Tell what a verb would do to an organization and its people; on POST, do it."""
        verb = VERBS.get(name)
        if verb is None:
            raise Http404
        if not permissions(request.user)[name]:
            raise PermissionDenied
        organization = self.get_object(request, str(object_id))
        if organization is None:
            return redirect("admin:users_organization_changelist")
        if request.method == "POST":
            self._do(verb, request, organization)
            return redirect("admin:users_organization_change", organization.pk)
        return self._ask(verb, request, organization)

    def _ask(self, verb: Verb, request: HttpRequest, organization: Organization) -> HttpResponse:
        actor: Any = request.user
        applies = organization.state in verb.from_states
        shown = {
            "title": f"{verb.title}: {organization}",
            "organization": organization,
            "verb": verb,
            "applies": applies,
            "count": count_of(verb.people(organization).count()),
            "refusal": verb.refusal(actor, organization) if applies else None,
        }
        context = self.admin_site.each_context(request) | {"opts": self.opts} | shown
        return TemplateResponse(request, "admin/users/organization/verb.html", context)
