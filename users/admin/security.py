from collections.abc import Iterator
from typing import Any

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django import forms
from django.contrib import admin
from django.contrib.auth.models import Group
from django.db.models import ManyToManyField, QuerySet
from django.forms.models import ModelChoiceIterator
from django.http import HttpRequest
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from .. import rules
from ..models import Connection, Role
from ..models.connection import BUILT_IN_CONNECTION_ID
from .base import is_autocomplete
from .forms import RoleForm
from .permission_words import GROUPS, words_of
from .role_matrix import RoleMatrix
from .shared import SharedAdmin
from .showing import badge

# Other applications' admins ask for Django's permissions, which nobody here holds, and know no
# sight; what these rows mean is shown on the page of the person.
for model in (Group, EmailAddress, Authenticator, UserSession):
    admin.site.unregister(model)


class PermissionsInGroups(ModelChoiceIterator):
    """The choices of permissions, grouped by what they allow; others come last."""

    def __iter__(self) -> Iterator[Any]:
        choices = {each.codename: self.choice(each) for each in self.queryset}
        for title, group in GROUPS:
            if found := [choices.pop(name) for name in group if name in choices]:
                yield title, found
        yield from choices.values()


class PermissionsField(forms.ModelMultipleChoiceField):
    """Permissions as boxes to tick, in plain words."""

    iterator = PermissionsInGroups

    def label_from_instance(self, obj: Any) -> str:
        return words_of(obj.codename)


@admin.register(Role)
class RoleAdmin(RoleMatrix, SharedAdmin):
    """Roles: one is changed only by who holds all that it gives."""

    people_field, people_filter, icon = "roles", "role", "shield-check"
    intro = _("A role is a set of permissions. Who holds several may do what any of them allows.")
    empty = _("No roles")
    empty_hint = _("Add one, and say what it allows.")
    form = RoleForm
    fields = ["name", "description", "permissions", "shipped", "id", "created_at", "updated_at"]
    readonly_fields = ["shipped", "id", "created_at", "updated_at"]
    list_display = ["name", "about", "kind", "people"]

    @admin.display(description=_("kind"), ordering="shipped")
    def kind(self, role: Role) -> str:
        return badge(gettext("Built-in"), "info") if role.shipped else badge(gettext("Own"), "")

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """Offer, where a role is chosen, only such as the actor may grant."""
        found, duplicates = super().get_search_results(request, queryset, search_term)
        if is_autocomplete(request):
            actor: Any = request.user
            found = found.filter(pk__in=rules.grantable_roles(actor))
        return found, duplicates

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        actor: Any = request.user
        may = super().has_change_permission(request, obj)
        return may and (obj is None or rules.may_grant(actor, obj))

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_delete_permission(request, obj) and not obj.shipped

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        fixed = obj is not None and obj.shipped
        return [*self.readonly_fields, "name"] if fixed else self.readonly_fields

    def formfield_for_manytomany(
        self, db_field: ManyToManyField, request: HttpRequest, **kwargs: Any
    ) -> Any:
        if db_field.name == "permissions":
            actor: Any = request.user
            kwargs["queryset"] = rules.grantable_permissions(actor).order_by("name")
            kwargs |= {"form_class": PermissionsField, "widget": forms.CheckboxSelectMultiple}
        return super().formfield_for_manytomany(db_field, request, **kwargs)


@admin.register(Connection)
class ConnectionAdmin(SharedAdmin):
    """The sources of identities."""

    people_field, people_filter, icon = "connection", "connection", "plug"
    intro = _(
        "A connection is where people's identities come from: the built-in one checks passwords "
        "here, others stand for another directory that does."
    )
    empty = _("No connections")
    empty_hint = _("Add one for each directory that people come from.")
    fields = ["id", "name", "domain", "description", "created_at", "updated_at"]
    list_display = ["name", "kind", "domain", "about", "people"]
    search_help_text = _("Search by name, id or domain")

    @admin.display(description=_("kind"))
    def kind(self, connection: Connection) -> str:
        built_in = connection.pk == BUILT_IN_CONNECTION_ID
        return badge(gettext("Built-in"), "info") if built_in else badge(gettext("Outside"), "")

    search_fields = ["name_key__contains", "id", "domain"]
