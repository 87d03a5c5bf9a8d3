"""What the fields of a form offer."""

from typing import Any

from django.contrib.admin.options import BaseModelAdmin
from django.contrib.admin.widgets import AutocompleteSelect
from django.core.exceptions import ValidationError
from django.db.models import ForeignKey
from django.http import HttpRequest

from .. import rules
from ..models import Organization, Role, Site


class ForgivingSelect(AutocompleteSelect):
    """Shows a field again although what was posted cannot be an id at all."""

    def optgroups(self, name: str, value: Any, attrs: Any = None) -> Any:
        try:
            return super().optgroups(name, value, attrs)
        except (ValidationError, ValueError):
            return super().optgroups(name, [], attrs)


class ChoicesInSight(BaseModelAdmin):
    """Fields offer only what the actor sees, and of roles only what he may grant."""

    def formfield_for_foreignkey(
        self, db_field: ForeignKey, request: HttpRequest, **kwargs: Any
    ) -> Any:
        actor: Any = request.user
        if db_field.name in self.get_autocomplete_fields(request):
            kwargs["widget"] = ForgivingSelect(db_field, self.admin_site)
        if db_field.related_model is Organization:
            kwargs["queryset"] = Organization.objects.visible_to(actor)
            # Only who sees everything may place something nowhere.
            kwargs["required"] = not (db_field.blank and actor.is_superuser)
        elif db_field.related_model is Site:
            kwargs["queryset"] = Site.objects.visible_to(actor)
        elif db_field.related_model is Role:
            kwargs["queryset"] = Role.objects.filter(pk__in=rules.grantable_roles(actor))
        return super().formfield_for_foreignkey(db_field, request, **kwargs)
