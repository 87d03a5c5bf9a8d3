"""What the actions on many people ask for: one thing of a kind, or a schedule."""

from typing import Any

from django import forms
from django.apps import apps
from django.contrib import admin
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from usersvc import zones

from .. import rules
from ..models import Group, Organization, Role, Tag
from .choices import ForgivingSelect
from .widgets import InstantWidget

LABELS = {
    "role_id": _("Role"),
    "group_id": _("Group"),
    "tag_id": _("Tag"),
    "organization_id": _("Organization"),
}

# What is looked up while one types: the field of a model whose choices these are.
LOOKED_UP = {
    "group_id": ("UserGroup", "group"),
    "tag_id": ("UserTag", "tag"),
    "organization_id": ("User", "organization"),
}


class ArgumentForm(forms.Form):
    """The base: asks for nothing."""

    def argument(self) -> Any:
        """Return what the API's body says with what."""
        return None

    def told(self) -> str:
        """Return the argument for a reader."""
        return ""


class ThingForm(ArgumentForm):
    """Asks for a role, a group, a tag or an organization."""

    thing: Any = forms.ModelChoiceField(None)

    def __init__(self, name: str, actor: Any, gives: bool, data: Any) -> None:
        super().__init__(data)
        field: Any = self.fields["thing"]
        if through := LOOKED_UP.get(name):
            relation = apps.get_model("users", through[0])._meta.get_field(through[1])
            # A page does not hold all that there are.
            field.widget = ForgivingSelect(relation, admin.site)
        field.queryset, field.label = _choices(name, actor, gives), LABELS[name]

    def argument(self) -> str:
        return str(self.cleaned_data["thing"].pk)

    def told(self) -> str:
        return str(self.cleaned_data["thing"])


class ScheduleForm(ArgumentForm):
    """Asks when access starts and ends, in UTC, and in which zone that is told."""

    starts_at = forms.SplitDateTimeField(
        label=_("Access starts (UTC)"), required=False, widget=InstantWidget
    )
    ends_at = forms.SplitDateTimeField(
        label=_("Access ends (UTC)"), required=False, widget=InstantWidget
    )
    timezone = forms.CharField(
        label=_("Time zone"),
        initial="UTC",
        help_text=_("In which files tell of it, such as Europe/Rome."),
    )

    def clean_timezone(self) -> str:
        """Return the canonical name of the zone."""
        given = self.cleaned_data["timezone"].strip()
        try:
            return zones.zone(given).key
        except KeyError:
            message = gettext("%(value)s is not an IANA time zone such as Europe/Rome")
            raise forms.ValidationError(message % {"value": given}) from None

    def clean(self) -> dict[str, Any]:
        """Refuse a schedule without bounds, and one that ends before it starts."""
        cleaned = super().clean() or {}
        starts, ends = cleaned.get("starts_at"), cleaned.get("ends_at")
        if not self.errors and not (starts or ends):
            self.add_error("starts_at", gettext("Say when it starts, or when it ends."))
        if starts and ends and ends <= starts:
            self.add_error("ends_at", gettext("Access must end after it starts."))
        return cleaned

    def argument(self) -> dict[str, Any]:
        bounds = {name: self.cleaned_data[name] for name in ("starts_at", "ends_at")}
        told = {name: at and at.isoformat() for name, at in bounds.items()}
        return told | {"timezone": self.cleaned_data["timezone"]}

    def told(self) -> str:
        starts, ends = self.cleaned_data["starts_at"], self.cleaned_data["ends_at"]
        words = []
        if starts:
            words.append(gettext("from %(at)s UTC") % {"at": f"{starts:%Y-%m-%d %H:%M}"})
        if ends:
            words.append(gettext("until %(at)s UTC") % {"at": f"{ends:%Y-%m-%d %H:%M}"})
        return " ".join(words)


def _choices(name: str, actor: Any, gives: bool) -> Any:
    """Return what an actor may choose; of roles only such as he may give, where they are given."""
    if name == "organization_id":
        return Organization.objects.visible_to(actor).living().order_by("name_key")
    if name == "role_id" and gives:
        return Role.objects.order_by("name_key").with_ids(rules.grantable_roles(actor))
    return {"role_id": Role, "group_id": Group, "tag_id": Tag}[name].objects.order_by("name_key")
