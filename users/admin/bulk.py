"""Doing something to many people from their list: shown first, done then, undone if at once."""

from datetime import timedelta
from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.admin.options import IS_POPUP_VAR
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from rest_framework.exceptions import APIException

from usersvc import clock

from ..bulk_actions import Action
from ..bulk_runs import Ids, Tally, carry_out, rehearse
from ..models import User
from .actions import count_of, tell
from .verbs import VERBS, Verb, offered

UNDO = "undo"  # the key in a session
UNDO_FOR = timedelta(seconds=30)


class BulkPage(admin.ModelAdmin):
    """The actions of the list: a preview, what was done, and a way back."""

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.undo_view)
        return [path("undo", view, name="users_user_undo"), *super().get_urls()]

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        found = super().get_actions(request)
        if IS_POPUP_VAR in request.GET:
            return found
        for name, verb in offered(request.user).items():
            found[name] = (_doing(name), name, verb.label)
        return found

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> Any:
        shown = {"undo": _undoable(request)}
        return super().changelist_view(request, shown | (extra_context or {}))

    def do_verb(self, request: HttpRequest, name: str, people: Any) -> HttpResponse | None:
        """Show what would happen; do it once that is confirmed."""
        verb = offered(request.user)[name]
        actor: Any = request.user
        form = verb.form(actor, request.POST if "asked" in request.POST else None)
        is_known = not verb.argument or form.is_valid()
        if not is_known:
            return self._preview(request, name, verb, form, None)
        argument = form.cleaned_data["argument"] if verb.argument else None
        try:
            action = verb.action(actor, argument)
        except APIException as error:
            messages.error(request, str(error.detail))
            return None
        ids = Ids.of(people)
        if "confirm" not in request.POST:
            return self._preview(request, name, verb, form, rehearse(actor, action, ids))
        self._do(request, verb, action, ids, argument)
        return None

    def _do(
        self, request: HttpRequest, verb: Verb, action: Action, ids: Ids, argument: Any
    ) -> None:
        actor: Any = request.user
        tally = carry_out(actor, action, ids)
        tell(request, f"{verb.done} {argument or ''}".strip(), tally)
        request.session.pop(UNDO, None)
        if verb.undo and tally.done and not tally.truncated:
            request.session[UNDO] = {
                "verb": verb.undo,
                "ids": [str(pk) for pk, reason in tally.told if reason is None],
                "argument": str(argument.pk) if argument else "",
                "words": f"{count_of(tally.done)} {verb.done}",
                "until": (clock.now() + UNDO_FOR).isoformat(),
            }

    def _preview(
        self, request: HttpRequest, name: str, verb: Verb, form: Any, tally: Tally | None
    ) -> HttpResponse:
        shown = {
            **self.admin_site.each_context(request),
            "title": verb.label.removesuffix(" …"),
            "opts": self.opts,
            "verb": verb,
            "form": form,
            "tally": tally,
            "count": count_of(tally.done) if tally else "",
            "skipped": [(count_of(n), why) for why, n in tally.skipped.items()] if tally else [],
            "name": name,
            "ticked": request.POST.getlist(ACTION_CHECKBOX_NAME),
            "across": request.POST.get("select_across", "0"),
            "here": request.get_full_path(),
        }
        return TemplateResponse(request, "admin/users/user/bulk.html", shown)

    def undo_view(self, request: HttpRequest) -> HttpResponse:
        """Undo what was done last, within its time."""
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        people = redirect(reverse("admin:users_user_changelist"))
        undo = _undoable(request)
        request.session.pop(UNDO, None)
        if undo is None:
            messages.error(request, "It is too late to undo that.")
            return people
        verb, actor = VERBS[undo["verb"]], request.user
        if not actor.has_perms(verb.permissions):
            raise PermissionDenied
        try:
            action = verb.action(actor, undo["argument"])
        except APIException as error:
            messages.error(request, str(error.detail))
            return people
        living: Any = User.all_objects.with_ids(undo["ids"])
        tally = carry_out(actor, action, Ids.of(living))  # type: ignore[arg-type]
        tell(request, f"{verb.done} again", tally)
        return people


def _doing(name: str) -> Any:
    def do(page: BulkPage, request: HttpRequest, people: Any) -> HttpResponse | None:
        return page.do_verb(request, name, people)

    return do


def _undoable(request: HttpRequest) -> dict[str, Any] | None:
    """Return what can still be undone in the request's session."""
    undo: dict[str, Any] | None = request.session.get(UNDO)
    return undo if undo and undo["until"] > clock.now().isoformat() else None
