"""The page of a person: who it is and why it may sign in, what can be done, and its tabs."""

from dataclasses import dataclass, field
from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from rest_framework.exceptions import APIException

from usersvc import clock

from .. import explaining, lockout, status, witnessing
from ..api.bulk.stored import action_from
from ..bulk_runs import Ids, carry_out, rehearse
from ..models import User
from ..status import AccountState
from .actions import tell
from .outcomes import Outcomes, outcomes_of
from .people_columns import TONES
from .permission_words import words_of
from .person_buttons import buttons
from .showing import badge
from .verb_forms import ArgumentForm
from .verbs import VERBS

# The panes of the form: their anchors, and the classes of the fieldsets in each.
PANES = {
    "profile": _("Profile"),
    "access": _("Access"),
    "belonging": _("Organization and roles"),
    "metadata": _("Metadata"),
    "record": _("Record"),
}
STATE_TONES = {"Enabled": "good", "Enabled*": "good", "Disabled": "bad", "Disabled*": "warn"}


@dataclass
class Pane:
    """One tab of the form."""

    name: str
    label: Any
    fieldsets: list[Any] = field(default_factory=list)
    is_first: bool = False

    @property
    def has_errors(self) -> bool:
        """Whether something in it is not right."""
        return any(line.errors() for fieldset in self.fieldsets for line in fieldset)


class PersonPage(admin.ModelAdmin):
    """What the page of a person has beside Django's form."""

    change_form_template = "admin/users/user/change_form.html"

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.do_view)
        return [
            path("<path:object_id>/do/<slug:name>", view, name="users_user_do"),
            *super().get_urls(),
        ]

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> Any:
        person: User | None = context.get("original")
        if person is not None:
            context |= self.header(request, person)
            context["panes"] = _panes(context)
            context["effective"] = _effective(person)
            context["show_delete"] = False  # one of the buttons
        return super().render_change_form(request, context, *args, **kwargs)

    def header(self, request: HttpRequest, person: User) -> dict[str, Any]:
        """Return what every page about a person begins with."""
        at = clock.now()
        locks = list(lockout.locks_of(person))
        actor: Any = request.user
        if request.method == "GET":
            witnessing.looked_at(person)
        return {
            "person": person,
            "explanation": explaining.explain(person, at, locks),
            "badges": _badges(person, status.account_state(person, at)),
            "buttons": buttons(actor, person, bool(locks)),
            "may_see_security": self.may_see_security(request, person),
            "may_see_history": actor.has_perm("users.view_auditentry"),
            "tabs": PANES,
            "here": _page(person),
        }

    def may_see_security(self, request: HttpRequest, person: User) -> bool:
        """Return whether the request's user may look at how somebody signs in."""
        actor: Any = request.user
        return bool(actor.has_perms(["users.view_user", "users.manage_user"])) or actor == person

    def person_or_404(self, request: HttpRequest, object_id: str) -> User:
        """Return a person in sight, deleted or not."""
        person: User | None = self.get_object(request, unquote(object_id))
        if person is None or not self.has_view_permission(request, person):
            raise Http404
        return person

    def do_view(self, request: HttpRequest, object_id: str, name: str) -> HttpResponse:
        """Say what a verb would do to a person; do it once that is confirmed."""
        person, verb = self.person_or_404(request, object_id), VERBS.get(name)
        if verb is None:
            raise Http404
        actor: Any = request.user
        if not actor.has_perms(verb.permissions):
            raise PermissionDenied
        form = verb.form(actor, request.POST if request.method == "POST" or not verb.asks else None)
        if not form.is_valid():
            return self._confirmation(request, person, name, form, None)
        try:
            action = action_from(actor, verb.body(verb.fixed or form.argument()))
        except APIException as error:
            messages.error(request, str(error.detail))
            return redirect(_page(person))
        ids = Ids([person.pk])
        if request.method != "POST" or "confirm" not in request.POST:
            tally = rehearse(actor, action, ids)
            return self._confirmation(request, person, name, form, outcomes_of(actor, tally))
        tell(request, f"{verb.done} {form.told()}".strip(), carry_out(actor, action, ids))
        return redirect(_page(person))

    def _confirmation(
        self,
        request: HttpRequest,
        person: User,
        name: str,
        form: ArgumentForm,
        outcomes: Outcomes | None,
    ) -> HttpResponse:
        verb = VERBS[name]
        shown = {
            **self.admin_site.each_context(request),
            "title": f"{str(verb.label).removesuffix(' …')}: {person.name}",
            "opts": self.opts,
            "verb": verb,
            "form": form,
            "told": form.told() if form.is_valid() else "",
            "outcomes": outcomes,
            "name": name,
            "here": request.path,
            "back": _page(person),
        }
        return TemplateResponse(request, "admin/users/user/bulk.html", shown)


def _page(person: User) -> str:
    return reverse("admin:users_user_change", args=[person.pk])


def _badges(person: User, state: AccountState | None) -> list[str]:
    if state is None:
        return [badge(gettext("Deleted"), "bad")]
    standing = badge(person.get_status_display(), TONES[status.Status(person.status)])
    return [standing, badge(str(state.label), STATE_TONES[state])]


def _panes(context: dict[str, Any]) -> list[Pane]:
    panes = {name: Pane(name, label) for name, label in PANES.items()}
    for fieldset in context["adminform"]:
        name = next(each for each in fieldset.classes.split() if each in panes)
        panes[name].fieldsets.append(fieldset)
    found = [pane for pane in panes.values() if pane.fieldsets]
    wrong = [pane for pane in found if pane.has_errors]
    if any(each.formset.total_error_count() for each in context["inline_admin_formsets"]):
        wrong.append(panes["belonging"])
    (wrong or found)[0].is_first = True
    return found


def _effective(person: User) -> list[tuple[str, str]]:
    """Return what the person's roles allow, each with the roles that do."""
    given: dict[str, list[str]] = {}
    for role in person.roles.order_by("name_key").prefetch_related("permissions"):
        for permission in role.permissions.all():
            given.setdefault(words_of(permission.codename), []).append(role.name)
    return [(name, ", ".join(roles)) for name, roles in sorted(given.items())]
