"""Saved views of the list of people: kept under a name, opened, changed, deleted."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode, urlsplit

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed, QueryDict
from django.shortcuts import redirect
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext

from usersvc.api.fields import is_storable

from ..ids import uuids
from ..models import SavedView
from ..models.saved_view import MOST

VIEW = "view"  # what an address calls the view that it is of
SHARING = "users.manage_user"
LONGEST = 4_000  # characters of an address that is kept
# What an address says beside the question of a view.
NOT_KEPT = (VIEW, "p", "count", "_popup", "_to_field")


class ViewForm(forms.Form):
    """The name of a view, and who may open it."""

    name = forms.CharField(max_length=60)
    is_shared = forms.BooleanField(required=False)


@dataclass(frozen=True)
class Tab:
    """A view above the list: where it leads, whether it is shown now, and as it was kept."""

    name: str
    address: str
    is_current: bool
    is_shared: bool = False
    is_changed: bool = False


class SavedViews(admin.ModelAdmin):
    """The views above the list."""

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        return [
            path("views/save", view(self.save_view), name="users_user_view_save"),
            path("views/<uuid:pk>/<slug:verb>", view(self.change_saved), name="users_user_view"),
            *super().get_urls(),
        ]

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> Any:
        current = opened(request)
        actor: Any = request.user
        changeable = current is not None and (current.owner_id == actor.pk or actor.is_superuser)
        shown = {
            "view_tabs": tabs(request, current),
            "view": current,
            "may_change_view": changeable,
            "may_share": actor.has_perm(SHARING),
        }
        return super().changelist_view(request, shown | (extra_context or {}))

    def save_view(self, request: HttpRequest) -> HttpResponse:
        """Keep the question of the list that was shown under a name."""
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        actor: Any = request.user
        if not self.has_view_permission(request):
            raise PermissionDenied
        query = asked_in(request.POST.get("next", ""))
        if query is None:
            return _refused(request)
        form = ViewForm(request.POST)
        if not form.is_valid() or (problem := _problem(actor, form)):
            text = " ".join(map(str, form.errors.get("name", []))) or problem
            messages.error(request, gettext("The view was not saved: %(why)s") % {"why": text})
            return redirect(f"{_list()}?{urlencode(query, doseq=True)}")
        columns = list(map(str, self.get_list_display(request)))
        values = form.cleaned_data | {"question": query, "columns": columns}
        name = values.pop("name")
        # Of two clicks, the second finds what the first has kept.
        kept, _ = SavedView.objects.get_or_create(owner=actor, name=name, defaults=values)
        messages.success(request, gettext("The view was saved."))
        return redirect(address_of(kept))

    def change_saved(self, request: HttpRequest, pk: Any, verb: str) -> HttpResponse:
        """Let a view be what is shown now, or delete it."""
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        if not self.has_view_permission(request):
            raise PermissionDenied
        kept = SavedView.objects.changeable_by(request.user).filter(pk=pk).first()
        if kept is None or verb not in ("update", "delete"):
            raise Http404
        if verb == "delete":
            kept.delete()
            messages.success(request, gettext("The view was deleted."))
            return redirect(_list())
        query = asked_in(request.POST.get("next", ""))
        if query is None:
            return _refused(request)
        kept.question = query
        kept.columns = list(map(str, self.get_list_display(request)))
        kept.save()
        messages.success(request, gettext("The view was changed."))
        return redirect(address_of(kept))


def opened(request: HttpRequest) -> SavedView | None:
    """Return the view that an address is of, if the reader may open it; asked once a request."""
    known: dict[str, Any] = request.__dict__
    if "opened_view" not in known:
        ids = uuids([request.GET.get(VIEW, "")])
        visible = SavedView.objects.visible_to(request.user)
        known["opened_view"] = visible.filter(pk=ids[0]).first() if ids else None
    view: SavedView | None = known["opened_view"]
    return view


def tabs(request: HttpRequest, current: SavedView | None) -> list[Tab]:
    """Return the views that the reader may open, everybody first."""
    asked = kept_of(request.GET)
    actor: Any = request.user
    rows = SavedView.objects.visible_to(actor)[: 2 * MOST]
    return [
        Tab(gettext("All users"), _list(), current is None and not asked),
        *(
            Tab(
                row.name,
                address_of(row),
                is_current=row == current,
                is_shared=row.is_shared,
                is_changed=row == current and asked != row.question,
            )
            for row in rows
        ),
    ]


def address_of(view: SavedView) -> str:
    """Return where a view is opened."""
    return f"{_list()}?{urlencode(view.question | {VIEW: str(view.pk)}, doseq=True)}"


def kept_of(asked: QueryDict) -> dict[str, list[str]]:
    """Return what of an address is a question, its order included."""
    return {
        name: values
        for name, values in asked.lists()
        if name not in NOT_KEPT and any(value.strip() for value in values)
    }


def asked_in(address: str) -> dict[str, list[str]] | None:
    """Return what an address of the list asks, nothing for any other; None for what is not kept."""
    if len(address) > LONGEST or not is_storable(address):
        return None
    try:
        there = urlsplit(address)
    except ValueError:
        return None
    kept = kept_of(QueryDict(there.query)) if there.path == _list() else {}
    texts = [text for name, values in kept.items() for text in (name, *values)]
    return kept if all(map(is_storable, texts)) else None


def _refused(request: HttpRequest) -> HttpResponse:
    messages.error(request, gettext("This question is too long, or holds what no text can hold."))
    return redirect(_list())


def _problem(actor: Any, form: ViewForm) -> str:
    own = SavedView.objects.of(actor)
    if own.filter(name=form.cleaned_data["name"]).exists():
        return gettext("you have a view of this name already.")
    if own.count() >= MOST:
        return gettext("you have %(most)s views, and no more can be kept.") % {"most": MOST}
    if form.cleaned_data["is_shared"] and not actor.has_perm(SHARING):
        return gettext("you may not share views.")
    return ""


def _list() -> str:
    return reverse("admin:users_user_changelist")
