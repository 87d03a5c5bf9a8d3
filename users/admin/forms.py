"""The forms of the admin; the admin gives each class its actor."""

import json
from typing import Any

from django import forms
from django.contrib.auth.forms import (
    BaseUserCreationForm,
    SetUnusablePasswordMixin,
    UserChangeForm,
)
from django.core.exceptions import ValidationError
from django.forms.fields import InvalidJSONInput
from django.forms.models import BaseInlineFormSet
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from usersvc.api.body import DEEPEST, MOST, has_storable_numbers, is_shallow, is_storable_json

from .. import rules
from ..models import Organization, Role, User
from ..status import DISABLING, Status

# A suspension has its own ways in and out, which keep what belongs to it.
CHOSEN_STATUSES = [choice for choice in Status.choices if choice[0] != Status.SUSPENDED]


CHANGED_MEANWHILE = _(
    "Somebody else has changed this person meanwhile: open the page anew, and change it again."
)


class ActorForm(forms.ModelForm):
    """A form that knows who fills it in."""

    actor: User


class MetadataField(forms.JSONField):
    """A JSON object that both databases can hold."""

    def to_python(self, value: Any) -> Any:
        try:
            data = super().to_python(value)
            json.dumps(data, allow_nan=False)
        except (ValueError, RecursionError) as error:
            raise ValidationError(self.error_messages["invalid"], code="invalid") from error
        if data is not None and not isinstance(data, dict):
            raise ValidationError(gettext("Enter a JSON object, such as {}."), code="object")
        if not is_shallow(data):
            raise ValidationError(
                gettext("This nests deeper than %(most)s levels.") % {"most": DEEPEST}, code="deep"
            )
        if not is_storable_json(data):
            raise ValidationError(
                gettext("This holds a character that no text can hold."), code="text"
            )
        if not has_storable_numbers(data):
            raise ValidationError(
                gettext("This holds a number beyond %(most)s.") % {"most": MOST}, code="number"
            )
        return data if data is not None else {}

    def bound_data(self, data: Any, initial: Any) -> Any:
        """Show again what was typed, as it was typed."""
        return initial if self.disabled else InvalidJSONInput(data or "")


class PersonForm(UserChangeForm, ActorForm):
    """A person as it is; the rules about others and oneself are errors of the form."""

    class Meta(UserChangeForm.Meta):
        model = User
        fields = ()  # type: ignore[assignment]  # the admin's fieldsets name them
        # Django's own field would fold in a way of its own.
        field_classes = {  # type: ignore[misc]
            "user_metadata": MetadataField,
            "app_metadata": MetadataField,
        }

    # When the person was changed last, as whoever fills the form in has seen it.
    seen = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer_statuses(self)
        if not self.instance._state.adding:
            self.initial["seen"] = self.instance.updated_at.isoformat()

    def clean_seen(self) -> str:
        """Refuse to write over what somebody else has changed meanwhile."""
        seen: str = self.cleaned_data["seen"]
        if seen and seen != self.instance.updated_at.isoformat():
            raise ValidationError(CHANGED_MEANWHILE, code="changed")
        return seen

    def clean_status(self) -> str:
        """Refuse to keep out whom the actor may not suspend."""
        status: str = self.cleaned_data["status"]
        if status in DISABLING and self.instance.status not in DISABLING:
            refuse(rules.refusal_to_suspend(self.actor, self.instance))
        return status

    def clean_is_superuser(self) -> bool:
        """Refuse to demote the last super admin."""
        is_superuser: bool = self.cleaned_data["is_superuser"]
        if self.instance.is_superuser and not is_superuser:
            refuse(rules.refusal_to_demote(self.actor, self.instance))
        return is_superuser


class NewPersonForm(SetUnusablePasswordMixin, BaseUserCreationForm, ActorForm):
    """A person to be, with a password or without."""

    usable_password = SetUnusablePasswordMixin.create_usable_password_field()

    class Meta(BaseUserCreationForm.Meta):
        model = User
        field_classes = {}  # type: ignore[misc]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer_statuses(self)
        self.fields["name"].required = False
        self.fields["name"].help_text = gettext("The username, when left empty.")
        # Whether it is required depends on usable_password.
        self.fields["password1"].required = self.fields["password2"].required = False


class MembershipFormSet(BaseInlineFormSet):
    """The rows of one kind of membership."""

    @classmethod
    def get_default_prefix(cls) -> str:
        """Return a name of its own: Django's default, the reverse accessor, does not exist."""
        model: Any = cls.model
        return str(model._meta.model_name)


class RoleFormSet(MembershipFormSet):
    """The roles of a person."""

    def clean(self) -> None:
        """Refuse to take the last super admin's role."""
        super().clean()
        kept = [
            getattr(form.cleaned_data.get("role"), "pk", form.cleaned_data.get("role"))
            for form in self.forms
            if form.is_valid() and not self._should_delete_form(form)  # type: ignore[attr-defined]
        ]
        # Asked again: of rows that the actor may only look at, the form holds but the ids.
        roles = Role.objects.filter(pk__in=filter(None, kept))
        stays = self.instance.is_superuser or any(map(rules.is_super_admin_role, roles))
        if not stays and rules.is_last_super_admin(self.instance):
            refuse(rules.LAST)


class NamedForm(ActorForm):
    """A form of what has a name: one that is taken, whatever its case, is an error of the form."""

    def _post_clean(self) -> None:
        super()._post_clean()  # type: ignore[misc]
        if self.errors:
            return
        try:
            # The constraint is on the folded copy, which no form shows, so Django left it out.
            self.instance.validate_constraints()
        except ValidationError:
            self.add_error("name", ValidationError(gettext("This name is taken."), code="unique"))


class OrganizationForm(NamedForm):
    """An organization and its place in the tree."""

    def clean_parent(self) -> Any:
        """Refuse a place below the organization itself, and what the rules refuse."""
        parent = self.cleaned_data["parent"]
        if not self.instance._state.adding and parent != self.instance.parent:
            refuse(rules.refusal_to_move_organization(self.actor, self.instance, parent))
        own = (
            [] if self.instance._state.adding else Organization.objects.ids_below(self.instance.pk)
        )
        if parent is not None and parent.pk in own:
            raise ValidationError(gettext("An organization cannot be below itself."), code="cycle")
        return parent


class RoleForm(NamedForm):
    """A role; its permissions, before and after, are the actor's own."""

    def clean_permissions(self) -> Any:
        """Refuse to give, or to take from oneself, a permission."""
        permissions = self.cleaned_data["permissions"]
        if not self.instance._state.adding:
            refuse(rules.refusal_to_change_role(self.actor, self.instance, permissions))
        return permissions


def refuse(reason: str | None) -> None:
    """Raise the reason, if there is one, as an error of the form."""
    if reason:
        raise ValidationError(gettext(reason), code="refused")


def offer_statuses(form: forms.ModelForm) -> None:
    """Offer the statuses that a form may choose."""
    field: Any = form.fields.get("status")
    if field is not None:
        field.choices = CHOSEN_STATUSES
