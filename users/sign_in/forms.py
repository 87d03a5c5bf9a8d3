"""allauth's forms, in our words."""

from typing import Any

from allauth.account import forms


class LoginForm(forms.LoginForm):
    """Username or e-mail address, and password."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["login"].label = "Username or e-mail address"
        for field in self.fields.values():
            field.widget.attrs.pop("placeholder", None)
