"""The one model of users behind all four documents."""

import uuid
from collections.abc import Collection
from datetime import datetime
from typing import Any

from django.contrib.auth.models import PermissionsMixin
from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from usersvc import clock

from .. import actor, status
from ..ids import new_uuid
from ..managers import EverybodyManager, UserManager
from ..text import fold, searchable
from ..validators import validate_time_zone
from .acting import Acting
from .connection import BUILT_IN_CONNECTION_ID, Connection
from .credentials import Credentials
from .fields import FoldedCharField, FoldedEmailField, KeyField
from .group import Group
from .indexes import NullsLastIndex
from .lifecycle import Lifecycle
from .memberships import UserGroup, UserRole, UserSite, UserTag
from .organization import Organization
from .role import Role
from .site import Site
from .tag import Tag

# Bookkeeping of sign-ins is no change of the person.
UNTRACKED_FIELDS = {"last_login", "login_count"}
PASSWORD_FIELDS = {
    "password",
    "password_changed_at",
    "password_expires_at",
    "sign_in_version",
}
ALIVE = Q(deleted_at__isnull=True)
LIVING = ("id", "deleted_at")
HELD_BY_DELETED = "A deleted person holds this: restore or destroy that person first."


class User(Acting, Credentials, PermissionsMixin, Lifecycle):
    """A person of the directory."""

    class Type(models.TextChoices):
        SAAS_ADMIN = "saas_admin", _("Administrator")
        SAAS_USER = "saas_user", _("User")
        SAAS_USER_CLIENT = "saas_user_client", _("Client user")

    Status = status.Status

    id: uuid.UUID = models.UUIDField(primary_key=True, default=new_uuid, editable=False)  # type: ignore[assignment]
    username = FoldedCharField(
        max_length=150,
        validators=[RegexValidator(r"^[^\s\x00-\x1f\x7f]+$", "A username holds no blanks.")],
    )
    email = FoldedEmailField(max_length=254)
    name = models.CharField(max_length=255)
    given_name = models.CharField(max_length=150, blank=True, default="")
    family_name = models.CharField(max_length=150, blank=True, default="")
    nickname = models.CharField(max_length=150, blank=True, default="")
    phone = models.CharField(max_length=50, blank=True, default="")
    picture = models.URLField(max_length=500, blank=True, default="")
    description = models.TextField(max_length=2000, blank=True, default="")
    user_type = models.CharField(max_length=20, choices=Type, default=Type.SAAS_USER)

    status = models.CharField(max_length=20, choices=Status, default=Status.ONBOARDING)
    status_before = models.CharField(
        max_length=20, choices=Status, blank=True, default="", editable=False
    )
    suspended_at = models.DateTimeField(null=True, blank=True, editable=False)
    deleted_at = models.DateTimeField(null=True, blank=True, editable=False)
    # The organization whose suspension or deletion took this person along, and will bring it back.
    suspended_with = models.ForeignKey(
        Organization, models.SET_NULL, null=True, editable=False, related_name="+", db_index=False
    )
    deleted_with = models.ForeignKey(
        Organization, models.SET_NULL, null=True, editable=False, related_name="+", db_index=False
    )

    organization = models.ForeignKey(
        Organization, models.PROTECT, null=True, blank=True, related_name="users", db_index=False
    )
    connection = models.ForeignKey(
        Connection, models.PROTECT, default=BUILT_IN_CONNECTION_ID, related_name="users"
    )
    roles = models.ManyToManyField(Role, through=UserRole, related_name="users", blank=True)
    groups = models.ManyToManyField(  # type: ignore[assignment]
        Group, through=UserGroup, related_name="users", blank=True
    )
    sites = models.ManyToManyField(Site, through=UserSite, related_name="users", blank=True)
    tags = models.ManyToManyField(Tag, through=UserTag, related_name="users", blank=True)
    user_permissions = None  # type: ignore[assignment]

    email_verified = models.BooleanField(default=False)
    mfa_enabled = models.BooleanField(
        default=False, editable=False, help_text=_("Kept from the person's authenticators.")
    )
    login_count = models.PositiveIntegerField(default=0, editable=False)
    sign_in_version = models.PositiveIntegerField(
        default=0, editable=False, help_text=_("Raised to end all sessions and tokens at once.")
    )
    password_changed_at = models.DateTimeField(null=True, blank=True, editable=False)
    password_expires_at = models.DateTimeField(null=True, blank=True)
    access_starts_at = models.DateTimeField(null=True, blank=True)
    access_ends_at = models.DateTimeField(null=True, blank=True)
    access_timezone = models.CharField(
        max_length=64, default="UTC", validators=[validate_time_zone]
    )
    user_metadata = models.JSONField(default=dict, blank=True)
    app_metadata = models.JSONField(default=dict, blank=True)

    created_at = models.DateTimeField(default=clock.now, editable=False)
    updated_at = models.DateTimeField(default=clock.now, editable=False)
    created_by = models.ForeignKey(
        "self", models.SET_NULL, null=True, blank=True, editable=False, related_name="+"
    )
    updated_by = models.ForeignKey(
        "self", models.SET_NULL, null=True, blank=True, editable=False, related_name="+"
    )

    name_key = KeyField()
    search_text = KeyField()

    objects = UserManager()
    all_objects = EverybodyManager()

    EMAIL_FIELD = "email"
    USERNAME_FIELD = "username"
    REQUIRED_FIELDS = ["email"]

    class Meta:
        base_manager_name = "all_objects"
        default_manager_name = "objects"
        default_permissions = ("view", "export", "manage", "delete", "destroy")
        permissions = [
            ("view_user_metadata", "Can see who created and changed a user"),
            ("access_admin", "Can enter the admin"),
            ("act_as_service_account", "Can act as a service account"),
        ]
        indexes = [
            # deleted_at is there so that pages and counts of the living need no row.
            models.Index(fields=["created_at", *LIVING], name="user_created"),
            # The order of every list that asks for no other: as small as can be, for deep pages.
            models.Index(fields=["created_at", "id"], name="user_living_created", condition=ALIVE),
            models.Index(fields=["updated_at", *LIVING], name="user_updated"),
            models.Index(fields=["name_key", *LIVING], name="user_name"),
            models.Index(fields=["user_type", *LIVING], name="user_type"),
            models.Index(fields=["status", *LIVING], name="user_status_id"),
            NullsLastIndex(fields=["last_login", *LIVING], name="user_last_login"),
            NullsLastIndex(
                # created_at is for SQLite, which sorts those who never signed in by it.
                fields=["-last_login", "-id", "deleted_at", "created_at"],
                name="user_last_login_desc",
            ),
            models.Index(fields=["status", "created_at", *LIVING], name="user_status"),
            models.Index(fields=["organization", "created_at", *LIVING], name="user_organization"),
            models.Index(
                fields=["organization", "status", "created_at", *LIVING],
                name="user_organization_status",
            ),
            models.Index(fields=["mfa_enabled"], name="user_mfa"),
            models.Index(
                fields=["suspended_with"],
                name="user_suspended_with",
                condition=Q(suspended_with__isnull=False),
            ),
            models.Index(
                fields=["deleted_with"],
                name="user_deleted_with",
                condition=Q(deleted_with__isnull=False),
            ),
            # An export asks first which zones schedules are told in, and from when to when.
            models.Index(
                fields=["access_timezone", "access_starts_at", "access_ends_at"],
                name="user_schedule_zone",
                condition=Q(access_starts_at__isnull=False) | Q(access_ends_at__isnull=False),
            ),
        ]
        constraints = [
            # Not unique=True, which adds an index for LIKE on PostgreSQL that "C" makes useless.
            models.UniqueConstraint(fields=["username"], name="user_username_unique"),
            models.UniqueConstraint(fields=["email"], name="user_email_unique"),
            models.CheckConstraint(condition=~Q(username=""), name="user_username_given"),
            models.CheckConstraint(condition=~Q(email=""), name="user_email_given"),
            models.CheckConstraint(
                condition=Q(status__in=status.Status.values), name="user_status_known"
            ),
            models.CheckConstraint(
                condition=Q(user_type__in=["saas_admin", "saas_user", "saas_user_client"]),
                name="user_type_known",
            ),
            models.CheckConstraint(
                condition=Q(access_starts_at__isnull=True)
                | Q(access_ends_at__isnull=True)
                | Q(access_ends_at__gt=F("access_starts_at")),
                name="user_access_ends_after_start",
                violation_error_message="The access must end after it starts.",
            ),
            models.CheckConstraint(
                condition=Q(status="suspended", suspended_at__isnull=False)
                | (~Q(status="suspended") & Q(suspended_at__isnull=True)),
                name="user_suspended_at_with_status",
            ),
        ]

    def __str__(self) -> str:
        return self.username

    def save(self, *args: Any, **kwargs: Any) -> None:
        fields = kwargs.get("update_fields")
        self.refresh_keys()
        if fields is None or not UNTRACKED_FIELDS.issuperset(fields):
            self.stamp()
            if fields is not None:
                kwargs["update_fields"] = self._with_derived(set(fields))
        super().save(*args, **kwargs)
        self.remember_new_password()

    @staticmethod
    def _with_derived(fields: set[str]) -> set[str]:
        """Return the fields to write, with those that follow from them."""
        derived = {"name_key", "search_text", "updated_at", "updated_by"}
        return fields | derived | (PASSWORD_FIELDS if "password" in fields else set())

    def refresh_keys(self) -> None:
        """Write the folded copies; save, bulk writes, seeding and imports all come here."""
        self.name_key = fold(self.name)
        self.search_text = searchable(
            str(self.id), self.email, self.name, self.description, self.username
        )

    def stamp(self, at: datetime | None = None) -> None:
        """Write who changes this person, and when."""
        by = actor.current_user()
        if self._state.adding:
            self.created_by = self.created_by or by
        else:
            self.updated_at = at or clock.now()
        self.updated_by = by or self.updated_by

    def clean(self) -> None:
        super().clean()
        self.name = self.name or self.username
        starts, ends = self.access_starts_at, self.access_ends_at
        if starts and ends and ends <= starts:
            raise ValidationError(
                {"access_ends_at": ValidationError("The access must end after it starts.", "order")}
            )

    def validate_unique(self, exclude: Collection[str] | None = None) -> None:
        """Check against everybody: a deleted person still holds a username and an e-mail."""
        super().validate_unique(exclude)
        held = User.all_objects.deleted().exclude(pk=self.pk)
        errors = {
            field: ValidationError(HELD_BY_DELETED, code="held_by_deleted")
            for field in ("username", "email")
            if field not in (exclude or ())
            and held.filter(**{field: getattr(self, field)}).exists()
        }
        if errors:
            raise ValidationError(errors)

    @property
    def is_active(self) -> bool:  # type: ignore[override]
        """Whether the status lets this person sign in at all."""
        return status.may_sign_in(self, clock.now(), mfa=self.mfa_enabled)

    @property
    def is_staff(self) -> bool:
        """Whether this person may enter the admin."""
        return self.has_perm("users.access_admin")

    def own_permissions(self) -> set[str]:
        """Return the permissions of this product that the person holds, such as users.view_user."""
        return {name for name in self.get_all_permissions() if name.startswith("users.")}
