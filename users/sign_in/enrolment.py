"""Who has to set up a second factor before anything else."""

from django.conf import settings

from ..models import Policy, User
from ..models.policy import MfaRule


def must_enrol(person: User) -> bool:
    """Return whether the person needs a second factor, as staff or by policy, and has none."""
    if person.mfa_enabled:
        return False
    if settings.STAFF_MFA == "required" and person.is_staff:
        return True
    return Policy.objects.effective(person.organization_id).mfa == MfaRule.REQUIRED


def may_not_enrol(person: User) -> bool:
    """Return whether the person's policy has second factors off; staff that needs one may."""
    if settings.STAFF_MFA == "required" and person.is_staff:
        return False
    return Policy.objects.effective(person.organization_id).mfa == MfaRule.OFF


def address() -> str:
    """Return where a second factor is set up."""
    return f"{settings.BASE_URL}/account/2fa/"
