"""The matrix of roles: what each allows, side by side; changes are shown before they are made."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Page, Paginator
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from .. import rules
from ..models import Role, User
from ..permissions import permissions_by_name
from .permission_words import GROUPS, WORDS, words_of
from .shared import people_address, people_link

# So many roles stand side by side: a form of more would hold too many boxes.
COLUMNS = 12
KEEPS_ALL = _("Super admins may do everything: this role is not changed here.")
MEANWHILE = _("Somebody changed it meanwhile: look at the matrix again.")


@dataclass(frozen=True)
class Column:
    """A role of the matrix, and why it is not changed here; None where it is."""

    role: Role
    held: frozenset[str]
    people: str
    refusal: str | None


@dataclass(frozen=True)
class Cell:
    """Whether a role allows something, and whether one may change that."""

    role: Role
    value: str
    is_held: bool
    is_editable: bool


@dataclass(frozen=True)
class Change:
    """What a role would allow more and less, for how many people."""

    role: Role
    wanted: frozenset[str]
    held: frozenset[str]
    refusal: str | None

    @property
    def gains(self) -> list[str]:
        """What it would allow in addition, in words."""
        return [words_of(name) for name in WORDS if name in self.wanted - self.held]

    @property
    def losses(self) -> list[str]:
        """What it would no longer allow, in words."""
        return [words_of(name) for name in WORDS if name in self.held - self.wanted]

    @property
    def grants(self) -> list[str]:
        """What a form says for what it would allow."""
        return [f"{self.role.pk}:{name}" for name in sorted(self.wanted)]

    @property
    def was(self) -> list[str]:
        """What a form says for what it allows now."""
        return [f"{self.role.pk}:{name}" for name in sorted(self.held)]


class RoleMatrix(admin.ModelAdmin):
    """The page of the matrix, the question before a change, and the change."""

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.matrix_view)
        return [path("matrix/", view, name="users_role_matrix"), *super().get_urls()]

    def matrix_view(self, request: HttpRequest) -> HttpResponse:
        """Show what roles allow; on POST, what a change would do, and, confirmed, do it."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        if request.method != "POST":
            return self._matrix(request)
        if not self.has_change_permission(request):
            raise PermissionDenied
        changes = _changes(request)
        if not changes:
            self.message_user(request, gettext("Nothing was changed."), messages.INFO)
        elif "confirm" not in request.POST:
            return self._shown(request, "ask", {"changes": self._with_people(request, changes)})
        else:
            self._carry_out(request, [change.role.pk for change in changes])
        return redirect(request.get_full_path())

    def _matrix(self, request: HttpRequest) -> HttpResponse:
        page = _page(request)
        may = self.has_change_permission(request)
        columns = [_column(request.user, role, may) for role in page]
        able = {each.codename for each in rules.grantable_permissions(request.user)}  # type: ignore[arg-type]
        sections = [
            (title, [_row(name, columns, able) for name in group]) for title, group in GROUPS
        ]
        shown = {"columns": columns, "sections": sections, "page": page}
        editable = any(column.refusal is None for column in columns)
        return self._shown(request, "matrix", shown | {"is_editable": editable})

    def _shown(self, request: HttpRequest, name: str, shown: dict[str, Any]) -> HttpResponse:
        context = {"title": gettext("What roles allow"), "opts": self.opts} | shown
        context |= self.admin_site.each_context(request)
        return TemplateResponse(request, f"admin/users/role/{name}.html", context)

    def _with_people(
        self, request: HttpRequest, changes: Iterable[Change]
    ) -> list[tuple[Change, str]]:
        ids = [change.role.pk for change in changes]
        counted = Role.objects.with_ids(ids).with_headcounts(_people(request), "roles")
        numbers = {role.pk: _people_cell(role) for role in counted}
        return [(change, numbers[change.role.pk]) for change in changes]

    @transaction.atomic
    def _carry_out(self, request: HttpRequest, ids: list[Any]) -> None:
        list(Role.objects.with_ids(ids).order_by("pk").select_for_update(no_key=True))
        was = _held_by_role(request.POST.getlist("was"))
        done = 0
        for change in _changes(request):  # as it is now that nobody else changes it
            stale = was.get(str(change.role.pk), frozenset()) != change.held
            reason = str(MEANWHILE) if stale else change.refusal
            if reason:
                words = f"{change.role}: {reason}"
                self.message_user(request, words, messages.WARNING)
                continue
            change.role.permissions.set(_permissions(change.wanted))
            change.role.save(update_fields=["updated_at"])
            done += 1
        if done:
            words = ngettext("%d role was changed.", "%d roles were changed.", done) % done
            self.message_user(request, words, messages.SUCCESS)


def refusal_to_change(actor: Any, role: Role, permissions: Any) -> str | None:
    """Return why the matrix does not let the actor give a role these permissions."""
    if rules.is_super_admin_role(role):
        return str(KEEPS_ALL)
    return rules.refusal_to_change_role(actor, role, permissions)


def _page(request: HttpRequest) -> Page:
    roles = Role.objects.visible_to(request.user).with_headcounts(_people(request), "roles")
    shown = roles.order_by("-shipped", "name_key").prefetch_related("permissions")
    return Paginator(shown, COLUMNS).get_page(request.GET.get("p"))


def _people(request: HttpRequest) -> Any:
    return User.objects.visible_to(request.user)


def _people_cell(role: Any) -> str:
    return people_link(people_address("role", role.pk), role.headcount)


def _column(actor: Any, role: Role, may: bool) -> Column:
    permissions = list(role.permissions.all())
    no = gettext("You may not change roles.")
    refusal = refusal_to_change(actor, role, permissions) if may else no
    held = frozenset(permission.codename for permission in permissions)
    return Column(role, held, _people_cell(role), refusal)


def _row(codename: str, columns: list[Column], able: set[str]) -> tuple[str, list[Cell]]:
    cells = [
        Cell(
            column.role,
            f"{column.role.pk}:{codename}",
            codename in column.held,
            column.refusal is None and codename in able,
        )
        for column in columns
    ]
    return words_of(codename), cells


def _changes(request: HttpRequest) -> list[Change]:
    """Return how a posted form differs from the roles as they are."""
    roles = Role.objects.with_ids(request.POST.getlist("role")).prefetch_related("permissions")
    wanted = _held_by_role(request.POST.getlist("grant"))
    changes = []
    for role in roles.order_by("-shipped", "name_key")[:COLUMNS]:
        held = frozenset(permission.codename for permission in role.permissions.all())
        # What no row of the matrix shows stays as it is.
        names = wanted.get(str(role.pk), frozenset()) & WORDS.keys() | (held - WORDS.keys())
        if names != held:
            refusal = refusal_to_change(request.user, role, _permissions(names))
            changes.append(Change(role, frozenset(names), held, refusal))
    return changes


def _permissions(names: Iterable[str]) -> list[Any]:
    known = permissions_by_name()
    return [known[f"users.{name}"] for name in names if f"users.{name}" in known]


def _held_by_role(values: Iterable[str]) -> dict[str, frozenset[str]]:
    """Return the code names that a form says for each role: its values are id:codename."""
    found: dict[str, set[str]] = {}
    for value in values:
        role, _colon, name = value.partition(":")
        found.setdefault(role, set()).add(name)
    return {role: frozenset(names) for role, names in found.items()}
