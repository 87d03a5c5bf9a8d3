"""What the page of a service account offers: asked first, and its secrets shown once."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib import admin, messages
from django.contrib.admin.utils import quote
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from .. import service_accounts
from ..models import ApiKey, ServiceAccount, User
from .service_account_forms import ApiKeyForm

REVOKED = _("It is revoked already.")
IS_YOURS = _("It is yours already.")


@dataclass(frozen=True)
class Verb:
    """One verb: what it does, what of it is told before, and why it is refused."""

    name: str
    title: Any
    icon: str
    means: Any
    do: Callable[[User, ServiceAccount], str | None]
    refusal: Callable[[User, ServiceAccount], Any]
    is_grave: bool = False


def _if_living(actor: User, account: ServiceAccount) -> Any:
    return REVOKED if account.revoked_at is not None else None


def _to_take_over(actor: User, account: ServiceAccount) -> Any:
    if account.owner_id == actor.pk:
        return IS_YOURS
    return service_accounts.refusal_to_take_over(actor, account)


ROTATE = Verb(
    "rotate",
    _("New secret"),
    "refresh-cw",
    _("The secret that it has now, and every token that came of it, is good no more at once. "
      "Its API keys stay."),
    lambda actor, account: service_accounts.rotate(account),
    _if_living,
)  # fmt: skip
TAKE_OVER = Verb(
    "take-over",
    _("Take over"),
    "log-in",
    _("It acts in your name then, where you may yourself. It gets a new secret, and its API keys "
      "are revoked: whoever knows them would act in your name."),
    service_accounts.take_over,
    _to_take_over,
)  # fmt: skip
REVOKE = Verb(
    "revoke",
    _("Revoke"),
    "x",
    _("It ends for good, with its API keys, its tokens, and what it does at this moment."),
    lambda actor, account: service_accounts.revoke(account),
    _if_living,
    is_grave=True,
)
VERBS = {verb.name: verb for verb in (ROTATE, TAKE_OVER, REVOKE)}


class ServiceAccountVerbs(admin.ModelAdmin):
    """The verbs of an account, and its keys."""

    def get_urls(self) -> list[URLPattern]:
        def view(of: Any) -> Any:
            return self.admin_site.admin_view(of)

        name = "users_serviceaccount"
        return [
            path("<str:pk>/do/<str:name>/", view(self.verb_view), name=f"{name}_verb"),
            path("<str:pk>/keys/add/", view(self.key_view), name=f"{name}_key"),
            path("<str:pk>/keys/<uuid:key>/revoke/", view(self.end_view), name=f"{name}_key_end"),
            *super().get_urls(),
        ]

    def verb_view(self, request: HttpRequest, pk: str, name: str) -> HttpResponse:
        """Tell what a verb would do; on POST, do it, and show the secret that it made."""
        verb = VERBS.get(name)
        if verb is None:
            raise Http404
        with transaction.atomic():
            account = self._account(request, pk, locked=request.method == "POST")
            actor: Any = request.user
            refusal = verb.refusal(actor, account)
            if request.method != "POST" or refusal:
                shown = {"verb": verb, "refusal": refusal and gettext(str(refusal))}
                return self._page(request, "ask", account, verb.title, shown)
            secret = verb.do(actor, account)
        if secret is not None:
            return self.secret_page(request, account, secret)
        words = gettext("%(account)s is revoked.") % {"account": account}
        self.message_user(request, words, messages.SUCCESS)
        return redirect(address_of(account))

    def key_view(self, request: HttpRequest, pk: str) -> HttpResponse:
        """Ask for a new key; on POST, make it, and show it this once."""
        with transaction.atomic():
            account = self._account(request, pk, locked=request.method == "POST")
            form = ApiKeyForm(request.POST or None, instance=ApiKey(account=account))
            if request.method == "POST" and form.is_valid():
                key = form.save(commit=False)
                text = key.make()
                key.save()
                return self.secret_page(request, account, text, key)
        refusal = service_accounts.refusal_to_make_key(account)
        shown = {"form": form, "refusal": refusal and gettext(refusal)}
        return self._page(request, "key", account, gettext("New API key"), shown)

    def end_view(self, request: HttpRequest, pk: str, key: UUID) -> HttpResponse:
        """Ask whether a key is to end; on POST, end it."""
        account = self._account(request, pk)
        row = get_object_or_404(account.keys, pk=key)
        if request.method != "POST":
            shown = {"verb": REVOKE, "key": row, "refusal": ""}
            return self._page(request, "ask", account, gettext("Revoke the API key"), shown)
        row.revoke()
        words = gettext("The API key %(key)s is revoked.") % {"key": row}
        self.message_user(request, words, messages.SUCCESS)
        return redirect(address_of(account))

    def secret_page(
        self, request: HttpRequest, account: ServiceAccount, secret: str, key: ApiKey | None = None
    ) -> HttpResponse:
        """Show a secret, which nobody can see again."""
        shown = {"secret": secret, "key": key, "base": settings.BASE_URL}
        title = gettext("Your new API key") if key else gettext("Your new client secret")
        response = self._page(request, "secret", account, title, shown)
        response["Cache-Control"] = "no-store"
        return response

    def _account(self, request: HttpRequest, pk: str, *, locked: bool = False) -> ServiceAccount:
        if not service_accounts.may_manage(request.user):
            raise PermissionDenied
        accounts = ServiceAccount.objects.visible_to(request.user)
        rows = accounts.select_for_update() if locked else accounts
        account: ServiceAccount = get_object_or_404(rows, pk=pk)
        return account

    def _page(
        self, request: HttpRequest, name: str, account: ServiceAccount, title: Any, shown: Any
    ) -> HttpResponse:
        context = self.admin_site.each_context(request) | {
            "opts": self.opts,
            "title": title,
            "account": account,
            "here": address_of(account),
        }
        template = f"admin/users/serviceaccount/{name}.html"
        return TemplateResponse(request, template, context | shown)


def address_of(account: ServiceAccount) -> str:
    """Return the address of an account's page; the admin writes _ in another way there."""
    return reverse("admin:users_serviceaccount_change", args=[quote(account.pk)])
