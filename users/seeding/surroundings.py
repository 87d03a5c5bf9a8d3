"""What demo people belong to: organizations, roles, groups, sites, tags and connections."""

from dataclasses import dataclass, field
from typing import Any

from django.contrib.auth.models import Permission
from django.db import models

from ..models import Connection, Group, Organization, Role, Site, Tag
from ..models.connection import BUILT_IN_CONNECTION_ID
from ..text import fold

ROOTS = {
    "acme": "Acme",
    "globex": "Globex",
    "sakura": "Sakura 株式会社",
    "cafe": "Café Zürich",
    "nile": "Nile Trading",
}
REGIONS = {
    "europe": ("italy", "germany", "poland"),
    "asia": ("japan", "india", "vietnam"),
    "americas": ("brazil", "mexico", "canada"),
}
CAST_ORGANIZATION = "org_acme_europe"
SITES = ("Headquarters", "Warehouse")
# Name, permissions, and how often it is given; the shipped roles are only given.
ROLES: tuple[tuple[str, tuple[str, ...], int], ...] = (
    ("Employee", (), 40),
    ("Contractor", (), 15),
    ("Team lead", ("view_user", "view_group", "manage_user"), 12),
    ("Data analyst", ("view_user", "export_user"), 8),
    ("Auditor", ("view_user", "view_auditentry", "view_user_metadata"), 4),
)
SHIPPED = {"Super Admin": 0.2, "Admin": 0.8, "Backoffice": 4, "Support": 7, "Reader": 9}
GROUPS = (
    "Engineering", "Sales", "Marketing", "Finance", "Human resources", "Legal", "Operations",
    "Qualità", "Vertrieb München", "Équipe Paris", "開発部", "المبيعات", "Продажи", "On call",
)  # fmt: skip
TAGS = (
    "vip", "remote", "part-time", "new hire", "field", "beta", "night shift", "trainer",
    "à vérifier", "Führung", "東京", "عربي", "важно", "🌱 green",
)  # fmt: skip
CONNECTIONS = (("Acme Directory", "acme.example"), ("Partner SSO", "partner.example"))


@dataclass
class Surroundings:
    """The ids to choose from, as hexadecimal digits; plain data that a process can be handed."""

    organizations: list[str] = field(default_factory=list)
    sites: dict[str, list[str]] = field(default_factory=dict)
    roles: dict[str, float] = field(default_factory=dict)
    groups: list[str] = field(default_factory=list)
    tags: list[str] = field(default_factory=list)
    connections: list[str] = field(default_factory=list)
    authors: list[str] = field(default_factory=list)


def ensure() -> Surroundings:
    """Make what is missing, and return what demo people choose from."""
    found = Surroundings()
    for organization in _organizations():
        found.organizations.append(organization.pk.hex)
        found.sites[organization.pk.hex] = [
            _named(Site, f"{name} {organization.name}", organization=organization).pk.hex
            for name in SITES
        ]
    for name, codenames, weight in ROLES:
        found.roles[_role(name, codenames).pk.hex] = weight
    for role in Role.objects.filter(shipped=True, name__in=SHIPPED):
        found.roles[role.pk.hex] = SHIPPED[role.name]
    found.groups = [_named(Group, name).pk.hex for name in GROUPS]
    found.tags = [_named(Tag, name).pk.hex for name in TAGS]
    found.connections = [BUILT_IN_CONNECTION_ID, *_connections()]
    return found


def _organizations() -> list[Organization]:
    """Return all organizations, parents before children."""
    found = []
    for root, name in ROOTS.items():
        top = _organization(root, name, None)
        found.append(top)
        for region, countries in REGIONS.items():
            middle = _organization(f"{root}_{region}", f"{name} {region.title()}", top)
            found.append(middle)
            found += [
                _organization(f"{root}_{country}", f"{name} {country.title()}", middle)
                for country in countries
            ]
    return found


def _organization(word: str, name: str, parent: Organization | None) -> Organization:
    values = {"name": name, "parent": parent}
    found: Organization
    found, _ = Organization.objects.get_or_create(external_id=f"org_{word}", defaults=values)
    return found


def _named(model: type[models.Model], name: str, **scope: Any) -> Any:
    values = {"name": name}
    return model._default_manager.get_or_create(name_key=fold(name), **scope, defaults=values)[0]


def _role(name: str, codenames: tuple[str, ...]) -> Role:
    values = {"name": name}
    role, new = Role.objects.get_or_create(name_key=fold(name), defaults=values)
    if new:
        permissions = Permission.objects.filter(content_type__app_label="users")
        role.permissions.set(permissions.filter(codename__in=codenames))
    return role


def _connections() -> list[str]:
    found = []
    for name, domain in CONNECTIONS:
        connection, _ = Connection.objects.get_or_create(
            name_key=fold(name), defaults={"name": name, "domain": domain}
        )
        found.append(connection.pk)
    return found
