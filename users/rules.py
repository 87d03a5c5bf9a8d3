"""Who may do what to whom, beyond the permission itself.

Nobody grants, or acts on a person who holds, a permission that he does not hold himself; nobody
suspends, deletes or demotes himself or the last super admin. Each refusal_… returns the reason as
a sentence, or None when there is none. Whether the actor holds the permission for the act, and
sees the person, is asked elsewhere.
"""

from collections.abc import Collection, Sequence
from enum import Enum
from typing import Any

from django.contrib.auth.models import Permission
from django.utils.translation import gettext_noop

from usersvc import clock

from . import cascades
from .models import Organization, Role, User, UserRole
from .querysets import UserQuerySet
from .status import AccountState

SUPER_ADMIN = "Super Admin"

BEYOND = gettext_noop("They hold permissions that you do not hold.")
BEYOND_ROLE = gettext_noop("This role gives permissions that you do not hold.")
NOT_YOURSELF = gettext_noop("You cannot do this to yourself.")
NOT_ITS_OWNER = gettext_noop("A service account does nothing to its owner.")
LAST = gettext_noop("They are the last super admin who can sign in.")
SHIPPED = gettext_noop(
    "Roles that came with the product mean the same everywhere: only superusers change them."
)
OWN_ORGANIZATION = gettext_noop("You belong to this organization, or to one below it.")
TOP_LEVEL = gettext_noop("Only superusers put an organization at the top.")
BEYOND_AMONG = gettext_noop("Among its people are such as hold permissions that you do not hold.")
LAST_AMONG = gettext_noop("Among its people is the last super admin who can sign in.")
SHIPPED_NAME = gettext_noop(
    "Roles that came with the product keep their names and are not deleted."
)
OWN_ROLE = gettext_noop("You hold this role: nobody takes a permission from himself.")


def may_change(actor: User, person: User) -> bool:
    """Return whether the person holds nothing that the actor does not hold."""
    return refusal_to_change(actor, person) is None


def may_grant(actor: User, role: Role) -> bool:
    """Return whether every permission of the role is the actor's own."""
    return actor.is_superuser or role.pk in grantable_roles(actor)


def grantable_roles(actor: User) -> set[Any]:
    """Return the ids of the roles whose every permission the actor holds."""
    if actor.is_superuser:
        return set(Role.objects.values_list("pk", flat=True))
    own = actor.get_all_permissions()
    given: dict[Any, set[str]] = {}
    for pk, app, codename in Role.objects.values_list(
        "pk", "permissions__content_type__app_label", "permissions__codename"
    ):
        given.setdefault(pk, set()).update({f"{app}.{codename}"} if codename else ())
    return {pk for pk, permissions in given.items() if permissions <= own}


def grantable_permissions(actor: User) -> Any:
    """Return the permissions of this product that the actor may put into a role."""
    permissions = Permission.objects.filter(content_type__app_label="users")
    if actor.is_superuser:
        return permissions
    names = [name.removeprefix("users.") for name in actor.own_permissions()]
    return permissions.filter(codename__in=names)


def refusal_to_change(actor: User, person: User, grantable: set[Any] | None = None) -> str | None:
    """Return why the actor may not act on the person; grantable saves asking for each of many."""
    if actor.pk == person.pk:
        # To whom acts by itself it is no other person; a machine gains nothing by its owner.
        return NOT_ITS_OWNER if actor.client_id else None
    if actor.is_superuser:
        return None
    # Roles are read as they are: a suspended person's permissions count, though Django gives none.
    held = {role.pk for role in person.roles.all()}
    beyond = person.is_superuser or not held <= (
        grantable_roles(actor) if grantable is None else grantable
    )
    return BEYOND if beyond else None


def refusal_to_suspend(actor: User, person: User, grantable: set[Any] | None = None) -> str | None:
    """Return why the actor may not keep the person out, by suspension or by deletion."""
    if actor.pk == person.pk:
        return NOT_YOURSELF
    return refusal_to_change(actor, person, grantable) or (
        LAST if is_last_super_admin(person) else None
    )


