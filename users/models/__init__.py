from .audit import AuditEntry
from .connection import Connection
from .group import Group
from .idempotency import IdempotencyKey
from .invitation import Invitation
from .memberships import UserGroup, UserRole, UserSite, UserTag
from .organization import Organization
from .role import Role
from .site import Site
from .tag import Tag
from .user import User

__all__ = [
    "AuditEntry",
    "Connection",
    "Group",
    "IdempotencyKey",
    "Invitation",
    "Organization",
    "Role",
    "Site",
    "Tag",
    "User",
    "UserGroup",
    "UserRole",
    "UserSite",
    "UserTag",
]
