"""The forms of service accounts and of their keys."""

from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from usersvc import clock

from .. import service_accounts
from ..models import ApiKey, ServiceAccount
from ..models.service_account import read_networks
from .forms import ActorForm, refuse
from .widgets import InstantWidget


class NetworksField(forms.CharField):
    """Addresses and networks, one a line."""

    widget = forms.Textarea(attrs={"rows": 4, "spellcheck": "false", "class": "vLargeTextField"})

    def prepare_value(self, value: Any) -> Any:
        return "\n".join(value) if isinstance(value, list) else value

    def to_python(self, value: Any) -> Any:
        return read_networks((value or "").splitlines())

    def has_changed(self, initial: Any, data: Any) -> bool:
        return bool((data or "").split() != list(initial or []))


class LastingForm(ActorForm):
    """A form of what may expire."""

    def clean_expires_at(self) -> Any:
        """Refuse an end that is over already."""
        ends = self.cleaned_data["expires_at"]
        if ends is not None and "expires_at" in self.changed_data and ends <= clock.now():
            raise forms.ValidationError(gettext("This is in the past."), code="past")
        return ends


class ServiceAccountForm(LastingForm):
    """An account: nobody gives it what he does not hold himself."""

    networks = NetworksField(
        label=_("Networks"),
        required=False,
        help_text=_(
            "From where it may be used: an address or a network a line, such as 192.0.2.7 or "
            "2001:db8::/32. Empty: from anywhere."
        ),
    )

    class Meta:
        model = ServiceAccount
        fields = ("name", "description", "permissions", "organization", "networks", "expires_at")

    def clean_permissions(self) -> Any:
        """Refuse what the actor does not hold."""
        permissions = self.cleaned_data["permissions"]
        refuse(service_accounts.refusal_to_give(self.actor, self.instance, permissions))
        return permissions

    def clean_organization(self) -> Any:
        """Refuse what the actor does not see all of."""
        organization = self.cleaned_data["organization"]
        if "organization" in self.changed_data:
            refuse(service_accounts.refusal_to_place(self.actor, getattr(organization, "pk", None)))
        return organization

    def clean(self) -> Any:
        if self.instance._state.adding:
            refuse(service_accounts.refusal_to_make(self.actor))
        return super().clean()


class ApiKeyForm(LastingForm):
    """A key to be."""

    expires_at = forms.SplitDateTimeField(
        label=_("Expires"),
        required=False,
        widget=InstantWidget,
        help_text=_("In UTC. Empty: with its account."),
    )

    class Meta:
        model = ApiKey
        fields = ("name", "mode", "expires_at")
        widgets = {"mode": forms.RadioSelect}
        help_texts = {
            "name": _("What uses it, such as the name of a program."),
            "mode": _("A key that only reads may look things up and take files, nothing else."),
        }

    def clean(self) -> Any:
        refuse(service_accounts.refusal_to_make_key(self.instance.account))
        return super().clean()
