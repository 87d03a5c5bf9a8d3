"""The pages at the end of an invitation's link."""

from typing import Any

from django.contrib.auth.forms import SetPasswordForm
from django.contrib.auth.views import INTERNAL_RESET_SESSION_TOKEN, PasswordResetConfirmView
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import path, reverse_lazy
from django.views.generic import TemplateView

from . import actor, invitations
from .models import Invitation, User
from .password_reset import NAME


class Secrets:
    """What the view asks about the secret of a link; Django's name for it is a token."""

    def check_token(self, person: User, secret: str | None) -> bool:
        """Return whether it opens an invitation that is pending."""
        return invitations.opened_by(person, secret or "") is not None


class InvitationView(PasswordResetConfirmView):
    """Where an invited person chooses a password.

    As at a reset, the first look at the link puts its secret into the session and goes on to an
    address without it, which neither a history nor a referrer can give away.
    """

    token_generator = Secrets()  # type: ignore[assignment]
    reset_url_token = "open"  # noqa: S105  # nosec B105 # a word in the address
    template_name = "account/accept_invitation.html"
    success_url = reverse_lazy("invitation_accepted")
    extra_context = NAME

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(**kwargs)
        if self.validlink:
            context["invitation"] = Invitation.objects.select_related("invited_by").get(
                person=self.user
            )
        return context

    def form_valid(self, form: SetPasswordForm) -> HttpResponse:
        secret = self.request.session.pop(INTERNAL_RESET_SESSION_TOKEN, "")
        if not _accept(form.user.pk, secret, form.cleaned_data["new_password1"]):
            self.validlink = False
            return self.render_to_response(self.get_context_data())
        return redirect(self.get_success_url())


@transaction.atomic
def _accept(pk: Any, secret: str, password: str) -> bool:
    """Return whether the invitation was still there; of two at once, one finds it accepted."""
    person = User.objects.select_for_update().get(pk=pk)
    invitation = invitations.opened_by(person, secret)
    if invitation is None:
        return False
    with actor.acting(lambda: person, actor.current_address()):
        person.set_password(password)
        invitations.accept(person, invitation)
    return True


urlpatterns = [
    path("account/invitation/<uidb64>/<token>", InvitationView.as_view(), name="invitation"),
    path(
        "account/invitation/accepted",
        TemplateView.as_view(template_name="account/invitation_accepted.html", extra_context=NAME),
        name="invitation_accepted",
    ),
]