refusal_to_delete = refusal_to_demote = refusal_to_erase = refusal_to_suspend


def refusal_to_make_role(actor: User, permissions: Collection[Permission]) -> str | None:
    """Return why the actor may not make a role that gives these permissions."""
    given = {permission.pk for permission in permissions}
    own = set(grantable_permissions(actor).values_list("pk", flat=True))
    return None if given <= own else BEYOND_ROLE


def refusal_to_change_role(
    actor: User, role: Role, permissions: Collection[Permission]
) -> str | None:
    """Return why the actor may not give a role these permissions instead of what it has."""
    if actor.is_superuser:
        return None
    after = {permission.pk for permission in permissions}
    if not may_grant(actor, role) or refusal_to_make_role(actor, permissions):
        return BEYOND_ROLE
    if role.shipped:
        return SHIPPED
    before = set(role.permissions.values_list("pk", flat=True))
    if before - after and actor.roles.filter(pk=role.pk).exists():
        return OWN_ROLE
    return None


def refusal_to_rename_role(role: Role) -> str | None:
    """Return why nobody, superusers included, may rename a role or delete it."""
    return SHIPPED_NAME if role.shipped else None


# -- organizations: the same rules, asked about all of their people at once


def refusal_to_place_organization(actor: User, parent: Organization | None) -> str | None:
    """Return why the actor may not make an organization here, or move one here."""
    return TOP_LEVEL if parent is None and not actor.is_superuser else None


def refusal_to_move_organization(
    actor: User, organization: Organization, parent: Organization | None
) -> str | None:
    """Return why the actor may not move an organization; its people are the same afterwards."""
    if belongs_below(actor, organization):
        return OWN_ORGANIZATION
    return refusal_to_place_organization(actor, parent)


def refusal_to_suspend_organization(actor: User, organization: Organization) -> str | None:
    """Return why the actor may not suspend an organization together with its people."""
    people = cascades.people_to_suspend(organization)
    return _refusal_to_keep_out(actor, organization, people)


def refusal_to_delete_organization(actor: User, organization: Organization) -> str | None:
    """Return why the actor may not delete an organization together with its people."""
    people = cascades.people_to_delete(organization)
    return _refusal_to_keep_out(actor, organization, people)


def refusal_to_reactivate_organization(actor: User, organization: Organization) -> str | None:
    """Return why the actor may not bring back those whom the suspension took along."""
    return _refusal_to_change_all(actor, cascades.people_to_reactivate(organization))


def refusal_to_restore_organization(actor: User, organization: Organization) -> str | None:
    """Return why the actor may not bring back those whom the deletion took along."""
    return _refusal_to_change_all(actor, cascades.people_to_restore(organization))


def belongs_below(actor: User, organization: Organization) -> bool:
    """Return whether the organization is the actor's own or lies above it."""
    return actor.organization_id in Organization.objects.ids_below(organization.pk)


def _refusal_to_keep_out(
    actor: User, organization: Organization, people: UserQuerySet
) -> str | None:
    if belongs_below(actor, organization):
        return OWN_ORGANIZATION
    return _refusal_to_change_all(actor, people) or (
        LAST_AMONG if _are_last_super_admins(people) else None
    )


def _refusal_to_change_all(actor: User, people: UserQuerySet) -> str | None:
    if actor.is_superuser:
        return None
    beyond = people.holding_beyond(grantable_roles(actor)).exists()
    return BEYOND_AMONG if beyond else None


def _are_last_super_admins(people: UserQuerySet) -> bool:
    """Return whether without these people no super admin would be left who is not kept out."""
    hold_super_admins()
    staying = able_super_admins().exclude(pk__in=people.order_by().values("pk"))
    return people.super_admins().exists() and not staying.exists()


def is_super_admin_role(role: Role) -> bool:
    """Return whether a role makes its holders super admins."""
    return role.shipped and role.name == SUPER_ADMIN


