"""From bodies to people: what a body may do to a person, and in which words it is refused."""

import logging
from collections.abc import Mapping
from smtplib import SMTPException
from typing import Any

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from rest_framework.exceptions import Throttled
from rest_framework.exceptions import ValidationError as BodyInvalid

from usersvc import clock
from usersvc.api.errors import Busy, Conflict, Fault, Refusal

from ... import invitations, rules
from ...columns import METADATA
from ...models import Connection, Invitation, Organization, User
from ...operations import change_email
from ...status import DISABLING, Status
from ...text import fold
from ..writing import refuse, save

WORDS = {
    "username": "identifier",
    "access_starts_at": "schedule.starts_at",
    "access_ends_at": "schedule.ends_at",
    "access_timezone": "schedule.timezone",
    "connection": "connection_id",
}
# What nobody changes of himself: it would suspend or lock out.
NOT_ONES_OWN = ("status", "access_starts_at", "access_ends_at", "access_timezone")
KEEPS_OUT = frozenset({"status", "access_starts_at", "access_ends_at"})
NEEDS_METADATA = ("user_metadata", "app_metadata")
log = logging.getLogger(__name__)

NO_PLACE = "you belong to no organization, so you cannot place anybody"


def write(actor: User, person: User, values: Mapping[str, Any]) -> None:
    """Let the person be as the values say and save, or refuse all of it."""
    _check_rules(actor, person, values)
    for name, value in values.items():
        if name == "email":
            if person._state.adding or fold(value) != person.email:
                change_email(person, value)
        else:
            setattr(person, name, value)
    person.name = person.name or person.username
    if not person._state.adding and not KEEPS_OUT.isdisjoint(values) and not person.is_active:
        refuse(rules.LAST if rules.is_last_super_admin(person) else None)
    save(person, WORDS, exclude=["password"])


def _check_rules(actor: User, person: User, values: Mapping[str, Any]) -> None:
    changed = {name for name, value in values.items() if getattr(person, name, None) != value}
    if any(name in changed for name in NEEDS_METADATA) and not actor.has_perm(METADATA):
        names = [name for name in NEEDS_METADATA if name in changed]
        raise Refusal(403, f"insufficient permissions: {', '.join(names)} requires {METADATA}")
    if person._state.adding:
        return
    refuse(rules.refusal_to_change(actor, person))
    if actor.pk == person.pk and any(name in changed for name in NOT_ONES_OWN):
        refuse(rules.NOT_YOURSELF)
    if "status" in changed:
        if person.status == Status.SUSPENDED:
            raise BodyInvalid({"status": ["is suspended: reactivate first"]})
        if values["status"] in DISABLING and person.status not in DISABLING:
            refuse(rules.refusal_to_suspend(actor, person))


def place_for_new(actor: User, values: dict[str, Any]) -> Organization | None:
    """Return where a new person belongs: as asked, else beside the actor."""
    if not actor.sees_everybody and actor.organization is None:
        raise Refusal(403, NO_PLACE)
    if "organization_id" not in values:
        return actor.organization
    return place(actor, values.pop("organization_id"))


def place(actor: User, organization_id: Any) -> Organization | None:
    """Return the organization in sight of this id; only superusers place somebody in none."""
    if organization_id is None:
        if not actor.sees_everybody:
            raise BodyInvalid({"organization_id": ["required"]})
        return None
    visible = Organization.objects.visible_to(actor).living()
    found: Organization | None = visible.known_as(str(organization_id))
    if found is None:
        raise BodyInvalid({"organization_id": [f"no such organization: {organization_id}"]})
    return found


def check_connection(values: Mapping[str, Any]) -> None:
    """Raise BodyInvalid for a connection that is not there."""
    wanted = values.get("connection_id")
    if wanted is not None and not Connection.objects.with_id(wanted).exists():
        raise BodyInvalid({"connection_id": [f"no such connection: {wanted}"]})


def check_password(person: User, password: str | None) -> None:
    """Raise BodyInvalid for a password that the validators refuse."""
    if password is None:
        return
    try:
        validate_password(password, person)
    except ValidationError as error:
        raise BodyInvalid({"password": error.messages}) from error


def invite(person: User) -> Invitation:
    """Invite a person who is locked; Conflict, Throttled or Busy where no letter can leave."""
    if not invitations.may_be_invited(person):
        raise Conflict(Fault("id", invitations.NO_NEED, str(person.pk)))
    there = Invitation.objects.of([person]).first()
    if there and (wait := there.rests(clock.now()).total_seconds()) > 0:
        raise Throttled(wait)
    try:
        return invitations.invite(person)
    except (SMTPException, OSError) as error:
        log.warning("an invitation was not sent: %s", type(error).__name__)
        raise Busy(None) from error
