"""The tables of what an address takes: its parameters, or the keys of its body."""

from collections.abc import Iterator
from typing import cast

from usersvc.api.body import DescribedField
from usersvc.api.fields import IdField, ParameterField, SortField
from usersvc.api.filters import StrictFilterSet, form_class
from usersvc.api.parameter_schemas import A_UUID, schema_of
from usersvc.api.serializers import StrictSerializer

from .tables import code, codes, table
from .takes import example, in_address, takes

Row = tuple[str, str, str, str]


def parameters(filterset: type[StrictFilterSet]) -> str:
    """Return the table of all parameters that a FilterSet declares."""
    return table(("Parameter", "Takes", "What it is for", "Example"), rows(filterset))


def rows(filterset: type[StrictFilterSet]) -> Iterator[Row]:
    """Yield a row for each parameter: name, what it takes, what it is for, an example."""
    for name, plain in form_class(filterset).base_fields.items():  # type: ignore[attr-defined]
        field = cast(ParameterField, plain)
        schema = schema_of(field)
        value = A_UUID if isinstance(field, IdField) and not field.example else example(schema)
        shown = code(in_address(name, value))
        yield _named(name, field.required), _takes(field), str(field.help_text), shown


def keys(serializer: type[StrictSerializer]) -> str:
    """Return the table of the keys that a body may have."""
    found = serializer().fields.items()
    return table(
        ("Key", "Takes", "What it is for"),
        (
            (_named(name, field.required), _body_type(field), str(field.help_text or ""))
            for name, field in found
        ),
    )


def _takes(field: ParameterField) -> str:
    if isinstance(field, IdField):
        return "any of these ids" if field.many else "id"
    if not isinstance(field, SortField):
        return takes(schema_of(field))
    return f"any of: {codes(field.word.allowed)}, each alone or with {codes(_directions(field))}"


def _directions(field: SortField) -> list[str]:
    return [f":{direction}" for direction in field.DIRECTIONS]


def _body_type(field: object) -> str:
    return takes(field.schema()) if isinstance(field, DescribedField) else "list of objects"


def _named(name: str, required: bool) -> str:
    return f"{code(name)} **required**" if required else code(name)
