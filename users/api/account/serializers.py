from typing import Any, cast

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework_simplejwt.tokens import Token

from usersvc.api.body import TextField
from usersvc.api.serializers import StrictSerializer
from usersvc.api.shapes import Shape

from ...authentication import FAMILY
from ...models import TokenFamily, User
from ..people.shapes import OrganizationInShortShape, ThingShape, organization_in_short


class SignInSerializer(StrictSerializer):
    """What a person signs in with; otp is a TOTP or recovery code of those who have MFA."""

    EXAMPLE = {"username": "ben", "password": "…"}  # nosec B105 # it opens nothing

    username = TextField(max_length=254, trim_whitespace=False)
    password = TextField(max_length=4096, trim_whitespace=False)
    otp = TextField(max_length=20, required=False)


class SecondStepSerializer(StrictSerializer):
    """The token of the first step, and a TOTP or recovery code."""

    step_token = TextField(max_length=100)
    code = TextField(max_length=20)


class RefreshSerializer(StrictSerializer):
    """A refresh token."""

    refresh = TextField(max_length=4096)


class TokensShape(Shape):
    """A pair of tokens."""

    access = serializers.CharField(help_text="Goes into `Authorization: Bearer …`.")
    refresh = serializers.CharField(help_text="Good for one new pair.")
    token_type = serializers.ChoiceField(["Bearer"])
    expires_in = serializers.IntegerField(help_text="Seconds that the access token is good for.")


class SightShape(Shape):
    """Whom a caller sees."""

    scope = serializers.ChoiceField(["everybody", "organizations", "self"])
    organizations = serializers.ListField(
        child=serializers.CharField(), required=False, help_text="Their external ids."
    )


class MeShape(Shape):
    """Who a caller is, what it may do and whom it sees."""

    id = serializers.UUIDField()
    username = serializers.CharField()
    email = serializers.CharField()
    name = serializers.CharField(allow_blank=True)
    user_type = serializers.ChoiceField(User.Type.values)
    status = serializers.ChoiceField(User.Status.values)
    is_superuser = serializers.BooleanField()
    mfa_enabled = serializers.BooleanField()
    organization = OrganizationInShortShape(allow_null=True)
    roles = ThingShape(many=True)
    permissions = serializers.ListField(child=serializers.CharField())
    sees = SightShape()


class SessionShape(Shape):
    """Tokens that came from one sign-in."""

    id = serializers.UUIDField()
    current = serializers.BooleanField(help_text="Whether they are those of the caller.")
    amr = serializers.ListField(child=serializers.CharField(), help_text="How it was signed in.")
    started_at = serializers.DateTimeField()
    last_used_at = serializers.DateTimeField()
    expires_at = serializers.DateTimeField()
    address = serializers.CharField(allow_null=True)
    client = serializers.CharField(allow_blank=True)


def profile(user: User) -> dict[str, Any]:
    """Return who a caller is, what it may do and whom it sees."""
    return {
        "id": str(user.pk),
        "username": user.username,
        "email": user.email,
        "name": user.name,
        "user_type": user.user_type,
        "status": user.status,
        "is_superuser": user.is_superuser,
        "mfa_enabled": user.mfa_enabled,
        "organization": organization_in_short(user.organization),
        "roles": [{"id": str(role.pk), "name": role.name} for role in user.roles.all()],
        "permissions": sorted(user.own_permissions()),
        "sees": _sight(user),
    }


def family_in_full(family: TokenFamily, request: Request) -> dict[str, Any]:
    """Return what a person sees of tokens of its own; current are those that it asks with."""
    return {
        "id": str(family.pk),
        "current": family.pk.hex == cast(Token, request.auth)[FAMILY],
        "amr": family.methods,
        "started_at": family.started_at,
        "last_used_at": family.last_used_at,
        "expires_at": family.expires_at,
        "address": family.address,
        "client": family.client,
    }


def _sight(user: User) -> dict[str, Any]:
    if user.sees_everybody:
        return {"scope": "everybody"}
    if user.organization is None:
        return {"scope": "self"}
    return {"scope": "organizations", "organizations": user.organization.external_ids_below()}
