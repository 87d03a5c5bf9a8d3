"""allauth's forms, in our words."""

from typing import Any

from allauth.account import forms
from allauth.core import context
from allauth.mfa.base import forms as second_steps
from django.core.exceptions import ValidationError
from django.utils.translation import gettext

from .. import lockout


class LoginForm(forms.LoginForm):
    """Username or e-mail address, and password."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["login"].label = gettext("Username or e-mail address")
        for field in self.fields.values():
            field.widget.attrs.pop("placeholder", None)


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
