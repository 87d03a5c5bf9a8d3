from typing import Any

from django import forms
from django.contrib.admin.forms import AdminAuthenticationForm
from django.core.exceptions import ValidationError

from .. import second_factor


class SignInForm(AdminAuthenticationForm):
    """Username or e-mail address, password, and a code from those who have a second factor."""

    otp = forms.CharField(
        label="One-time code",
        required=False,
        max_length=100,
        help_text="From your authenticator, or a recovery code. Empty if you use none.",
        widget=forms.TextInput(
            attrs={"autocomplete": "one-time-code", "aria-describedby": "id_otp_help"}
        ),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["username"].label = "Username or e-mail address"

    def confirm_login_allowed(self, user: Any) -> None:
        """Refuse, once the password was right, who may not enter or gives no fresh code."""
        super().confirm_login_allowed(user)
        if not user.mfa_enabled:
            return
        code = self.cleaned_data.get("otp", "").strip()
        if not code:
            raise ValidationError("Give your one-time code, too.", code="mfa_required")
        if not second_factor.holds(user, code):
            raise ValidationError(
                "This one-time code is wrong or was used already.", code="mfa_invalid"
            )
