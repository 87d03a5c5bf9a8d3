"""Webhooks: whom they tell, whether they are heard, and what was sent."""

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import ForeignKey
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from usersvc import clock

from .. import rules
from ..models import Delivery, Webhook
from ..models.delivery import DeliveryState
from ..models.webhook import WebhookState
from ..notices import outbox
from .shared import PresentedAdmin
from .showing import badge, moment
from .webhook_form import WebhookForm

SHOWN = 50  # deliveries
TONES = {
    WebhookState.ACTIVE: "good",
    WebhookState.FAILING: "warn",
    WebhookState.PAUSED: "",
    WebhookState.DISABLED: "bad",
}
DELIVERY_TONES = {
    DeliveryState.WAITING: "info",
    DeliveryState.SENT: "good",
    DeliveryState.FAILED: "bad",
}


@admin.register(Webhook)
class WebhookAdmin(PresentedAdmin):
    """One's own webhooks, and those of people who see no more than oneself."""

    change_list_template = "admin/users/webhook/change_list.html"
    change_form_template = "admin/users/webhook/change_form.html"
    icon = "webhook"
    intro = _(
        "A webhook tells a program of yours what happens here, as soon as it happens: each notice "
        "is signed, and sent again until it is taken."
    )
    empty = _("No webhooks yet")
    empty_hint = _("Add one, and your program need not ask again and again what has changed.")
    form = WebhookForm
    fields = ("name", "url", "events", "organization")
    autocomplete_fields = ("organization",)
    list_display = ("name", "host", "told_of", "state_of", "last", "owner")
    list_select_related = ("owner",)
    sortable_by = ()

    def get_queryset(self, request: HttpRequest) -> Any:
        visible = Webhook.objects.visible_to(request.user).select_related("owner")
        return visible.with_last_delivery().order_by("name", "pk")

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        return [
            path("<uuid:pk>/deliveries/<uuid:delivery>/again", view(self.again_view),
                 name="users_webhook_again"),
            path("<uuid:pk>/<slug:verb>", view(self.verb_view), name="users_webhook_verb"),
            *super().get_urls(),
        ]  # fmt: skip

    # -- who may

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        actor: Any = request.user
        may = self.allows(request, "manage") and actor.has_perm("users.view_user")
        return may and (obj is None or obj.owner == actor or rules.may_change(actor, obj.owner))

    def has_add_permission(self, request: HttpRequest) -> bool:
        return self.has_change_permission(request)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return obj is not None and self.has_change_permission(request, obj)

    # -- columns

    @admin.display(description=_("address"))
    def host(self, webhook: Webhook) -> str:
        return format_html('<span class="url">{}</span>', webhook.url)

    @admin.display(description=_("events"))
    def told_of(self, webhook: Webhook) -> str:
        number = len(webhook.events)
        words = ngettext("%(n)s event", "%(n)s events", number) % {"n": number}
        return format_html('<span title="{}">{}</span>', ", ".join(webhook.events), words)

    @admin.display(description=_("state"))
    def state_of(self, webhook: Webhook) -> str:
        return state_badge(webhook)

    @admin.display(description=_("last notice"))
    def last(self, webhook: Any) -> str:
        if webhook.last_at is None:
            return ""
        state = DeliveryState(webhook.last_state)
        word = badge(str(state.label), DELIVERY_TONES[state])
        return format_html("{} {}", word, moment(webhook.last_at))

    # -- the form

    def formfield_for_foreignkey(
        self, db_field: ForeignKey, request: HttpRequest, **kwargs: Any
    ) -> Any:
        field: Any = super().formfield_for_foreignkey(db_field, request, **kwargs)
        field.required = False  # none is all whom the owner sees
        return field

    def save_model(self, request: HttpRequest, obj: Webhook, form: Any, change: bool) -> None:
        if not change:
            actor: Any = request.user
            obj.owner = actor
            request.new_secret = obj.renew_secret(clock.now())  # type: ignore[attr-defined]
        super().save_model(request, obj, form, change)

    def response_add(self, request: HttpRequest, obj: Webhook, *args: Any, **kwargs: Any) -> Any:
        return self._secret_page(request, obj, request.new_secret)  # type: ignore[attr-defined]

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> Any:
        context |= {"intro": self.intro, "icon": self.icon}
        if (webhook := kwargs.get("obj")) is not None:
            deliveries = Delivery.objects.of(webhook).newest_first()[:SHOWN]
            context |= {
                "title": str(webhook),
                "subtitle": None,
                "state": state_badge(webhook),
                "deliveries": [
                    (each, delivery_badge(each), problem_of(each)) for each in deliveries
                ],
                "most_shown": SHOWN,
            }
        return super().render_change_form(request, context, *args, **kwargs)

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        """Name the webhooks alone: of their deliveries there may be thousands."""
        return [str(each) for each in objs], {}, set(), []

    # -- what is done with one

    def verb_view(self, request: HttpRequest, pk: Any, verb: str) -> HttpResponse:
        """Send a test, renew the secret, pause or go on."""
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        webhook = self._changeable(request, pk)
        if verb == "secret":
            secret = webhook.renew_secret(clock.now())
            webhook.save(update_fields=["secrets", "previous_until"])
            return self._secret_page(request, webhook, secret)
        if verb == "test" and webhook.is_active:
            outbox.send_test(webhook)
            messages.success(request, gettext("A test is on its way: it is listed below."))
        elif verb == "pause":
            webhook.switch_off()
            messages.success(request, gettext("It is told of nothing until you switch it on."))
        elif verb == "resume":
            webhook.switch_on()
            messages.success(request, gettext("It is told of events again."))
        else:
            raise Http404
        return redirect("admin:users_webhook_change", webhook.pk)

    def again_view(self, request: HttpRequest, pk: Any, delivery: Any) -> HttpResponse:
        """Send once more what has ended, with the id that it had."""
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        webhook = self._changeable(request, pk)
        found = Delivery.objects.of(webhook).filter(pk=delivery).first()
        if found is None:
            raise Http404
        if found.send_again(clock.now()):
            webhook.wake()
            messages.success(request, gettext("It is sent again."))
        else:
            messages.info(request, gettext("It waits to be sent already."))
        return redirect("admin:users_webhook_change", webhook.pk)

    def _changeable(self, request: HttpRequest, pk: Any) -> Webhook:
        webhook: Webhook | None = self.get_queryset(request).filter(pk=pk).first()
        if webhook is None:
            raise Http404
        if not self.has_change_permission(request, webhook):
            raise PermissionDenied
        return webhook

    def _secret_page(self, request: HttpRequest, webhook: Webhook, secret: str) -> HttpResponse:
        """Show the secret, this once."""
        shown = {
            **self.admin_site.each_context(request),
            "title": gettext("The secret of %(name)s") % {"name": webhook.name},
            "opts": self.opts,
            "webhook": webhook,
            "secret": secret,
            "back": reverse("admin:users_webhook_change", args=[webhook.pk]),
        }
        return TemplateResponse(request, "admin/users/webhook/secret.html", shown)


def state_badge(webhook: Webhook) -> str:
    """Return the state of a webhook as a badge."""
    return badge(str(webhook.state.label), TONES[webhook.state])


def delivery_badge(delivery: Delivery) -> str:
    """Return the state of a delivery as a badge."""
    state = DeliveryState(delivery.state)
    return badge(str(state.label), DELIVERY_TONES[state])


def problem_of(delivery: Delivery) -> str:
    """Return why the last try failed; what others said of it stays as they said it."""
    if delivery.problem and delivery.status:
        return gettext("It answered %(status)s.") % {"status": delivery.status}
    begin, colon, rest = gettext(delivery.problem).partition(": ")
    return gettext(begin) + colon + rest
