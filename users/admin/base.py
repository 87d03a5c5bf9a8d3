"""What all admins share: permissions, lists that ignore nothing, and the way to the audit."""

from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.utils import unquote
from django.contrib.admin.views.main import ERROR_FLAG, SEARCH_VAR, ChangeList
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import models
from django.db.models import QuerySet
from django.forms import SplitDateTimeField
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext

from usersvc.api.fields import is_storable, search_problem

from ..text import fold
from .choices import ChoicesInSight
from .widgets import InstantWidget


def is_autocomplete(request: HttpRequest) -> bool:
    """Return whether the request asks for the choices of a field."""
    match = request.resolver_match
    return match is not None and match.url_name == "autocomplete"


class StrictList(ChangeList):
    """A list that refuses a filter it does not know: an ignored typo would show everything."""

    def get_filters(self, request: HttpRequest) -> Any:
        if not all(is_storable(text) for _, texts in request.GET.lists() for text in texts):
            raise IncorrectLookupParameters("a character that no text can hold")
        if problem := search_problem(request.GET.get(SEARCH_VAR, "")):
            raise IncorrectLookupParameters(problem)
        found = super().get_filters(request)
        if unknown := found[2]:
            raise IncorrectLookupParameters(f"unknown: {', '.join(unknown)}")
        return found


class DirectoryAdmin(ChoicesInSight, admin.ModelAdmin):
    """The base of every admin: view_X to look, manage_X to add and change."""

    formfield_overrides = {
        models.DateTimeField: {"form_class": SplitDateTimeField, "widget": InstantWidget}
    }
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    list_per_page = 50

    # -- who may

    def allows(self, request: HttpRequest, verb: str) -> bool:
        """Return whether the request's user holds the model's permission of this verb."""
        user: Any = request.user
        return bool(user.has_perm(f"{self.opts.app_label}.{verb}_{self.opts.model_name}"))

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.allows(request, "view") or self.allows(request, "manage")

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.allows(request, "view") or self.allows(request, "manage")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return self.allows(request, "manage")

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.allows(request, "manage")

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    # -- lists

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return StrictList

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest | None = None) -> bool:
        """Leave it to StrictList, which refuses whatever no filter took."""
        return True

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> Any:
        if ERROR_FLAG in request.GET:
            self.message_user(
                request,
                gettext("The filter or page was not understood: this is the whole list."),
                messages.ERROR,
            )
        plural = str(self.opts.verbose_name_plural)
        title = {"title": plural[:1].upper() + plural[1:]}
        return super().changelist_view(request, title | (extra_context or {}))

    def response_action(
        self, request: HttpRequest, queryset: QuerySet[Any], *args: Any
    ) -> HttpResponse | None:
        try:
            return super().response_action(request, queryset, *args)
        except ValidationError:  # a forged id
            words = gettext("What was selected does not exist.")
            self.message_user(request, words, messages.ERROR)
            return None

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """Search with a folded term, as the stored copies are folded."""
        if search_problem(search_term):  # a list says so, the choices of a field are none
            return queryset.none(), False
        return super().get_search_results(request, queryset, fold(search_term))

    # -- forms

    def get_object(self, request: HttpRequest, object_id: str, from_field: Any = None) -> Any:
        if not is_storable(object_id):
            return None
        return super().get_object(request, object_id, from_field)

    def get_form(
        self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any
    ) -> Any:
        form: Any = super().get_form(request, obj, change=change, **kwargs)
        form.actor = request.user
        return form

    # -- history

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> Any:
        context["may_see_audit"] = self.may_see_audit(request)
        return super().render_change_form(request, context, *args, **kwargs)

    def may_see_audit(self, request: HttpRequest) -> bool:
        """Return whether the page shows a link to the audit."""
        user: Any = request.user
        return bool(user.has_perm("users.view_auditentry"))

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: Any = None
    ) -> HttpResponse:
        """Answer with the audit of the object: it knows the changes of every way in."""
        if not (self.may_see_audit(request) and self.has_view_permission(request)):
            raise PermissionDenied
        row = self.get_object(request, unquote(object_id))
        if row is None:
            return redirect("admin:index")
        return redirect(f"{reverse('admin:users_auditentry_changelist')}?object={row.pk}")
