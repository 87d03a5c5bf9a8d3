"""How a person signs in: second factors, sessions, tokens, networks; each can be ended."""

from typing import Any

from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import HASH_SESSION_KEY
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.crypto import constant_time_compare
from django.utils.module_loading import import_string
from django.utils.translation import gettext

from usersvc import clock

from .. import operations, rules, tokens
from ..lockout import key_of
from ..models import SignInTries, TokenFamily, User
from .person_page import PersonPage

# So many of a kind are shown, the newest first.
SHOWN = 20


class PersonSecurity(PersonPage):
    """The tab about signing in."""

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        return [
            path(
                "<path:object_id>/security/", view(self.security_view), name="users_user_security"
            ),
            path(
                "<path:object_id>/security/end/<slug:kind>/<str:which>",
                view(self.end_view),
                name="users_user_end",
            ),
            path(
                "<path:object_id>/security/password-letter",
                view(self.letter_view),
                name="users_user_password_letter",
            ),
            *super().get_urls(),
        ]

    def security_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Show how a person signs in."""
        person = self._person(request, object_id)
        actor: Any = request.user
        families = TokenFamily.objects.of(person)
        shown = {
            **self.admin_site.each_context(request),
            **self.header(request, person),
            "title": person.name,
            "opts": self.opts,
            "factors": Authenticator.objects.filter(user=person).order_by("created_at")[:SHOWN],
            "sessions": living_sessions(person),
            "families": families.living(clock.now())[:SHOWN],
            "over": families.over(clock.now())[:SHOWN],
            "networks": SignInTries.objects.of(key_of(person)).order_by("-failed_at")[:SHOWN],
            "may_end": self._may_end(actor, person),
        }
        return TemplateResponse(request, "admin/users/user/person/security.html", shown)

    def end_view(self, request: HttpRequest, object_id: str, kind: str, which: str) -> HttpResponse:
        """End one session, or the tokens of one sign-in."""
        person = self._to_write(request, object_id)
        if kind == "session":
            found = [each for each in living_sessions(person) if str(each.pk) == which]
            if not found:
                raise Http404
            found[0].end()
            operations.note(person, session=["open", "ended"])
        elif kind == "tokens":
            family = TokenFamily.objects.of(person).known_as(which)
            if not tokens.end(family):
                raise Http404
        else:
            raise Http404
        messages.success(request, gettext("It was ended."))
        return redirect(reverse("admin:users_user_security", args=[person.pk]))

    def letter_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Send a person a letter with a link at which to choose a password."""
        person = self._to_write(request, object_id)
        try:
            operations.send_password_reset(person)
        except OSError:  # SMTPException is one
            messages.error(request, gettext("The letter could not be sent; try again later."))
        else:
            messages.success(request, gettext("A letter with a link is on its way."))
        return redirect(reverse("admin:users_user_security", args=[person.pk]))

    def _person(self, request: HttpRequest, object_id: str) -> User:
        person = self.person_or_404(request, object_id)
        if not self.may_see_security(request, person):
            raise PermissionDenied
        return person

    def _to_write(self, request: HttpRequest, object_id: str) -> User:
        person = self._person(request, object_id)
        if not self._may_end(request.user, person):
            raise PermissionDenied
        if request.method != "POST":
            raise Http404
        return person

    def _may_end(self, actor: Any, person: User) -> bool:
        may = person.deleted_at is None and actor.has_perm("users.manage_user")
        return bool(may) and rules.refusal_to_change(actor, person) is None


def living_sessions(person: User) -> list[UserSession]:
    """Return the browser sessions of a person that are still good, the newest first."""
    store: Any = import_string(f"{settings.SESSION_ENGINE}.SessionStore")
    current = person.get_session_auth_hash()
    newest = UserSession.objects.filter(user=person).order_by("-last_seen_at")[:SHOWN]
    return [
        session
        for session in newest
        if constant_time_compare(store(session.session_key).get(HASH_SESSION_KEY, ""), current)
    ]
