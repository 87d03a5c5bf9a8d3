"""What people belong to: the part of their read vocabulary that goes through other tables."""

from collections.abc import Collection
from typing import Any, Self
from uuid import UUID

from django.apps import apps
from django.db import models
from django.db.models import Exists, OuterRef, Q

from .bulk import AuditedWrites
from .ids import uuids
from .text import fold

# So many people are looked up one after the other before going through everybody pays.
FEW = 20_000


class BelongingQuerySet(AuditedWrites):
    """People by their organizations, roles, groups, tags, sites, connections and sign-ins."""

    def with_second_factor(self, has: bool) -> Self:
        """Return who has set up a second factor, or has not; codes instead of one are none."""
        own = apps.get_model("mfa.Authenticator").objects.filter(user=OuterRef("pk"))
        factors = Exists(own.exclude(type="recovery_codes"))
        return self.filter(factors if has else ~factors)

    def with_known_address(self) -> Self:
        """Return people whose address is among those that somebody verifies."""
        return self.filter(Exists(self._addresses()))

    def with_address_verified(self, verified: bool) -> Self:
        """Return who has verified the address, or has not."""
        own = Exists(self._addresses().filter(verified=True))
        return self.filter(own if verified else ~own)

    def _addresses(self) -> models.QuerySet[Any]:
        own = {"user": OuterRef("pk"), "email": OuterRef("email")}
        found: models.QuerySet[Any] = apps.get_model("account.EmailAddress").objects.filter(**own)
        return found

    def in_organizations(self, external_ids: Collection[str]) -> Self:
        """Return the people of the organizations with these external ids, not of those below."""
        return self.filter(organization__in=self._organizations(external_id__in=external_ids))

    def belonging_to(self, organization_ids: Collection[Any]) -> Self:
        """Return the people of these organizations alone, by id; None for those of none."""
        within = Q(organization__in=[pk for pk in organization_ids if pk is not None])
        return self.filter(within | Q(organization=None) if None in organization_ids else within)

    def in_subtree(self, organization_id: str | UUID) -> Self:
        """Return the people of an organization and of all below it."""
        return self.in_subtrees([organization_id])

    def in_subtrees(self, ids: Collection[str | UUID]) -> Self:
        """Return the people of organizations and of all below them; what is no UUID names none."""
        organizations = apps.get_model("users.Organization").objects
        below = {pk for top in uuids(ids) for pk in organizations.ids_below(top)}
        return self.filter(organization__in=below)

    def in_organization(self, organization_id: Any) -> Self:
        """Return the people of one organization by its id, not of those below."""
        return self.filter(organization=organization_id)

    def with_roles(self, ids: Collection[str | UUID]) -> Self:
        """Return holders of any of the roles; what is no UUID names no role."""
        return self._tied_to("roles", pk__in=uuids(ids))

    def in_groups(self, ids: Collection[str | UUID]) -> Self:
        """Return members of any of the groups; what is no UUID names no group."""
        return self._tied_to("groups", pk__in=uuids(ids))

    def in_groups_named(self, names: Collection[str]) -> Self:
        """Return members of any of the groups of these names, ignoring case."""
        return self._tied_to("groups", name_key__in=[fold(name) for name in names])

    def with_tags(self, ids: Collection[str | UUID]) -> Self:
        """Return people marked with any of the tags; what is no UUID names no tag."""
        return self._tied_to("tags", pk__in=uuids(ids))

    def tagged(self, names: Collection[str]) -> Self:
        """Return people marked with any of the tags, ignoring case."""
        return self._tied_to("tags", name_key__in=[fold(name) for name in names])

    def in_group_named(self, name: str) -> Self:
        """Return members of the group of this name, ignoring case."""
        return self.in_groups_named([name])

    def at_site(self, site_id: UUID) -> Self:
        """Return people who work at the site."""
        return self.at_sites([site_id])

    def at_sites(self, ids: Collection[str | UUID]) -> Self:
        """Return people who work at any of the sites."""
        return self._tied_to("sites", pk__in=uuids(ids))

    def of_connections(self, ids: Collection[str]) -> Self:
        """Return people whose identity comes from any of the connections."""
        return self.filter(connection__in=ids)

    # -- building blocks

    def _tied_to(self, field: str, **condition: Any) -> Self:
        """Return people tied to any of the things: by their ids where few are, else one by one.

        The things' own ids tell a database how many people to expect; SQLite needs to be told.
        """
        relation: Any = self.model._meta.get_field(field)
        things = relation.related_model._base_manager.filter(**condition)
        ids = list(things.values_list("pk", flat=True))
        other = relation.m2m_reverse_field_name()
        ties = relation.remote_field.through._base_manager.filter(**{f"{other}__in": ids})
        if ties[: FEW + 1].count() <= FEW:
            return self.filter(pk__in=ties.values("user"))
        return self.filter(models.Exists(ties.filter(user=models.OuterRef("pk"))))

    def _organizations(self, **condition: Any) -> list[Any]:
        organizations = apps.get_model("users.Organization").objects
        return list(organizations.filter(**condition).values_list("pk", flat=True))
