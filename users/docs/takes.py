"""What a value may be, in words: read out of its JSON Schema."""

from typing import Any
from urllib.parse import quote

from .tables import code, codes

Schema = dict[str, Any]
TYPES = {"string": "text", "boolean": "`true` or `false`", "object": "object"}
FORMATS = {"date-time": "instant", "uuid": "UUID", "uri": "address", "email": "e-mail address"}
# Values that show how a type is written, where nothing more exact is known.
EXAMPLES = {"boolean": "true", "string": "ben"}
UNTOUCHED = ":,@*/"  # in an example of an address


def takes(schema: Schema) -> str:
    """Return the type, the words or the bounds, and the default of a value."""
    is_list = schema.get("type") == "array"
    one = schema["items"] if is_list else schema
    said = ("any of: " if is_list else "") + _type(one)
    if "default" in schema:
        said += f"; {code(_plain(schema['default']))} by default"
    return said


def example(schema: Schema) -> str:
    """Return a value that is taken."""
    one: Schema = schema.get("items", schema)
    if found := [*one.get("examples", []), *one.get("enum", [])]:
        return str(found[0])
    if one.get("type") == "integer":
        return str(schema.get("default", one.get("minimum", 1)))
    return EXAMPLES.get(one.get("type", ""), "ben")


def in_address(name: str, value: str) -> str:
    """Return a parameter and its value as they are written in an address."""
    return f"{name}={quote(value, safe=UNTOUCHED)}"


def _type(schema: Schema) -> str:
    if "enum" in schema:
        return codes(schema["enum"])
    if "description" in schema:
        return str(schema["description"]).removesuffix(".")
    if schema.get("type") == "integer":
        return _number(schema)
    if schema.get("format") in FORMATS:
        return FORMATS[schema["format"]]
    if schema.get("type") == "array":
        return f"list of {_type(schema['items'])}"
    said = TYPES.get(schema.get("type", ""), "anything")
    if "maxLength" in schema:
        return f"{said}, at most {schema['maxLength']} characters"
    return said


def _number(schema: Schema) -> str:
    least, most = schema.get("minimum"), schema.get("maximum")
    if most is None or most >= 2**31:  # what a database can hold is no bound to tell of
        return f"whole number from {least} up"
    return f"whole number, {least} to {most}"


def _plain(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
