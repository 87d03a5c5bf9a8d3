"""The admin of service accounts: who they are, what they may, and whether they are in use."""

from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.admin.utils import unquote
from django.db.models import ManyToManyField, QuerySet
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from usersvc import clock
from usersvc.api.fields import search_problem

from .. import service_accounts
from ..models import ServiceAccount
from ..models.service_account import AccountState, states
from .base import StrictList
from .security import PermissionsField
from .service_account_forms import ServiceAccountForm
from .service_account_verbs import VERBS, ServiceAccountVerbs
from .shared import PresentedAdmin
from .showing import badge, instant, moment

TONES = {AccountState.ACTIVE: "good", AccountState.EXPIRED: "warn", AccountState.REVOKED: ""}
KEYS_SHOWN = 50


class AccountList(StrictList):
    """A list that knows the states of its rows after one question."""

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        rows: Any = list(self.result_list)
        self.result_list = rows
        found = states(rows, clock.now())
        for row in rows:
            row.shown_state = found[row.pk]


@admin.register(ServiceAccount)
class ServiceAccountAdmin(ServiceAccountVerbs, PresentedAdmin):
    """Service accounts: one's own, and everybody's for who sees everybody."""

    icon = "bot"
    intro = _(
        "A service account is a program that signs in by itself. It acts in its owner's name, with "
        "the permissions that you tick and that the owner holds."
    )
    empty = _("No service accounts")
    empty_hint = _("Add one for each program that is to ask or change the directory by itself.")
    form = ServiceAccountForm
    change_form_template = "admin/users/serviceaccount/change_form.html"
    fields = ["name", "description", "permissions", "organization", "networks", "expires_at"]
    autocomplete_fields = ["organization"]
    list_display = ["account", "owner", "permission_count", "used", "expires", "state"]
    list_display_links = ["account"]
    list_select_related = ["owner"]
    search_fields = ["name"]
    search_help_text = _("Search by name, client id or the beginning of a key")
    ordering = ["-created_at", "-id"]
    sortable_by = ["account", "used", "expires"]

    # -- who may

    def has_module_permission(self, request: HttpRequest) -> bool:
        return service_accounts.may_manage(request.user)

    has_add_permission = has_module_permission

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return service_accounts.may_manage(request.user)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        living = obj is None or obj.revoked_at is None
        return living and service_accounts.may_manage(request.user)

    def get_queryset(self, request: HttpRequest) -> Any:
        accounts = ServiceAccount.objects.visible_to(request.user)
        return accounts.select_related("owner", "organization").counting_permissions()

    # -- the list

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> Any:
        return AccountList

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[Any, bool]:
        found: Any = queryset
        return found.none() if search_problem(search_term) else found.search(search_term), False

    @admin.display(description=_("service account"), ordering="name")
    def account(self, account: ServiceAccount) -> str:
        return format_html('{}<span class="second">{}</span>', account.name, account.pk)

    @admin.display(description=_("permissions"))
    def permission_count(self, account: Any) -> int:
        return int(account.permission_count)

    @admin.display(description=_("last used"), ordering="last_used_at")
    def used(self, account: ServiceAccount) -> str:
        if account.last_used_at is None:
            return gettext("Never")
        at = instant(account.last_used_at)
        return format_html('{}<span class="second">{}</span>', at, account.last_used_from or "")

    @admin.display(description=_("expires"), ordering="expires_at")
    def expires(self, account: ServiceAccount) -> str:
        return instant(account.expires_at) or gettext("Never")

    @admin.display(description=_("state"))
    def state(self, account: Any) -> str:
        return shown_state(account.shown_state)

    # -- one account

    def formfield_for_manytomany(
        self, db_field: ManyToManyField, request: HttpRequest, **kwargs: Any
    ) -> Any:
        account = self._of_address(request)
        actor: Any = request.user
        kwargs["queryset"] = service_accounts.offered_permissions(actor, account)
        kwargs |= {"form_class": PermissionsField, "widget": forms.CheckboxSelectMultiple}
        return super().formfield_for_manytomany(db_field, request, **kwargs)

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        field: Any = super().formfield_for_foreignkey(db_field, request, **kwargs)
        field.required = False  # empty is what the owner sees, whoever that is
        return field

    def get_form(
        self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any
    ) -> Any:
        form: Any = super().get_form(request, obj, change=change, **kwargs)
        if organization := form.base_fields.get("organization"):
            wrapper = organization.widget  # an account is no place to change organizations from
            wrapper.can_add_related = wrapper.can_change_related = wrapper.can_view_related = False
        return form

    def _of_address(self, request: HttpRequest) -> ServiceAccount | None:
        match = request.resolver_match
        object_id = match.kwargs.get("object_id") if match else None
        return self.get_object(request, unquote(object_id)) if object_id else None

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        if not change:
            obj.owner = request.user
            obj.shown_secret = obj.renew_secret()
        super().save_model(request, obj, form, change)

    def response_add(self, request: HttpRequest, obj: Any, post_url_continue: Any = None) -> Any:
        """Show the secret: it cannot be seen again."""
        return self.secret_page(request, obj, obj.shown_secret)

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> Any:
        account = kwargs.get("obj")
        context |= {"intro": self.intro, "icon": self.icon, "show_save_and_add_another": False}
        context["show_save_and_continue"] = False
        if account is not None:
            context |= {"title": account.name, "subtitle": None} | _portrait(request, account)
        return super().render_change_form(request, context, *args, **kwargs)


def shown_state(state: AccountState) -> str:
    """Return a state in its colour."""
    return badge(str(state.label), TONES.get(state, "bad"))


def _portrait(request: HttpRequest, account: ServiceAccount) -> dict[str, Any]:
    """Return what the page shows of an account beside its form."""
    at = clock.now()
    actor: Any = request.user
    keys = account.keys.newest_first()[:KEYS_SHOWN]
    return {
        "account": account,
        "state": shown_state(account.state(at)),
        "verbs": [verb for verb in VERBS.values() if verb.refusal(actor, account) is None],
        "keys": [(key, shown_key_state(key, at)) for key in keys],
        "may_add_key": service_accounts.refusal_to_make_key(account) is None,
        "used": moment(account.last_used_at) if account.last_used_at else "",
        "secret_made": moment(account.secret_made_at),
    }


def shown_key_state(key: Any, at: Any) -> str:
    """Return a key's state in its colour."""
    if key.revoked_at is not None:
        return badge(gettext("Revoked"), "")
    if key.is_good(at):
        return badge(gettext("Active"), "good")
    return badge(gettext("Expired"), "warn")
