"""The OpenAPI document: what views say of their operations, in the words of OpenAPI 3.1."""

import re
from collections.abc import Iterator, Mapping
from typing import Any, cast

from drf_spectacular.drainage import error
from drf_spectacular.extensions import OpenApiSerializerFieldExtension
from drf_spectacular.openapi import AutoSchema
from rest_framework import serializers

from .errors import MESSAGES
from .fields import ParameterField
from .filters import StrictFilterSet, form_class
from .operations import Answer, Operation
from .parameter_schemas import UUID, schema_of
from .serializers import StrictSerializer
from .shapes import Shape
from .views import VERSION_HEADER, VERSIONS, ApiView, VersionedView

Schema = dict[str, Any]

PATH_SCHEMAS: Mapping[str, Schema] = {
    "uuid": {"type": "string", "format": "uuid", "pattern": UUID.replace("A-F", "")},
    "str": {"type": "string", "minLength": 1, "pattern": r"^[^/]+$"},
}
# What gunicorn refuses, in HTML, before anything of ours sees it.
BY_THE_SERVER = {
    414: Answer("The address is too long."),
    431: Answer("A header is too long, or there are too many."),
}
WRITES = ("POST", "PUT", "PATCH", "DELETE")
WITH_BODY = ("POST", "PUT", "PATCH")
REFUSAL_HEADERS: Mapping[int, Mapping[str, Schema]] = {
    401: {"WWW-Authenticate": {"type": "string", "description": "How to sign in."}},
    429: {"Retry-After": {"type": "integer", "description": "Seconds to wait."}},
    503: {"Retry-After": {"type": "integer", "description": "Seconds to wait."}},
}
KEY_SCHEMA = {
    "type": "string",
    "pattern": r"^[\x21-\x7e]{1,255}$",
    "description": "A text of your own: the same request with it again does nothing twice.",
}
TAG_SCHEMA = {"type": "string", "examples": ["*"]}


class DescribedField(OpenApiSerializerFieldExtension):  # type: ignore[no-untyped-call]
    """Takes the schema of a field from the field itself, where it says one."""

    target_class = "usersvc.api.body.DescribedField"
    match_subclasses = True

    def map_serializer_field(self, auto_schema: AutoSchema, direction: str) -> Schema:
        schema: Schema = self.target.schema()
        return schema


