"""What the directory shows of a person; rows of values, for no page of a list needs models."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from rest_framework import serializers

from exports.columns import ColumnSet
from exports.formats import FORMATS
from usersvc.api.shapes import Shape

from ...columns import METADATA, USER_COLUMNS
from ...exports import UserExport
from ...models import User
from ...querysets import UserQuerySet
from ..filtering import PeopleFilterSet

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
TAKES_METADATA = "Shown with the metadata permission."


class UserShape(Shape):
    """A user, as lists show it."""

    id = serializers.UUIDField()
    identifier = serializers.CharField(help_text="The username.")
    name = serializers.CharField(allow_blank=True)
    email = serializers.CharField()
    user_type = serializers.ChoiceField(User.Type.values)
    status = serializers.ChoiceField(User.Status.values)
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()
    created_by = serializers.UUIDField(required=False, help_text=TAKES_METADATA)
    updated_by = serializers.UUIDField(required=False, help_text=TAKES_METADATA)


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


def columns(fields: Sequence[str], actor: Any) -> ColumnSet:
    """Return the columns of the fields, in that order; PermissionError for one not to be seen."""
    names = FIELDS | {name: name for name in METADATA_FIELDS}
    picked = USER_COLUMNS.pick([names[field] for field in fields], actor)
    pairs = zip(fields, picked, strict=True)
    return ColumnSet(replace(column, name=field, header=field) for field, column in pairs)


def export_of(question: PeopleFilterSet) -> UserExport:
    """Return the export of everybody on the pages that a question asks for."""
    people = question.people()
    shown = [*FIELDS, *(METADATA_FIELDS if question.actor.has_perm(METADATA) else ())]
    return UserExport(
        family="directory",
        question=question,
        people=people,
        columns=columns(question.answers["_fields"] or shown, question.actor),
        format=FORMATS[question.answers["format"]],
        at=question.at,
    )
