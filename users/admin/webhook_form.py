"""What is asked of a webhook: where it is, and what it is told of."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from ..models import Webhook
from ..models.webhook import MOST_IN_ALL, MOST_OF_ONE
from ..notices.events import Event
from ..notices.targets import Refused, resolve, target_of
from .forms import ActorForm


class WebhookForm(ActorForm):
    """A webhook; its address must be one that notices may go to."""

    url = forms.CharField(
        label=_("Address"),
        max_length=500,
        widget=forms.URLInput({"class": "vURLField", "placeholder": "https://"}),
        help_text=_("Each notice is posted here. It begins with https:// and is a public address."),
    )
    events = forms.MultipleChoiceField(
        label=_("Events"),
        choices=[(event.value, event.label) for event in Event],
        widget=forms.CheckboxSelectMultiple,
        help_text=_("What it is told of."),
    )

    class Meta:
        model = Webhook
        fields = ("name", "url", "events", "organization")

    def clean_url(self) -> str:
        """Refuse an address that nothing would be sent to; a name may be known only later."""
        url: str = self.cleaned_data["url"].strip()
        try:
            resolve(target_of(url))
        except Refused as refusal:
            raise ValidationError(str(refusal), code="target") from refusal
        except (OSError, UnicodeError):
            pass
        return url

    def clean_name(self) -> str:
        """Refuse a name that another webhook of the same owner has."""
        name: str = self.cleaned_data["name"]
        is_new = self.instance._state.adding
        owner = self.actor if is_new else self.instance.owner
        if Webhook.objects.of(owner).exclude(pk=self.instance.pk).filter(name=name).exists():
            raise ValidationError(gettext("Another webhook has this name."), code="unique")
        return name

    def clean(self) -> dict[str, Any]:
        """Refuse one too many."""
        cleaned = super().clean() or {}
        if not self.instance._state.adding:
            return cleaned
        if Webhook.objects.of(self.actor).count() >= MOST_OF_ONE:
            message = gettext("You have %(most)s webhooks, and can have no more.")
            raise ValidationError(message % {"most": MOST_OF_ONE}, code="too_many")
        if Webhook.objects.count() >= MOST_IN_ALL:
            message = gettext("There are %(most)s webhooks, and can be no more.")
            raise ValidationError(message % {"most": MOST_IN_ALL}, code="too_many")
        return cleaned