class ApiSchema(AutoSchema):
    """Reads what a view's operations say; nothing is guessed from names or docstrings."""

    @property
    def own_view(self) -> ApiView:
        """The view, as one of ours."""
        return cast(ApiView, self.view)

    @property
    def operation(self) -> Operation:
        """What the view says of the method."""
        return self.own_view.operations[self.method]

    def is_excluded(self) -> bool:
        if self.method in getattr(self.view, "operations", {}):
            return False
        error(f"{type(self.view).__name__} says nothing of its operation {self.method}")
        return True

    def get_operation_id(self) -> str:
        return self.operation.name

    def get_summary(self) -> str:
        return self.operation.summary

    def get_description(self) -> str:  # type: ignore[override]
        return self.operation.description

    def get_tags(self) -> list[str]:
        return [self.operation.tag or self.own_view.tag]

    def get_auth(self) -> list[Schema]:
        if not self.view.authentication_classes:
            return [{}]
        return [{scheme: []} for scheme in self.own_view.security]

    def get_request_serializer(self) -> Any:
        return self.operation.body

    def _get_parameters(self) -> list[Schema]:
        return [*self._path(), *query(self.operation.question), *self._headers()]

    def _path(self) -> Iterator[Schema]:
        for kind, name in re.findall(r"<(\w+):(\w+)>", self.path_regex):
            shown = "id" if name == "pk" else name
            yield _parameter(shown, "path", dict(PATH_SCHEMAS[kind]), required=True)

    def _headers(self) -> Iterator[Schema]:
        headers = dict(self.operation.headers)
        if isinstance(self.view, VersionedView):
            headers[VERSION_HEADER] = {
                "type": "string",
                "enum": list(VERSIONS),
                "default": VERSIONS[0],
                "description": "The version of the API.",
            }
        if self.operation.is_tagged and self.method in ("GET", *WRITES):
            name = "If-None-Match" if self.method == "GET" else "If-Match"
            headers[name] = {**TAG_SCHEMA, "description": CONDITIONS[name]}
        if self._key_header:
            headers[self._key_header] = KEY_SCHEMA
        for name, schema in headers.items():
            yield _parameter(name, "header", dict(schema))

    @property
    def _key_header(self) -> str:
        return str(getattr(getattr(self.view, self.method.lower()), "takes_key", ""))

    def _get_response_bodies(self, direction: Any = "response") -> Schema:
        answers = {**self.operation.answers, **dict(self._refusals())}
        if self.operation.is_tagged and self.method == "GET":
            answers[304] = Answer("What you have is current.")
        return {str(status): self._response(answers[status]) for status in sorted(answers)}

    def _refusals(self) -> Iterator[tuple[int, Answer]]:
        yield from BY_THE_SERVER.items()
        for status in sorted(self._refused()):
            shape, headers = self.own_view.error_shape(status), REFUSAL_HEADERS.get(status, {})
            yield status, Answer(f"{MESSAGES[status].capitalize()}.", shape, headers=headers)

    def _refused(self) -> set[int]:
        operation = self.operation
        found = {400, 429, 500, *operation.refusals}
        if self.view.authentication_classes:
            found |= {401, 403}
        if "<" in self.path_regex:
            found.add(404)
        if self.method in WITH_BODY:
            found |= {411, 413, 415}
        if operation.is_tagged and self.method in WRITES:
            found.add(412)
        if self._key_header:
            found |= {409, 422}
        return found

    def _response(self, answer: Answer) -> Schema:
        headers = dict(answer.headers)
        if isinstance(self.view, VersionedView):
            headers[VERSION_HEADER] = {"type": "string", "enum": list(VERSIONS)}
        response: Schema = {"description": answer.description}
        if headers:
            response["headers"] = {
                name: _described({"schema": dict(schema)}) for name, schema in headers.items()
            }
        if answer.shape is not None:
            schema = self._schema(answer.shape)
            response["content"] = {kind: {"schema": schema} for kind in answer.media_types}
        return response

    def _schema(self, shape: Any) -> Schema:
        if isinstance(shape, dict):
            return dict(shape)
        if isinstance(shape, list):
            return {"type": "array", "items": self._schema(shape[0])}
        if isinstance(shape, tuple):
            return {"anyOf": [self._schema(one) for one in shape]}
        reference: Schema = self.resolve_serializer(shape, "response").ref
        return reference

    def _map_basic_serializer(self, serializer: Any, direction: Any) -> Schema:
        schema: Schema = super()._map_basic_serializer(serializer, direction)  # type: ignore[no-untyped-call]
        if isinstance(serializer, StrictSerializer | Shape):
            schema["additionalProperties"] = False
        if example := getattr(serializer, "EXAMPLE", None):
            schema["examples"] = [example]
        if isinstance(serializer, Shape):
            for one in schema.get("properties", {}).values():
                one.pop("minLength", None)  # DRF's own, of what is written
        return schema

    def get_serializer_name(self, serializer: serializers.Serializer, direction: Any) -> str:
        name = type(serializer).__name__
        if isinstance(serializer, Shape):
            return name.removesuffix("Shape")
        return f"{name.removesuffix('Serializer')}Body"


CONDITIONS = {
    "If-None-Match": "An entity tag that you have: 304 while it is current.",
    "If-Match": "The entity tag of what you have seen: 412 when it has changed since.",
}


def query(filterset: type[StrictFilterSet]) -> Iterator[Schema]:
    """Yield the parameters of a question, as its fields say them."""
    for name, plain in form_class(filterset).base_fields.items():  # type: ignore[attr-defined]
        field = cast(ParameterField, plain)
        parameter = _parameter(name, "query", schema_of(field), required=field.required)
        if field.help_text:
            parameter["description"] = str(field.help_text)
        if field.many:
            parameter |= {"style": "form", "explode": True}
        if not field.required:  # an empty value is an absent one
            parameter["allowEmptyValue"] = True
        yield parameter


def _parameter(name: str, where: str, schema: Schema, required: bool = False) -> Schema:
    parameter = _described({"name": name, "in": where, "schema": schema})
    return parameter | ({"required": True} if required else {})


def _described(thing: Schema) -> Schema:
    """Return a parameter or a header with the description that its schema brings."""
    description = thing["schema"].pop("description", None)
    return thing | ({"description": description} if description else {})
