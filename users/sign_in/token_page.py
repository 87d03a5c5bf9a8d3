"""The page of a person's tokens: which programs hold some, and the end of them."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.mixins import LoginRequiredMixin
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext
from django.views import View
from django.views.generic import TemplateView

from usersvc import clock

from .. import tokens
from ..models import TokenFamily, User
from ..models.token_family import TokenFamilyQuerySet


class TokensPage(LoginRequiredMixin, TemplateView):
    """The families of tokens of who asks that are good, the one used last first."""

    template_name = "account/tokens.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(families=_living(self.request), **kwargs)


class EndTokensView(LoginRequiredMixin, View):
    """Ends one of them."""

    http_method_names = ["post"]

    def post(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        if not tokens.end(_living(request).filter(pk=pk)):
            raise Http404
        messages.success(request, gettext("The tokens are ended."))
        return redirect("account_tokens")


def _living(request: HttpRequest) -> TokenFamilyQuerySet:
    person: User = request.user  # type: ignore[assignment]
    families: TokenFamilyQuerySet = TokenFamily.objects.of(person).living(clock.now())
    return families
