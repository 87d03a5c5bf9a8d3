"""What exports are measured against in Python: the same 17 columns by the usual libraries."""

from collections.abc import Callable
from datetime import datetime

from django.db.models import QuerySet
from import_export.fields import Field
from import_export.resources import ModelResource
from rest_framework import serializers
from rest_framework_csv.renderers import CSVStreamingRenderer

from users import status
from users.api.download.serializers import TOKENS
from users.models import User
from users.querysets import UserQuerySet
from usersvc import clock

BLOCK = 2000
COLUMNS = list(TOKENS)
FORM = "%Y-%m-%dT%H:%M:%S%z"


def import_export(people: UserQuerySet) -> int:
    """Return the size of the file that django-import-export makes, all of it in memory."""
    return len(UserResource().export(_fetched(people)).csv.encode())


def streaming_drf(people: UserQuerySet) -> int:
    """Return the size of what DRF's serializer and the streaming renderer of CSV write."""
    serializer = UserSerializer()
    rows = (
        serializer.to_representation(person)
        for person in _fetched(people).iterator(chunk_size=BLOCK)
    )
    renderer = CSVStreamingRenderer()
    return sum(map(len, renderer.render(rows, renderer_context={"header": COLUMNS})))


OPPONENTS: dict[str, Callable[[UserQuerySet], int]] = {
    "django-import-export": import_export,
    "streaming DRF": streaming_drf,
}


def _fetched(people: UserQuerySet) -> QuerySet[User, User]:
    """Return the people with what belongs to them, as a careful user of the libraries fetches."""
    return people.select_related("connection").prefetch_related("tags")


class UserResource(ModelResource):
    """The columns as django-import-export's documentation declares them."""

    firstname = Field(attribute="given_name")
    lastname = Field(attribute="family_name")
    fullname = Field(attribute="name")
    userid = Field(attribute="username")
    status = Field()
    lastloggedin = Field()
    passwordexpiry = Field()
    authdomain = Field(attribute="connection__domain")
    mfa = Field()
    emailverified = Field()
    createdat = Field()
    scheduleaccessstart = Field()
    scheduleaccessend = Field()
    scheduleaccesstimezone = Field(attribute="access_timezone")
    tags = Field()

    class Meta:
        model = User
        fields = export_order = COLUMNS
        chunk_size = BLOCK

    def dehydrate_status(self, person: User) -> str:
        return str(status.account_state(person, clock.now()))

    def dehydrate_lastloggedin(self, person: User) -> str:
        return _instant(person.last_login) or "Never"

    def dehydrate_passwordexpiry(self, person: User) -> str:
        return _instant(person.password_expires_at)

    def dehydrate_mfa(self, person: User) -> str:
        return _truth(person.mfa_enabled)

    def dehydrate_emailverified(self, person: User) -> str:
        return _truth(person.email_verified)

    def dehydrate_createdat(self, person: User) -> str:
        return _instant(person.created_at)

    def dehydrate_scheduleaccessstart(self, person: User) -> str:
        return _instant(person.access_starts_at)

    def dehydrate_scheduleaccessend(self, person: User) -> str:
        return _instant(person.access_ends_at)

    def dehydrate_tags(self, person: User) -> str:
        return _tags(person)


class UserSerializer(serializers.ModelSerializer):
    """The columns as DRF's documentation declares them."""

    firstname = serializers.CharField(source="given_name")
    lastname = serializers.CharField(source="family_name")
    fullname = serializers.CharField(source="name")
    userid = serializers.CharField(source="username")
    status = serializers.SerializerMethodField()
    lastloggedin = serializers.DateTimeField(source="last_login", format=FORM)
    passwordexpiry = serializers.DateTimeField(source="password_expires_at", format=FORM)
    authdomain = serializers.CharField(source="connection.domain")
    mfa = serializers.BooleanField(source="mfa_enabled")
    emailverified = serializers.BooleanField(source="email_verified")
    createdat = serializers.DateTimeField(source="created_at", format=FORM)
    scheduleaccessstart = serializers.DateTimeField(source="access_starts_at", format=FORM)
    scheduleaccessend = serializers.DateTimeField(source="access_ends_at", format=FORM)
    scheduleaccesstimezone = serializers.CharField(source="access_timezone")
    tags = serializers.SerializerMethodField()

    class Meta:
        model = User
        fields = COLUMNS

    def get_status(self, person: User) -> str:
        return str(status.account_state(person, clock.now()))

    def get_tags(self, person: User) -> str:
        return _tags(person)


def _instant(value: datetime | None) -> str:
    return value.strftime(FORM) if value else ""


def _truth(value: bool) -> str:
    return "true" if value else "false"


def _tags(person: User) -> str:
    return ";".join(sorted(tag.name for tag in person.tags.all()))
