from typing import Any

from django.contrib import admin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.db import models
from django.http import HttpRequest
from django.template.defaultfilters import date
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from usersvc import clock
from usersvc.api.fields import search_problem

from .. import lockout, rules, status
from ..models import User
from ..operations import change_email
from ..querysets import SortKey
from .base import DirectoryAdmin, is_autocomplete
from .bulk import BulkPage
from .exporting import ExportActions
from .forms import NewPersonForm, PersonForm
from .importing import ImportPage
from .memberships import MEMBERSHIP_INLINES
from .people_columns import DEFAULT, PeopleColumns
from .people_page import PeoplePage
from .person_privacy import PersonPrivacy
from .person_security import PersonSecurity
from .person_timeline import PersonTimeline
from .showing import INSTANT
from .views import SavedViews

# What nobody changes of himself: it would demote, suspend or lock out.
NOT_ONES_OWN = ("status", "organization", "access_starts_at", "access_ends_at", "access_timezone")
METADATA = ("created_by", "updated_by")


@admin.register(User)
class UserAdmin(
    ImportPage,
    SavedViews,
    PeoplePage,
    PeopleColumns,
    PersonPrivacy,
    PersonSecurity,
    PersonTimeline,
    BulkPage,
    ExportActions,
    DirectoryAdmin,
    DjangoUserAdmin,
):
    form = PersonForm
    add_form = NewPersonForm
    inlines = [*MEMBERSHIP_INLINES]
    fieldsets = [
        (
            None,
            {
                "classes": ["profile"],
                "fields": ["username", "email", "email_verified", "password"],
            },
        ),
        (
            _("Profile"),
            {
                "classes": ["profile"],
                "fields": [
                    "name",
                    ("given_name", "family_name", "nickname"),
                    "phone",
                    "picture",
                    "description",
                ],
            },
        ),
        (
            _("Place"),
            {
                "classes": ["belonging"],
                "fields": ["organization", "user_type", "connection", "is_superuser"],
            },
        ),
        (
            _("Access"),
            {
                "classes": ["access"],
                "fields": [
                    "status",
                    "state",
                    "locks",
                    "status_before",
                    "suspended_at",
                    "deleted_at",
                    "access_starts_at",
                    "access_ends_at",
                    "access_timezone",
                    "password_expires_at",
                ],
            },
        ),
        (
            _("Metadata"),
            {"classes": ["metadata"], "fields": ["user_metadata", "app_metadata"]},
        ),
        (
            _("Record"),
            {
                "classes": ["record"],
                "fields": [
                    "id",
                    "last_login",
                    "login_count",
                    "mfa_enabled",
                    "password_changed_at",
                    "created_at",
                    "updated_at",
                    *METADATA,
                ],
            },
        ),
    ]
    add_fieldsets = [
        (
            None,
            {
                "classes": ["wide"],
                "fields": ["username", "email", "name", "organization", "user_type", "status"],
            },
        ),
        (_("Password"), {"fields": ["usable_password", "password1", "password2"]}),
    ]
    readonly_fields = [
        "id",
        "state",
        "locks",
        "status_before",
        "suspended_at",
        "deleted_at",
        "last_login",
        "login_count",
        "mfa_enabled",
        "password_changed_at",
        "created_at",
        "updated_at",
        *METADATA,
    ]
    autocomplete_fields = ["organization", "connection"]
    filter_horizontal = ()
    formfield_overrides = DirectoryAdmin.formfield_overrides | {
        models.URLField: {"assume_scheme": "https"}
    }
    list_display = [*DEFAULT]
    list_filter = ()
    ordering = ["-created_at"]
    search_fields = ["search_text"]  # shows the box; get_search_results searches
    actions = ["export_dialog", "export_csv", "export_xlsx", "export_json", "export_pdf"]

    # -- which people

    def get_queryset(self, request: HttpRequest) -> Any:
        people = User.all_objects.visible_to(request.user)
        if is_autocomplete(request):
            people = people.living().sorted_by(SortKey("name"))
        return people.annotate(account_state=status.account_state_sql(clock.now()))

    def get_search_results(
        self, request: HttpRequest, queryset: Any, search_term: str
    ) -> tuple[Any, bool]:
        if search_problem(search_term):
            return queryset.none(), False
        return queryset.search(search_term), False

    @admin.display(description=_("locked out"))
    def locks(self, person: Any) -> str:
        locks = lockout.locks_of(person)
        return "; ".join(
            f"{each.network} until {date(each.locked_until, INSTANT)}" for each in locks
        )

    # -- who may

    def has_add_permission(self, request: HttpRequest) -> bool:
        actor: Any = request.user
        placed = actor.is_superuser or actor.organization_id is not None
        return placed and super().has_add_permission(request)

    def has_change_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        if not super().has_change_permission(request, obj):
            return False
        return obj is None or (obj.deleted_at is None and _may_change(request, obj))

    def has_delete_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        if not self.allows(request, "delete"):
            return False
        actor: Any = request.user
        return obj is None or (
            obj.deleted_at is None and rules.refusal_to_delete(actor, obj) is None
        )

    # -- the page of a person

    def get_inlines(self, request: HttpRequest, obj: User | None) -> Any:
        return self.inlines if obj else []

    def get_fieldsets(self, request: HttpRequest, obj: User | None = None) -> Any:
        """Leave out what the actor may not know, or has no use for."""
        hidden = self._hidden(request, obj)
        return [
            (
                title,
                {**options, "fields": [name for name in options["fields"] if name not in hidden]},
            )
            for title, options in super().get_fieldsets(request, obj)
        ]

    def _hidden(self, request: HttpRequest, obj: User | None) -> set[str]:
        actor: Any = request.user
        hidden: set[str] = set()
        if not actor.has_perm("users.view_user_metadata"):
            hidden.update(METADATA)
        if not actor.is_superuser:
            hidden.add("is_superuser")
        if obj and not self.has_change_permission(request, obj):
            hidden.add("password")
        return hidden

    def get_readonly_fields(self, request: HttpRequest, obj: User | None = None) -> Any:
        fixed = list(self.readonly_fields)
        if obj and obj.status == User.Status.SUSPENDED:
            fixed.append("status")
        if obj and obj == request.user:
            fixed += [*NOT_ONES_OWN, "is_superuser"]
        return fixed

    def save_model(self, request: HttpRequest, obj: User, form: Any, change: bool) -> None:
        changed = form.changed_data if change else []
        if "email" in changed and "email_verified" not in changed:
            change_email(obj, obj.email)
        super().save_model(request, obj, form, change)

    # -- deletion can be undone

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        people = [str(person) for person in objs]
        return people, {gettext("users (can be restored)"): len(people)}, set(), []

    def delete_model(self, request: HttpRequest, obj: User) -> None:
        obj.soft_delete()


def _may_change(request: HttpRequest, person: User) -> bool:
    """Return what the rules say; asked once a request, where Django asks for each table."""
    known: dict[Any, bool] = request.__dict__.setdefault("may_change", {})
    if person.pk not in known:
        actor: Any = request.user
        known[person.pk] = rules.may_change(actor, person)
    return known[person.pk]
