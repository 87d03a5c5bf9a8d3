"""What the export family shows of a person: its columns, in the order of its document."""

from ...columns import USER_COLUMNS

COLUMNS = USER_COLUMNS.only(
    [
        "username",
        "email",
        "name",
        "phone",
        "organization",
        "roles",
        "export_status",
        "created_at",
        "last_login",
        "suspended_at",
    ]
)
