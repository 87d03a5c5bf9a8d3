"""Who has to set up a second factor before anything else."""

from django.conf import settings

from ..models import User


def must_enrol(person: User) -> bool:
    """Return whether the person is staff, needs a second factor, and has none."""
    required = settings.STAFF_MFA == "required"
    return required and not person.mfa_enabled and person.is_staff


def address() -> str:
    """Return where a second factor is set up."""
    return f"{settings.BASE_URL}/account/2fa/"
