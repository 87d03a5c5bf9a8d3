from .api_key import ApiKey
from .audit import AuditEntry
from .audit_seal import AuditSeal
from .bulk_outcome import BulkOutcome
from .connection import Connection
from .delivery import Delivery
from .export_register import ExportBlock
from .export_schedule import ExportSchedule
from .group import Group
from .idempotency import IdempotencyKey
from .invitation import Invitation
from .list_preference import ListPreference
from .lockout import SignInTries
from .machine import Machine
from .memberships import UserGroup, UserRole, UserSite, UserTag
from .organization import Organization
from .overview import Overview
from .password_before import PasswordBefore
from .password_notice import PasswordNotice
from .policy import Policy
from .revoked_token import RevokedToken
from .role import Role
from .saved_view import SavedView
from .service_account import ServiceAccount
from .sign_in_step import SignInStep
from .site import Site
from .tag import Tag
from .token_family import TokenFamily
from .user import User
from .webhook import Webhook

__all__ = [
    "ApiKey",
    "AuditEntry",
    "AuditSeal",
    "BulkOutcome",
    "Connection",
    "Delivery",
    "ExportBlock",
    "ExportSchedule",
    "Group",
    "IdempotencyKey",
    "Invitation",
    "ListPreference",
    "Machine",
    "Organization",
    "Overview",
    "PasswordBefore",
    "PasswordNotice",
    "Policy",
    "RevokedToken",
    "Role",
    "SavedView",
    "ServiceAccount",
    "SignInStep",
    "SignInTries",
    "Site",
    "Tag",
    "TokenFamily",
    "User",
    "UserGroup",
    "UserRole",
    "UserSite",
    "UserTag",
    "Webhook",
]
