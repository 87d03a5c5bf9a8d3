"""USER_COLUMNS: every column of a person that a file can show, once."""

from django.db.models import F

from exports.columns import Column, ColumnSet
from exports.kinds import Instant, Names, Text

from . import status

USER_COLUMNS = ColumnSet(
    [
        Column("username", "Username", "username", Text()),
        Column("email", "Email", "email", Text()),
        Column("name", "Name", "name", Text()),
        Column("phone", "Phone", "phone", Text()),
        Column("organization", "Organization", F("organization__name"), Text()),
        Column("roles", "User Roles", "roles__name", Names()),
        Column("export_status", "Status", status.export_status_sql(), Text()),
        Column("created_at", "Created At", "created_at", Instant()),
        Column("last_login", "Latest Login At", "last_login", Instant()),
        Column("suspended_at", "Suspended At", "suspended_at", Instant()),
    ]
)
