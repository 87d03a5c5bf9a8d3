"""The roles, groups, sites and tags of a person, as tables on its page."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from ..models import Site, User, UserGroup, UserRole, UserSite, UserTag
from .choices import ChoicesInSight
from .forms import MembershipFormSet, RoleFormSet


class MembershipInline(ChoicesInSight, admin.TabularInline):
    """One kind of thing that a person belongs to; who may change the person may change these."""

    extra = 0
    formset = MembershipFormSet
    other: str

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).select_related(self.other)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self._people.has_view_permission(request, obj)

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.has_change_permission(request, obj)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self._people.has_change_permission(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.has_change_permission(request, obj)

    @property
    def _people(self) -> admin.ModelAdmin:
        return self.admin_site.get_model_admin(User)


class RoleInline(MembershipInline):
    """Roles: only such as the actor may grant, and nobody's own."""

    model, other = UserRole, "role"
    verbose_name, verbose_name_plural = _("role"), _("roles")
    autocomplete_fields = ["role"]
    formset = RoleFormSet

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_change_permission(request, obj) and request.user != obj


class GroupInline(MembershipInline):
    model, other = UserGroup, "group"
    verbose_name, verbose_name_plural = _("group"), _("groups")
    autocomplete_fields = ["group"]


class SiteInline(MembershipInline):
    """Sites in sight; a membership of another one is neither shown nor touched."""

    model, other = UserSite, "site"
    verbose_name, verbose_name_plural = _("site"), _("sites")
    autocomplete_fields = ["site"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        visible = Site.objects.visible_to(request.user)
        return super().get_queryset(request).filter(site__in=visible)


class TagInline(MembershipInline):
    model, other = UserTag, "tag"
    verbose_name, verbose_name_plural = _("tag"), _("tags")
    autocomplete_fields = ["tag"]


MEMBERSHIP_INLINES = [RoleInline, GroupInline, SiteInline, TagInline]
