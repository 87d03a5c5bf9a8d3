"""USER_COLUMNS: every column of a person that a file can show, once."""

from datetime import datetime

from exports.columns import Column, ColumnSet
from exports.kinds import Boolean, Instant, Json, Names, Number, Text, Uuid, Word, ZonedInstant

from . import status

METADATA = "users.view_user_metadata"

USER_COLUMNS = ColumnSet(
    [
        Column("id", "Id", "id", Uuid()),
        Column("username", "Username", "username", Text()),
        Column("email", "Email", "email", Text()),
        Column("email_verified", "Email Verified", "email_verified", Boolean()),
        Column("name", "Name", "name", Text()),
        Column("given_name", "Given Name", "given_name", Text()),
        Column("family_name", "Family Name", "family_name", Text()),
        Column("nickname", "Nickname", "nickname", Text()),
        Column("phone", "Phone", "phone", Text()),
        Column("user_type", "User Type", "user_type", Text()),
        Column("organization", "Organization", "organization__name", Text()),
        Column("picture", "Picture", "picture", Text()),
        Column("connection", "Connection", "connection__name", Text()),
        Column("auth_domain", "Auth Domain", "connection__domain", Text()),
        Column("roles", "User Roles", "roles__name", Names()),
        Column("groups", "Groups", "groups__name", Names()),
        Column("tags", "Tags", "tags__name", Names()),
        Column("status", "Stored Status", "status", Word()),
        Column("export_status", "Status", status.export_status_sql(), Word()),
        Column("mfa", "MFA", "mfa_enabled", Boolean()),
        Column("created_at", "Created At", "created_at", Instant()),
        Column("updated_at", "Updated At", "updated_at", Instant()),
        Column("last_login", "Latest Login At", "last_login", Instant()),
        Column("login_count", "Login Count", "login_count", Number()),
        Column("suspended_at", "Suspended At", "suspended_at", Instant()),
        Column("password_expires_at", "Password Expires At", "password_expires_at", Instant()),
        Column(
            "access_starts_at",
            "Access Starts At",
            "access_starts_at",
            ZonedInstant(),
            zone="access_timezone",
        ),
        Column(
            "access_ends_at",
            "Access Ends At",
            "access_ends_at",
            ZonedInstant(),
            zone="access_timezone",
        ),
        Column("access_timezone", "Access Time Zone", "access_timezone", Text()),
        Column("created_by", "Created By", "created_by", Uuid(), METADATA),
        Column("updated_by", "Updated By", "updated_by", Uuid(), METADATA),
        Column("user_metadata", "User Metadata", "user_metadata", Json(), METADATA),
        Column("app_metadata", "App Metadata", "app_metadata", Json(), METADATA),
    ]
)


def account_state(at: datetime) -> Column:
    """Return the column of the account state at an instant."""
    return Column("account_state", "Account State", status.account_state_sql(at), Word())
