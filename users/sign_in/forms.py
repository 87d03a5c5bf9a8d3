"""allauth's forms, in our words."""

from typing import Any

from allauth.account import forms
from allauth.account.internal.flows.email_verification import send_verification_email_to_address
from allauth.account.models import EmailAddress
from allauth.core import context
from allauth.mfa.base import forms as second_steps
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpRequest
from django.utils.translation import gettext

from .. import lockout


class LoginForm(forms.LoginForm):
    """Username or e-mail address, and password."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["login"].label = gettext("Username or e-mail address")
        for field in self.fields.values():
            field.widget.attrs.pop("placeholder", None)


class AddEmailForm(forms.AddEmailForm):
    """Another address; the one that the person has stays until that one is verified."""

    def save(self, request: HttpRequest) -> EmailAddress:
        """Keep the address, instead of any that waited, and send it a letter."""
        # allauth would take an address that was never verified for one that waits, and remove it.
        waiting = EmailAddress.objects.filter(user=self.user, verified=False)
        with transaction.atomic():
            waiting.exclude(email=self.user.email).delete()
            address = EmailAddress.objects.create(user=self.user, email=self.cleaned_data["email"])
        send_verification_email_to_address(request, address)
        return address


class AuthenticateForm(second_steps.AuthenticateForm):
    """The code of a second factor; wrong ones count as wrong passwords do."""

    def clean_code(self) -> str:
        """Refuse a code that is wrong, or comes from where wrong ones came from."""
        name = self.user.username
        if lockout.keeps_out(context.request, name):
            raise ValidationError(gettext("Incorrect code."), code="incorrect_code")
        try:
            return str(super().clean_code())
        except ValidationError:
            lockout.record_failure(context.request, name)
            raise
