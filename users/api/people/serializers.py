"""The bodies that make and change people; what they do not name nobody can write."""

from typing import Any

from rest_framework import serializers

from usersvc.api.body import FlagField, InstantField, JsonObjectField, TextField, WordField
from usersvc.api.serializers import StrictSerializer

from ...models import User
from ...status import Status

# A suspension has its own ways in and out, which keep what belongs to it.
CHOSEN_STATUSES = [word for word in Status.values if word != Status.SUSPENDED]
# Each has a way of its own, with rules of its own.
ELSEWHERE = {
    "id": "is given by the service",
    "is_superuser": "is not given over the API",
    "roles": "are changed at /users/{id}/roles",
    "groups": "are changed at /users/{id}/groups",
    "sites": "are changed at /users/{id}/sites",
    "tags": "are changed at /users/{id}/tags",
    "organization": "is changed at /users/{id}/move",
    "organization_id": "is changed at /users/{id}/move",
    "password": "is given on creation; /users/{id}/send-password-reset resets it",  # nosec B105 # words
    "email_verified": "follows from the e-mail address",
    "mfa_enabled": "follows from the person's authenticators",
    "created_at": "is written by the service",
    "updated_at": "is written by the service",
    "created_by": "is written by the service",
    "updated_by": "is written by the service",
    "last_login": "is written by the service",
    "login_count": "is written by the service",
    "deleted_at": "is changed by DELETE and /users/{id}/restore",
    "suspended_at": "is changed at /users/{id}/suspend and /users/{id}/reactivate",
}


class ScheduleSerializer(StrictSerializer):
    """When access starts and ends (either may be null), and the zone it is shown in."""

    starts_at = InstantField(source="access_starts_at", default=None, allow_null=True)
    ends_at = InstantField(source="access_ends_at", default=None, allow_null=True)
    timezone = TextField(source="access_timezone", default="UTC", max_length=64)


NO_SCHEDULE = {"access_starts_at": None, "access_ends_at": None, "access_timezone": "UTC"}


class PersonSerializer(StrictSerializer):
    """A person as PUT and PATCH write it.

    Of PUT, what is left out goes back to its default, save for the connection and the metadata,
    which not everybody who changes people may see.
    """

    identifier = TextField(source="username", max_length=150)
    email = serializers.EmailField(max_length=254)
    name = TextField(default="", allow_blank=True, max_length=255)
    given_name = TextField(default="", allow_blank=True, max_length=150)
    family_name = TextField(default="", allow_blank=True, max_length=150)
    nickname = TextField(default="", allow_blank=True, max_length=150)
    phone = TextField(default="", allow_blank=True, max_length=50)
    picture = serializers.URLField(default="", allow_blank=True, max_length=500)
    description = TextField(default="", allow_blank=True, max_length=2000)
    user_type = WordField(choices=User.Type.values, default=User.Type.SAAS_USER)
    status = WordField(choices=CHOSEN_STATUSES, default=Status.ONBOARDING)
    connection_id = TextField(max_length=20, required=False)
    schedule = ScheduleSerializer(required=False)
    password_expires_at = InstantField(default=None, allow_null=True)
    user_metadata = JsonObjectField(required=False)
    app_metadata = JsonObjectField(required=False)

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, dict):
            writable = {name for name, field in self.fields.items() if not field.read_only}
            elsewhere = {
                name: [reason]
                for name, reason in ELSEWHERE.items()
                if name in data and name not in writable
            }
            if elsewhere:
                raise serializers.ValidationError(elsewhere)
        values = super().to_internal_value(data)
        return values | values.pop("schedule", {} if self.partial else NO_SCHEDULE)


class NewPersonSerializer(PersonSerializer):
    """A person as POST makes it: in a place in the tree, with a password or an invitation or none.

    An invited person is onboarding until it accepts.
    """

    EXAMPLE = {
        "identifier": "ben",
        "email": "ben@example.com",
        "name": "Benjamin Zhang",
        "user_type": "saas_user",
        "invite": True,
    }

    organization_id = serializers.UUIDField(required=False, allow_null=True)
    password = TextField(required=False, max_length=4096, trim_whitespace=False)
    invite = FlagField(default=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Refuse to invite who needs no invitation."""
        if attrs["invite"] and "password" in attrs:
            raise serializers.ValidationError({"password": ["does not go with invite: true"]})
        if attrs["invite"] and attrs["status"] != Status.ONBOARDING:
            raise serializers.ValidationError({"status": ["is onboarding for who is invited"]})
        return attrs


class IdsSerializer(StrictSerializer):
    """Some ids, such as of roles."""

    ids = serializers.ListField(child=serializers.UUIDField(), max_length=1000)


class MoveSerializer(StrictSerializer):
    """The organization that a person moves to; null for none."""

    class Meta:
        ref_name = "UserMoveBody"

    organization_id = serializers.UUIDField(allow_null=True)
