"""The policy of an organization: what it says itself, and what holds with those above it."""

from dataclasses import asdict
from typing import Any

from django.db import transaction
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from usersvc.api.body import WordField
from usersvc.api.operations import Operation, shown
from usersvc.api.serializers import StrictSerializer
from usersvc.api.shapes import Shape

from ...models import Organization, Policy
from ...models.policy import NAMES, MfaRule
from .views import MANAGE, OneOrganizationView

VIEW = "users.view_organization"


def _field(name: str) -> Any:
    return Policy._meta.get_field(name)


class NumberField(serializers.IntegerField):
    """A whole number; neither a text nor true is one, and null says nothing."""

    def __init__(self, name: str) -> None:
        least, most = (validator.limit_value for validator in _field(name).validators[:2])
        super().__init__(min_value=least, max_value=most, allow_null=True, required=False)

    def to_internal_value(self, data: Any) -> int:
        if isinstance(data, bool) or not isinstance(data, int):
            raise serializers.ValidationError("is not a whole number")
        return super().to_internal_value(data)


class PolicySerializer(StrictSerializer):
    """What an organization says; null where it leaves it to the one above."""

    mfa = WordField(choices=MfaRule.values, allow_null=True, required=False)
    password_min_length = NumberField("password_min_length")
    password_history = NumberField("password_history")
    password_expiry_days = NumberField("password_expiry_days")
    password_notice_days = NumberField("password_notice_days")
    lockout_failures = NumberField("lockout_failures")
    lockout_minutes = NumberField("lockout_minutes")
    long_lockout_failures = NumberField("long_lockout_failures")
    long_lockout_minutes = NumberField("long_lockout_minutes")
    session_idle_minutes = NumberField("session_idle_minutes")
    session_hours = NumberField("session_hours")
    dormant_after_days = NumberField("dormant_after_days")


class EffectivePolicyShape(Shape):
    """What holds; 0 days or minutes: without limit."""

    mfa = serializers.ChoiceField(MfaRule.values)
    password_min_length = serializers.IntegerField()
    password_history = serializers.IntegerField()
    password_expiry_days = serializers.IntegerField()
    password_notice_days = serializers.IntegerField()
    lockout_failures = serializers.IntegerField()
    lockout_minutes = serializers.IntegerField()
    long_lockout_failures = serializers.IntegerField()
    long_lockout_minutes = serializers.IntegerField()
    session_idle_minutes = serializers.IntegerField()
    session_hours = serializers.IntegerField()
    dormant_after_days = serializers.IntegerField()


class PolicyShape(Shape):
    """What an organization says itself, and what holds there."""

    own = PolicySerializer()
    effective = EffectivePolicyShape()


POLICY = shown(PolicyShape, "The policy.")


class PolicyView(OneOrganizationView):
    """Read and changed; what is not named in a PATCH stays as it is."""

    operations = {
        "GET": Operation("get_policy", "Get the policy of an organization", POLICY, is_tagged=True),
        "PATCH": Operation(
            "change_policy",
            "Change the policy of an organization",
            POLICY,
            "What is not named stays; null leaves it to the organization above.",
            body=PolicySerializer,
            is_tagged=True,
        ),
    }
    permissions = {"GET": (VIEW,), "PATCH": (MANAGE,)}

    def get(self, request: Request, pk: str) -> Response:
        return self.show(policy_in_full(self.find(pk)))

    @transaction.atomic
    def patch(self, request: Request, pk: str) -> Response:
        values = self.read(PolicySerializer)
        organization: Organization = self.find(pk)
        Organization.objects.select_for_update().get(pk=organization.pk)
        self.require_match(policy_in_full(organization))
        policy = Policy.objects.filter(organization=organization).first()
        policy = policy or Policy(organization=organization)
        for name, value in values.items():
            setattr(policy, name, value)
        policy.save()
        return self.show(policy_in_full(organization))


def policy_in_full(organization: Organization) -> dict[str, Any]:
    """Return what an organization says, and what holds there."""
    own = Policy.objects.filter(organization=organization).first()
    return {
        "own": {name: getattr(own, name, None) for name in NAMES},
        "effective": asdict(Policy.objects.effective(organization.pk)),
    }
