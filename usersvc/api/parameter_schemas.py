"""What a parameter takes, as JSON Schema (2020-12): said by the field that reads it."""

from functools import singledispatch
from typing import Any

from . import fields

UUID = r"^[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}$"
AN_INSTANT, A_UUID = "2021-05-06T10:50:35Z", "98d91cd7-860d-4869-937a-5af32eff2f4a"

Schema = dict[str, Any]


def schema_of(field: fields.ParameterField) -> Schema:
    """Return the schema of a parameter's value; of a list of them where there may be several."""
    one = of_one(field)
    if field.example:
        one["examples"] = [field.example]
    schema = {"type": "array", "items": one} if field.many else one
    if field.initial is not None:
        schema["default"] = field.initial
    return schema


@singledispatch
def of_one(field: fields.ParameterField) -> Schema:
    """Return the schema of one value."""
    return {"type": "string"}


@of_one.register
def _word(field: fields.WordField) -> Schema:
    return {"type": "string", "enum": list(field.allowed)}


@of_one.register
def _text(field: fields.TextField) -> Schema:
    return {"type": "string", "maxLength": fields.LONGEST_TEXT}


@of_one.register
def _uuid(field: fields.UuidField) -> Schema:
    return {"type": "string", "format": "uuid", "pattern": UUID, "examples": [A_UUID]}


@of_one.register
def _boolean(field: fields.BooleanField) -> Schema:
    return {"type": "boolean"}


@of_one.register
def _number(field: fields.NumberField) -> Schema:
    most = {} if field.most is None else {"maximum": field.most}
    return {"type": "integer", "minimum": field.least, **most}


@of_one.register
def _zone(field: fields.ZoneField) -> Schema:
    return {"type": "string", "description": "An IANA time zone.", "examples": ["Asia/Kolkata"]}


@of_one.register
def _instant(field: fields.InstantField) -> Schema:
    return {"type": "string", "format": "date-time", "examples": [AN_INSTANT]}


@of_one.register
def _sort(field: fields.SortField) -> Schema:
    words, directions = "|".join(field.word.allowed), "|".join(field.DIRECTIONS)
    return {"type": "string", "pattern": f"^({words})(:({directions}))?$"}