def is_last_super_admin(person: User) -> bool:
    """Return whether without this person no super admin would be left who is not kept out."""
    if not User.objects.super_admins().filter(pk=person.pk).exists():
        return False
    return not able_super_admins().exclude(pk=person.pk).exists()


def refusal_to_give_roles(actor: User, person: User, wanted: Collection[Any]) -> str | None:
    """Return why the actor may not let the person have exactly the roles of these ids."""
    if actor.pk == person.pk:
        return NOT_YOURSELF
    if reason := refusal_to_change(actor, person):
        return reason
    held = {role.pk for role in person.roles.all()}
    if not set(wanted) - held <= grantable_roles(actor):
        return BEYOND_ROLE
    stays = person.is_superuser or any(map(is_super_admin_role, Role.objects.filter(pk__in=wanted)))
    return None if stays or not is_last_super_admin(person) else LAST


# -- many people: the same rules, asked about a block of them in few queries


class Stake(Enum):
    """What an act can take from a person."""

    NOTHING = "nothing that matters here"
    STANDING = "what nobody changes of himself"
    RANK = "that it is a super admin by a role"
    ENTRY = "that it can sign in"


def refused(actor: User, people: Sequence[User], stake: Stake, gone: set[Any]) -> dict[Any, str]:
    """Return why the actor may not act on these people, by the ids of those refused.

    Blocks of one act are asked about one after the other. gone holds the ids of the super admins
    whom the act has kept out or demoted so far, to which those of this block are added.
    """
    reasons = dict.fromkeys(_beyond(actor, people), BEYOND)
    if actor.client_id:
        reasons |= {person.pk: NOT_ITS_OWNER for person in people if person.pk == actor.pk}
    elif stake is not Stake.NOTHING:
        reasons |= {person.pk: NOT_YOURSELF for person in people if person.pk == actor.pk}
    if stake in (Stake.RANK, Stake.ENTRY):
        leaving = [
            person
            for person in people
            if person.pk not in reasons and not (stake is Stake.RANK and person.is_superuser)
        ]
        reasons |= dict.fromkeys(_who_must_stay(leaving, gone), LAST)
    return reasons


def hold_super_admins() -> None:
    """Wait for others who are keeping super admins out, and let others wait, in a transaction.

    Two who each suspend one of the last two would otherwise each see the other one stay.
    """
    gate = Role.objects.filter(shipped=True, name=SUPER_ADMIN).select_for_update(no_key=True)
    list(gate.values_list("pk"))


def able_super_admins() -> UserQuerySet:
    """Return the super admins whom neither their status nor a schedule keeps out."""
    able = (AccountState.ENABLED, AccountState.ENABLED_SCHEDULED)
    people: UserQuerySet = User.objects.super_admins()
    return people.in_account_state(able, clock.now())


def _beyond(actor: User, people: Sequence[User]) -> set[Any]:
    if actor.is_superuser:
        return set()
    others = UserRole.objects.filter(user__in=[person.pk for person in people])
    holders = set(others.exclude(role__in=grantable_roles(actor)).values_list("user_id", flat=True))
    return holders.union(p.pk for p in people if p.is_superuser) - {actor.pk}


def _who_must_stay(leaving: Sequence[User], gone: set[Any]) -> set[Any]:
    """Return whom of those who are to leave the directory needs as its last super admin."""
    # By their ids, where super_admins() would look for all that there are.
    ranks = UserRole.objects.filter(user__in=[person.pk for person in leaving])
    holders = ranks.filter(role__in=Role.objects.filter(shipped=True, name=SUPER_ADMIN))
    ids = set(holders.values_list("user_id", flat=True))
    super_admins = {
        p.pk for p in leaving if p.deleted_at is None and (p.is_superuser or p.pk in ids)
    }
    if not super_admins:
        return set()
    able = able_super_admins().order_by().exclude(pk__in=gone)
    staying: set[Any] = set()
    if not able.exclude(pk__in=super_admins).exists():
        able_here = able.with_ids(super_admins).values_list("pk", flat=True)
        staying = {max(able_here)} if able_here else super_admins
    gone |= super_admins - staying
    return staying
