"""The columns of a job's file: what each path into the profile shows."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from django.db.models import TextField, Value
from django.db.models.functions import JSONObject

from exports.columns import Column, ColumnSet
from exports.kinds import Absent, Json, JsonPath, NthName

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
_IDENTITIES = re.compile(r"identities(\[0\])?")
NOBODY_HAS_IT = Value(None, output_field=TextField())


@dataclass(frozen=True)
class Identity(Json):
    """The one identity that everybody has: alone, or in its list."""

    in_list: bool = False

    def value(self, raw: Any) -> Any:
        found = super().value(raw)
        # In an order of ours, and with the dashes that SQLite does not keep.
        one = {"connection": found["connection"], "user_id": str(UUID(hex=found["user_id"]))}
        return [one] if self.in_list else one


def columns_of(fields: Iterable[Mapping[str, str]]) -> ColumnSet:
    """Return the columns of a spec's fields, under their titles; names tell of the paths."""
    wanted = list(fields)
    often = Counter(field["name"] for field in wanted)
    columns = ColumnSet(
        replace(_column(path), name=path if often[path] == 1 else f"{path} as {title}")
        for path, title in ((field["name"], field["title"]) for field in wanted)
    )
    return columns.titled(field["title"] for field in wanted)


def _column(path: str) -> Column:
    """Return the column that a path means; one of nothing where nobody has it."""
    root = profile.root_of(path)
    rest = path[len(root) :]
    if found := _IDENTITY.fullmatch(path):
        return _plain(IDENTITY.get(found[1]))
    if found := _IDENTITIES.fullmatch(path):
        source = JSONObject(connection="connection__name", user_id="id")
        return Column("", "", source, Identity(in_list=found[1] is None))
    shape = profile.PROFILE.get(root)
    if shape is profile.Shape.OBJECT:
        return _within(USER_COLUMNS[COLUMNS[root]], rest)
    if shape is profile.Shape.NAMES and (found := _INDEX.fullmatch(rest)):
        return replace(USER_COLUMNS[COLUMNS[root]], kind=NthName(index=int(found[1])))
    return _plain(COLUMNS.get(root) if rest == "" else None)


def _plain(name: str | None) -> Column:
    return USER_COLUMNS[name] if name else Column("", "", NOBODY_HAS_IT, Absent())


def _within(column: Column, rest: str) -> Column:
    steps = tuple(steps_of(rest))
    return replace(column, kind=JsonPath(steps=steps)) if steps else column


def steps_of(rest: str) -> Iterable[str | int]:
    """Yield the keys and indices of what follows an attribute, such as .address.lines[0]."""
    for index, key in re.findall(r"\[([0-9]+)\]|\.?([^.\[\]]+)", rest):
        yield int(index) if index else key
