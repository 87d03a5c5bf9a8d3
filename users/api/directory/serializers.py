"""What the directory shows of a person; rows of values, for no page of a list needs models."""

from typing import Any

from ...querysets import UserQuerySet

FIELDS = {
    "id": "id",
    "identifier": "username",
    "name": "name",
    "email": "email",
    "user_type": "user_type",
    "status": "status",
    "created_at": "created_at",
    "updated_at": "updated_at",
}
METADATA_FIELDS = {"created_by": "created_by_id", "updated_by": "updated_by_id"}


def people_as_rows(people: UserQuerySet, sees_metadata: bool) -> list[dict[str, Any]]:
    """Return the people as the document's objects; what is unknown of the metadata is left out."""
    fields = FIELDS | (METADATA_FIELDS if sees_metadata else {})
    rows = [
        dict(zip(fields, values, strict=True)) for values in people.values_list(*fields.values())
    ]
    if sees_metadata:
        for row in rows:
            for name in METADATA_FIELDS:
                if row[name] is None:
                    del row[name]
    return rows
