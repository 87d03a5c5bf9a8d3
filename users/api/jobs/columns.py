"""The columns of a job's file: what each path into the profile shows."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from django.db.models import TextField, Value

from exports.columns import Column, ColumnSet
from exports.kinds import Absent, JsonPath, NthName

from ...columns import USER_COLUMNS
from . import profile

# attribute of the profile: the column that has it
COLUMNS = {
    "user_id": "id",
    "mfa": "mfa",
    "logins_count": "login_count",
    "connection": "connection",
} | {
    name: name
    for name in (
        "email",
        "email_verified",
        "username",
        "phone",
        "name",
        "given_name",
        "family_name",
        "nickname",
        "picture",
        "created_at",
        "updated_at",
        "roles",
        "groups",
        "organization",
        "tags",
        "status",
        "last_login",
        "user_metadata",
        "app_metadata",
    )
}
# What an object of identities, of which everybody has one, holds.
IDENTITY = {"connection": "connection", "user_id": "id"}
_INDEX = re.compile(r"\[([0-9]+)\]")
_IDENTITY = re.compile(r"identities\[0\]\.(\w+)")
NOBODY_HAS_IT = Value(None, output_field=TextField())


def columns_of(fields: Iterable[Mapping[str, str]]) -> ColumnSet:
    """Return the columns of a spec's fields, under their titles; names tell of the paths."""
    wanted = list(fields)
    often = Counter(field["name"] for field in wanted)
    return ColumnSet(
        _titled(_column(field["name"]), field, is_alone=often[field["name"]] == 1)
        for field in wanted
    )


def _titled(column: Column, field: Mapping[str, str], *, is_alone: bool) -> Column:
    title = field["title"]
    name = field["name"] if is_alone else f"{field['name']} as {title}"
    return Column(
        name,
        title,
        column.source,
        column.kind,
        permission=column.permission,
        zone=column.zone,
        key=title,
    )


def _column(path: str) -> Column:
    """Return the column that a path means; one of nothing where nobody has it."""
    root = profile.root_of(path)
    rest = path[len(root) :]
    if found := _IDENTITY.fullmatch(path):
        return _plain(IDENTITY.get(found[1]))
    shape = profile.PROFILE.get(root)
    if shape is profile.Shape.OBJECT:
        return _within(USER_COLUMNS[COLUMNS[root]], rest)
    if shape is profile.Shape.NAMES and (found := _INDEX.fullmatch(rest)):
        column = USER_COLUMNS[COLUMNS[root]]
        return Column(path, path, column.source, NthName(index=int(found[1])))
    return _plain(COLUMNS.get(root) if rest == "" else None)


def _plain(name: str | None) -> Column:
    return USER_COLUMNS[name] if name else Column("", "", NOBODY_HAS_IT, Absent())


def _within(column: Column, rest: str) -> Column:
    steps = tuple(steps_of(rest))
    kind: Any = JsonPath(steps=steps) if steps else column.kind
    return Column(column.name, column.header, column.source, kind, permission=column.permission)


def steps_of(rest: str) -> Iterable[str | int]:
    """Yield the keys and indices of what follows an attribute, such as .address.lines[0]."""
    for index, key in re.findall(r"\[([0-9]+)\]|\.?([^.\[\]]+)", rest):
        yield int(index) if index else key
