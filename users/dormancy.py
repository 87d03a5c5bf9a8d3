"""Dormancy: people who have not been here for as long as their organization's policy bears."""

from datetime import datetime, timedelta

from . import rules
from .models import Policy, User
from .status import Status


def put_to_rest(at: datetime) -> int:
    """Make people inactive whose last sign-in, or creation, is too long ago; return how many.

    Super admins stay: no policy may shut the last of them out.
    """
    count = 0
    awake = list(rules.able_super_admins().order_by().values_list("pk", flat=True))
    for days, organizations in Policy.objects.organizations_by("dormant_after_days").items():
        people = User.objects.belonging_to(organizations).with_status([Status.ACTIVE])
        dormant = people.not_seen_since(at - timedelta(days=days)).exclude(pk__in=awake)
        count += dormant.update(status=Status.INACTIVE)
    return count
