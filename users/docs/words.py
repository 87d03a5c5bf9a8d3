"""What parameters and fields take, in words; from the fields and the schemas that say it."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, cast

from usersvc.api.fields import ParameterField, SortField
from usersvc.api.filters import StrictFilterSet, form_class
from usersvc.api.parameter_schemas import schema_of

Schema = Mapping[str, Any]
TYPES = {
    "string": "text",
    "boolean": "`true` or `false`",
    "integer": "whole number",
    "object": "object",
    "null": "`null`",
    "array": "list",
}
FORMATS = {
    "uuid": "UUID",
    "date-time": "instant",
    "date": "date",
    "uri": "URL",
    "email": "e-mail address",
    "binary": "file",
}


def parameters(filterset: type[StrictFilterSet]) -> str:
    """Return the table of what a question takes."""
    fields = form_class(filterset).base_fields  # type: ignore[attr-defined]
    rows = (_parameter(name, cast(ParameterField, field)) for name, field in fields.items())
    return table(("Parameter", "Takes", "Meaning"), rows)


def _parameter(name: str, field: ParameterField) -> tuple[str, str, str]:
    schema = schema_of(field)
    one = schema.get("items", schema)
    takes = [_sort_keys(field) if isinstance(field, SortField) else takes_of(schema)]
    if field.required:
        takes.append("**required**")
    if "default" in schema:
        takes.append(f"default `{schema['default']}`")
    if examples := one.get("examples"):
        takes.append(f"such as `{examples[0]}`")
    return f"`{name}`", ", ".join(takes), str(field.help_text or f"{field.label}.")


def _sort_keys(field: SortField) -> str:
    return f"any of {words(field.word.allowed)}, each with `:asc` or `:desc`"


def takes_of(schema: Schema) -> str:
    """Return what a schema takes, in a few words."""
    if "items" in schema:
        return f"any of {takes_of(schema['items'])}" if "enum" in schema["items"] else "one or more"
    if "enum" in schema:
        return words(schema["enum"])
    if "$ref" in schema:
        return f"[{schema['$ref'].rpartition('/')[2]}](/docs/reference)"
    if several := schema.get("anyOf", schema.get("oneOf", schema.get("allOf"))):
        return " or ".join(takes_of(each) for each in several)
    kind = schema.get("type", "object")
    kinds = kind if isinstance(kind, list) else [kind]
    named = [FORMATS.get(schema.get("format", ""), TYPES[kinds[0]])]
    named += [TYPES[each] for each in kinds[1:]]
    return " or ".join(named) + _bounds(schema)


def _bounds(schema: Schema) -> str:
    least, most, longest = (schema.get(key) for key in ("minimum", "maximum", "maxLength"))
    if least is not None and schema.get("type") == "integer":
        return f" from {least}" + (f" to {most}" if most is not None else "")
    return f" of at most {longest} characters" if longest else ""


def words(allowed: Iterable[Any]) -> str:
    """Return words as code, with commas between."""
    return ", ".join(f"`{word}`" for word in allowed)


def fields(component: Schema, absent: str) -> str:
    """Return the table of the keys of an object; absent says that a key need not be there."""
    required = set(component.get("required", ()))
    rows = (
        (f"`{name}`", _held(schema, "" if name in required else absent), _meaning(schema))
        for name, schema in component["properties"].items()
    )
    return table(("Field", "Holds", "Meaning"), rows)


def _held(schema: Schema, absent: str) -> str:
    items = schema.get("items")
    held = f"list of {takes_of(items)}" if items else takes_of(schema)
    return f"{held}, {absent}" if absent else held


def _meaning(schema: Schema) -> str:
    return str(schema.get("description", ""))


def table(titles: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a table in Markdown."""
    lines = [titles, ["---" for _ in titles], *rows]
    escaped = ([cell.replace("|", r"\|") for cell in line] for line in lines)
    return "\n".join(f"| {' | '.join(line)} |" for line in escaped)
