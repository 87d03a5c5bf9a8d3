from typing import Any

from django.contrib import admin
from django.db.models import Count, OuterRef, Subquery, Value
from django.db.models.functions import Coalesce
from django.http import HttpRequest
from django.utils.html import format_html

from ..models import Group, Organization, Policy, Site, Tag, User
from ..models.policy import NAMES
from .base import SharedAdmin, is_autocomplete
from .forms import OrganizationForm
from .organization_actions import OrganizationActions

DEEPEST = 9


class PolicyInline(admin.StackedInline):
    """What the organization asks of sign-ins; empty where it leaves it to the one above."""

    model = Policy
    can_delete = False
    fields = NAMES
    classes = ["collapse"]

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return True  # as the page itself

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        user: Any = request.user
        return bool(user.has_perm("users.manage_organization"))

    has_change_permission = has_add_permission  # type: ignore[assignment]


@admin.register(Organization)
class OrganizationAdmin(OrganizationActions, SharedAdmin):
    """The tree in sight, each organization below its parent; deletion can always be undone."""

    people_filter = "organization"
    form = OrganizationForm
    inlines = [PolicyInline]
    fields = ["name", "external_id", "parent", "description", "suspended_at", "deleted_at"]
    readonly_fields = ["suspended_at", "deleted_at"]
    autocomplete_fields = ["parent"]
    list_display = ["branch", "external_id", "headcount", "people", "state"]
    list_display_links = ["branch"]
    search_fields = ["name_key__contains", "external_id"]
    sortable_by = ()
    actions = ["suspend", "reactivate", "soft_delete", "restore"]

    def get_queryset(self, request: HttpRequest) -> Any:
        visible = Organization.objects.visible_to(request.user)
        if is_autocomplete(request):
            return visible.order_by("name_key")
        counted = User.objects.filter(organization=OuterRef("pk")).order_by()
        count = counted.values("organization").annotate(n=Count("pk")).values("n")
        tree = visible.annotate(headcount=Coalesce(Subquery(count), 0)).with_tree_fields()
        depths = tree.order_by("tree_depth").values_list("tree_depth", flat=True)
        return tree.annotate(top=Value(depths.first() or 0))

    def get_ordering(self, request: HttpRequest) -> Any:
        return ["tree_ordering"]

    def get_inlines(self, request: HttpRequest, obj: Any) -> Any:
        return self.inlines if obj else []

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_add_permission(self, request: HttpRequest) -> bool:
        actor: Any = request.user
        placed = actor.is_superuser or actor.organization_id is not None
        return placed and super().has_add_permission(request)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Fix the place of the actor's own organization: what is above it is out of sight."""
        actor: Any = request.user
        own = obj is not None and not actor.is_superuser and obj.pk == actor.organization_id
        return [*self.readonly_fields, "parent"] if own else self.readonly_fields

    @admin.display(description="name")
    def branch(self, organization: Any) -> str:
        depth = min(organization.tree_depth - organization.top, DEEPEST)
        return format_html('<span class="depth-{}">{}</span>', depth, organization.name)

    @admin.display(description="living users")
    def headcount(self, organization: Any) -> int:
        return int(organization.headcount)


@admin.register(Site)
class SiteAdmin(SharedAdmin):
    """The sites of the organizations in sight."""

    people_field, people_filter = "sites", "site"
    fields = ["name", "organization", "description", "id", "created_at", "updated_at"]
    list_display = ["name", "organization", "description", "people"]
    list_select_related = ["organization"]
    autocomplete_fields = ["organization"]

    def get_queryset(self, request: HttpRequest) -> Any:
        return Site.objects.visible_to(request.user)


@admin.register(Group)
class GroupAdmin(SharedAdmin):
    people_field, people_filter = "groups", "group"
    fields = ["name", "description", "id", "created_at", "updated_at"]


@admin.register(Tag)
class TagAdmin(SharedAdmin):
    people_field, people_filter = "tags", "tag"
    fields = ["name", "description", "id", "created_at", "updated_at"]
