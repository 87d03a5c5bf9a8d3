"""Doing something to many people from their list: shown first, done then, undone if at once."""

from collections.abc import Sequence
from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.admin.options import IS_POPUP_VAR
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext
from rest_framework.exceptions import APIException

from exports.models import Job, TooManyJobsError

from .. import job_actions
from ..api.bulk.stored import action_from
from ..bulk_runs import Ids, carry_out, rehearse
from ..models import User
from . import undoing
from .actions import count_of, tell
from .asking import page_of, too_many
from .outcomes import FRESH, Outcomes, kept, outcomes_of
from .verb_forms import ArgumentForm
from .verbs import VERBS, offered

# So many are done while somebody waits; more are done by a job.
FEW = 500
# So many are judged beforehand, while somebody waits; a job judges all.
JUDGED = 5_000


class BulkPage(admin.ModelAdmin):
    """The actions of the list: a preview, what was done, and a way back."""

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        return [
            path("undo", view(self.undo_view), name="users_user_undo"),
            path("outcomes", view(self.outcomes_view), name="users_user_outcomes"),
            *super().get_urls(),
        ]

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        found = super().get_actions(request)
        if IS_POPUP_VAR in request.GET:
            return found
        for name, verb in offered(request.user).items():
            found[name] = (_doing(name), name, str(verb.label))
        return found

    def get_action_choices(self, request: HttpRequest, *args: Any) -> Any:
        """Group what can be chosen, files first."""
        groups: dict[str, list[Any]] = {}
        blank, *choices = super().get_action_choices(request, *args)
        for name, label in choices:
            group = str(VERBS[name].group) if name in VERBS else gettext("Files")
            groups.setdefault(group, []).append((name, label))
        return [blank, *groups.items()]

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> Any:
        shown = {
            "undo": undoing.offered(request),
            "has_outcomes": request.session.pop(FRESH, False),
        }
        return super().changelist_view(request, shown | (extra_context or {}))

    def do_verb(self, request: HttpRequest, name: str, people: Any) -> HttpResponse | None:
        """Show what would happen; do it once that is confirmed."""
        verb, actor = offered(request.user)[name], request.user
        form = verb.form(actor, request.POST if "asked" in request.POST or not verb.asks else None)
        if not form.is_valid():
            return self._preview(request, name, form, None)
        body = verb.body(verb.fixed or form.argument())
        try:
            action = action_from(actor, body)  # type: ignore[arg-type]
        except APIException as error:
            messages.error(request, str(error.detail))
            return None
        ids = Ids.of(people)
        if "confirm" not in request.POST:
            tally = rehearse(actor, action, ids.first(JUDGED))  # type: ignore[arg-type]
            return self._preview(request, name, form, outcomes_of(actor, tally, len(ids)))
        if len(ids) > FEW:
            return self._ask(request, name, body, ids, form.told())
        tally = carry_out(actor, action, ids)  # type: ignore[arg-type]
        tell(request, f"{verb.done} {form.told()}".strip(), tally)
        kept(request, tally)
        undoing.offer(request, name, verb, body, tally)
        return None

    def _ask(
        self, request: HttpRequest, name: str, body: dict[str, Any], ids: Ids, told: str
    ) -> HttpResponse | None:
        """Let a job do it, and lead to its page."""
        words: list[tuple[str, str]] = []
        if request.POST.get("select_across") == "1":
            changelist: Any = self.get_changelist_instance(request)
            words = changelist.question.words()
        job = enqueue(request, name, body, ids, told, words)
        return redirect(page_of(job)) if job else None

    def _preview(
        self, request: HttpRequest, name: str, form: ArgumentForm, outcomes: Outcomes | None
    ) -> HttpResponse:
        verb = VERBS[name]
        shown = {
            **self.admin_site.each_context(request),
            "title": str(verb.label).removesuffix(" …"),
            "opts": self.opts,
            "verb": verb,
            "form": form,
            "told": form.told() if form.is_valid() else "",
            "outcomes": outcomes,
            "by_job": outcomes is not None and outcomes.matched > FEW,
            "few": FEW,
            "name": name,
            "ticked": request.POST.getlist(ACTION_CHECKBOX_NAME),
            "across": request.POST.get("select_across", "0"),
            "here": request.get_full_path(),
        }
        return TemplateResponse(request, "admin/users/user/bulk.html", shown)

    def outcomes_view(self, request: HttpRequest) -> HttpResponse:
        """Show what the last action did to each."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        shown = {
            **self.admin_site.each_context(request),
            "title": gettext("What happened to each"),
            "opts": self.opts,
            "rows": kept(request),
        }
        return TemplateResponse(request, "admin/users/user/outcomes.html", shown)

    def undo_view(self, request: HttpRequest) -> HttpResponse:
        """Undo what was done last, within its time."""
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        people = redirect(reverse("admin:users_user_changelist"))
        undo = undoing.take(request)
        if undo is None:
            messages.error(request, gettext("It is too late to undo that."))
            return people
        verb, actor = VERBS[undo["verb"]], request.user
        if not actor.has_perms(verb.permissions):
            raise PermissionDenied
        try:
            action = action_from(actor, undo["body"])  # type: ignore[arg-type]
        except APIException as error:
            messages.error(request, str(error.detail))
            return people
        living: Any = User.all_objects.with_ids(undo["ids"])
        tally = carry_out(actor, action, Ids.of(living))  # type: ignore[arg-type]
        kept(request, tally)
        tell(request, gettext("%(done)s again") % {"done": verb.done}, tally)
        return people


def _doing(name: str) -> Any:
    def do(page: BulkPage, request: HttpRequest, people: Any) -> HttpResponse | None:
        return page.do_verb(request, name, people)

    return do


def enqueue(
    request: HttpRequest,
    name: str,
    body: dict[str, Any],
    ids: Ids,
    told: str,
    asked: Sequence[tuple[str, str]] = (),
) -> Job | None:
    """Return the job that does it to very many; None, and a message, where there can be none."""
    title = f"{str(VERBS[name].label).removesuffix(' …')} {told}".strip()
    words = [*asked, (gettext("Selected"), count_of(len(ids)))]
    try:
        return job_actions.ask(request.user, body, ids, verb=name, title=title, words=words)
    except TooManyJobsError:
        messages.error(request, too_many())
    except OSError:
        messages.error(request, gettext("There is no room for a job; try again later."))
    return None
