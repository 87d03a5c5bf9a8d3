"""A person's rights: the files that held its data, all of it as an archive, and its erasure."""

from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from usersvc.api.pagination import window

from .. import erasure, rules
from ..archiving import answering, archive
from ..export_holders import certain, exports_of
from ..models import AuditEntry, User
from ..text import fold
from .person_page import PersonPage
from .person_timeline import page_number

SIZE = 25
AUDIT, ERASE = "users.view_auditentry", "users.destroy_user"


class TypedForm(forms.Form):
    """Asks for the username of who is erased, so that nobody is by a slip of the hand."""

    typed = forms.CharField(
        label=_("Username"), widget=forms.TextInput(attrs={"autocomplete": "off"})
    )

    def __init__(self, person: User, data: Any) -> None:
        super().__init__(data)
        self._person = person

    def clean_typed(self) -> str:
        """Refuse any other username."""
        typed = fold(self.cleaned_data["typed"].strip())
        if typed != self._person.username:
            message = gettext("This is not the username: type %(username)s.")
            raise forms.ValidationError(message % {"username": self._person.username})
        return typed


class PersonPrivacy(PersonPage):
    """The tab about a person's rights."""

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        one = "<path:object_id>"
        return [
            path(f"{one}/privacy/", view(self.privacy_view), name="users_user_privacy"),
            path(f"{one}/export/archive", view(self.archive_view), name="users_user_archive"),
            path(f"{one}/erase/", view(self.erase_view), name="users_user_erase"),
            *super().get_urls(),
        ]

    def header(self, request: HttpRequest, person: User) -> dict[str, Any]:
        """Return what every page about a person begins with, and what this tab may show."""
        actor: Any = request.user
        rights = {
            "may_see_exports": actor.has_perm(AUDIT),
            "may_take_archive": actor.has_perms(archive.PERMISSIONS),
            "may_erase": actor.has_perm(ERASE),
        }
        return {
            **super().header(request, person),
            **rights,
            "may_see_privacy": any(rights.values()),
        }

    def privacy_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Show which files held a person, and what can be done for it."""
        person = self.person_or_404(request, object_id)
        header = self.header(request, person)
        if not header["may_see_privacy"]:
            raise PermissionDenied
        actor: Any = request.user
        reason = rules.refusal_to_erase(actor, person) if header["may_erase"] else None
        shown = {
            **self.admin_site.each_context(request),
            **header,
            "title": person.name,
            "opts": self.opts,
            "refusal": gettext(reason) if reason else "",
        }
        if header["may_see_exports"]:
            shown |= _exports(person, actor, page_number(request.GET.get("p", "")))
        return TemplateResponse(request, "admin/users/user/person/privacy.html", shown)

    def archive_view(self, request: HttpRequest, object_id: str) -> HttpResponseBase:
        """Answer with all that is known of a person."""
        person = self.person_or_404(request, object_id)
        actor: Any = request.user
        if not actor.has_perms(archive.PERMISSIONS):
            raise PermissionDenied
        return answering.answer(person, actor)

    def erase_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Say what an erasure takes; erase once the username has been typed."""
        person = self.person_or_404(request, object_id)
        actor: Any = request.user
        if not actor.has_perm(ERASE) or rules.refusal_to_erase(actor, person):
            raise PermissionDenied
        form = TypedForm(person, request.POST if request.method == "POST" else None)
        if form.is_valid() and (done := _erased(actor, person)):
            messages.success(request, _told(done))
            return redirect("admin:users_user_changelist")
        shown = {
            **self.admin_site.each_context(request),
            "title": gettext("Erase this user"),
            "opts": self.opts,
            "person": person,
            "form": form,
            "back": reverse("admin:users_user_privacy", args=[person.pk]),
        }
        return TemplateResponse(request, "admin/users/user/person/erase.html", shown)


def _exports(person: User, actor: Any, number: int) -> dict[str, Any]:
    """Return a page of the files that held a person, the newest first."""
    found = window(exports_of(person, AuditEntry.objects.visible_to(actor)), number, SIZE)
    entries = list(found.rows.select_related("actor"))
    sure = certain(person, entries)
    told = [(each, each.additional_data or {}, each.pk in sure) for each in entries]
    return {"exports": told, "number": number, "has_more": found.more}


@transaction.atomic
def _erased(actor: Any, person: User) -> erasure.Erased | None:
    """Erase a person who is still there, and whom the rules still let go; None otherwise."""
    rules.hold_super_admins()
    held = User.all_objects.visible_to(actor).with_ids([person.pk]).order_by()
    there = held.select_for_update().first()
    if there is None or rules.refusal_to_erase(actor, there):
        return None
    return erasure.erase([there])


def _told(done: erasure.Erased) -> str:
    """Return what an erasure did; it names nobody, for messages are kept."""
    words = ngettext(
        "The user is erased, and %(count)d entry of the audit forgot what was personal.",
        "The user is erased, and %(count)d entries of the audit forgot what was personal.",
        done.audit_entries,
    )
    return words % {"count": done.audit_entries}
