"""Organizations in the admin: the tree that bounds what its people see."""

from typing import Any

from django.contrib import admin
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.views.main import ChangeList
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from ..models import Organization, Policy
from ..models.organization import OrganizationState
from ..models.policy import NAMES
from .forms import OrganizationForm
from .organization_actions import OrganizationActions
from .organization_columns import OrganizationColumns
from .organization_page import OrganizationPage
from .organization_tree import OrganizationTree
from .shared import SharedAdmin


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


class StateFilter(admin.SimpleListFilter):
    """Only the organizations in one state, as a plain list."""

    title, parameter_name = _("state"), "state"
    template = "admin/users/shared/tabs.html"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Any:
        return OrganizationState.choices

    def queryset(self, request: HttpRequest, organizations: Any) -> Any:
        word = self.value()
        if not word:
            return organizations
        if word not in OrganizationState.values:
            raise IncorrectLookupParameters(f"state: {word}")
        return organizations.in_states([word])


@admin.register(Organization)
class OrganizationAdmin(OrganizationPage, OrganizationActions, OrganizationColumns, SharedAdmin):
    """The tree in sight, each organization below its parent; deletion can always be undone."""

    change_list_template = "admin/users/organization/change_list.html"
    change_form_template = "admin/users/organization/change_form.html"
    icon = "building-2"
    intro = _(
        "Organizations form a tree. Who belongs to one sees its people and those of all below it."
    )
    empty = _("No organizations")
    empty_hint = _("None is here, or none matches what you look for.")
    form = OrganizationForm
    inlines = [PolicyInline]
    fields = ["name", "external_id", "parent", "description"]
    readonly_fields = []
    autocomplete_fields = ["parent"]
    list_display = ["branch", "headcount", "below", "rules", "state_of", "verbs"]
    list_display_links = None
    list_filter = [StateFilter]
    search_fields = ["name_key__contains", "external_id"]
    search_help_text = _("Search by name or external id")
    sortable_by = ()
    actions = ["suspend", "reactivate", "soft_delete", "restore"]

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return OrganizationTree

    def get_queryset(self, request: HttpRequest) -> Any:
        return Organization.objects.visible_to(request.user).order_by("name_key", "pk")

    def get_inlines(self, request: HttpRequest, obj: Any) -> Any:
        return self.inlines if obj else []

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_add_permission(self, request: HttpRequest) -> bool:
        actor: Any = request.user
        placed = actor.is_superuser or actor.organization_id is not None
        return placed and super().has_add_permission(request)

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Leave the place of the actor's own organization out: what is above is out of sight."""
        actor: Any = request.user
        own = obj is not None and not actor.is_superuser and obj.pk == actor.organization_id
        return [name for name in self.fields if not own or name != "parent"]
