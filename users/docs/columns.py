"""The tables of what answers and files hold."""

from collections.abc import Iterable, Mapping

from rest_framework import serializers

from exports import kinds
from exports.columns import Column
from usersvc import clock
from usersvc.api.operations import Schema
from usersvc.api.shapes import Shape

from ..api.download.serializers import TOKENS, columns
from ..api.jobs.profile import DEFAULT_FIELDS, PROFILE
from .tables import code, codes, table

# kind of a column: what its cells hold
HOLDS = {
    kinds.Uuid: "UUID",
    kinds.Instant: "instant",
    kinds.ZonedInstant: "instant, in the zone of the schedule",
    kinds.Boolean: "`true` or `false`",
    kinds.Number: "whole number",
    kinds.Names: "names",
    kinds.Word: "word",
}


def fields_of(shape: type[Shape]) -> str:
    """Return the table of the keys of an answer."""
    found = shape().fields.items()
    return table(
        ("Key", "Holds", "Note"),
        ((code(name), _held(field), str(field.help_text or "")) for name, field in found),
    )


def titles_of(found: Iterable[Column]) -> str:
    """Return the table of the columns of a file, by their titles."""
    return table(("Column", "Holds"), ((each.header, _cells(each)) for each in found))


def tokens() -> str:
    """Return the table of the download's columns: the token, and what the column holds."""
    found = columns(list(TOKENS), clock.now())
    return table(
        ("Column", "Shows", "Holds"),
        ((code(each.name), TOKENS[each.name].replace("_", " "), _cells(each)) for each in found),
    )


def profile() -> str:
    """Return the table of the job user profile."""
    roots = {path.partition("[")[0] for path in DEFAULT_FIELDS}
    return table(
        ("Attribute", "Holds", "In a file without `fields`"),
        (
            (code(name), shape.value, "yes" if name in roots else "")
            for name, shape in PROFILE.items()
        ),
    )


def headers(found: Mapping[str, Schema]) -> str:
    """Return the table of the headers of an answer."""
    return table(
        ("Header", "What it says"),
        ((code(name), schema["description"]) for name, schema in found.items()),
    )


def _cells(column: Column) -> str:
    return HOLDS.get(type(column.kind), "text")


def _held(field: serializers.Field) -> str:
    if isinstance(field, serializers.ChoiceField):
        return codes(map(str, field.choices))
    if isinstance(field, serializers.UUIDField):
        return "UUID"
    return "instant" if isinstance(field, serializers.DateTimeField) else "text"
