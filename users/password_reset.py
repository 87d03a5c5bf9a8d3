"""The pages at the end of a password reset's link."""

from typing import Any

from django.contrib.auth.forms import SetPasswordForm
from django.contrib.auth.views import PasswordResetCompleteView, PasswordResetConfirmView
from django.urls import path


class ChosenPasswordForm(SetPasswordForm):
    """A new password; who got the link reads the person's e-mail, which is thereby verified."""

    def save(self, commit: bool = True) -> Any:
        self.user.email_verified = True
        return super().save(commit)


NAME = {"site_header": "usersvc", "site_title": "usersvc"}

urlpatterns = [
    path(
        "account/password/<uidb64>/<token>",
        PasswordResetConfirmView.as_view(
            form_class=ChosenPasswordForm,
            template_name="account/choose_password.html",
            extra_context=NAME,
        ),
        name="password_reset_confirm",
    ),
    path(
        "account/password/chosen",
        PasswordResetCompleteView.as_view(
            template_name="account/password_chosen.html", extra_context=NAME
        ),
        name="password_reset_complete",
    ),
]
