"""The OpenAPI document: fresh, whole, and with every name of the four documents."""

import json
import re
from itertools import pairwise
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from django.urls import URLPattern, URLResolver, get_resolver, resolve
from drf_spectacular.drainage import GENERATOR_STATS
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.renderers import OpenApiJsonRenderer2
from drf_spectacular.validation import validate_schema

from users.api.directory.filters import UserFilterSet
from users.tests.questions import ADDRESSES, QUESTIONS, Kind
from usersvc.api.description import BEARER, EVERYBODY, PROGRAM
from usersvc.api.parameters import Number, Word
from usersvc.api.schema import query
from usersvc.api.schema_hooks import is_below_api_too
from usersvc.api.views import ApiView
from usersvc.openapi import FILE, document

pytestmark = pytest.mark.once

DOCUMENTS = Path(__file__).parent / "documents"
SCHEMA = json.loads(FILE.read_text())
OPERATIONS = {
    (path, method): operation
    for path, item in SCHEMA["paths"].items()
    for method, operation in item.items()
}
TYPE = re.compile(r"(string|integer|boolean|object|array|enum)\b.*", re.IGNORECASE)
# The document, and the operation that it documents.
OF_DOCUMENTS = {
    "users-list.txt": ("/users", "get"),
    "users-export.txt": ("/users/export", "get"),
    "users-download.txt": ("/api/v2/users/download", "get"),
    "users-exports-job.txt": ("/api/v2/jobs/users-exports", "post"),
}
# Counted by hand; the list's own document lost the name of its search.
NAMES = {
    "users-list.txt": 19,
    "users-export.txt": 14,
    "users-download.txt": 26,
    "users-exports-job.txt": 10,
}
# OpenAPI says these two by securitySchemes and by the media types of bodies.
ELSEWHERE = {"Authorization", "Content-Type"}


def generated():
    GENERATOR_STATS.reset()
    schema = SchemaGenerator().get_schema(request=None, public=True)
    return schema, [*GENERATOR_STATS._warn_cache, *GENERATOR_STATS._error_cache]


def test_the_file_is_what_the_code_says_now():
    schema, complaints = generated()
    assert complaints == []
    fresh = OpenApiJsonRenderer2().render(schema, renderer_context={}).decode()
    assert json.loads(fresh) == SCHEMA, "run `make schema`"


def test_it_is_openapi_3_1():
    assert SCHEMA["openapi"] == "3.1.1"
    validate_schema(SCHEMA)


def test_operations_have_names_of_their_own():
    names = [operation["operationId"] for operation in OPERATIONS.values()]
    assert len(set(names)) == len(names)
    assert all(re.fullmatch(r"[a-z]+(_[a-z]+)+", name) for name in names)


def test_operations_belong_to_a_described_tag_and_say_what_they_are():
    tags = {tag["name"] for tag in SCHEMA["tags"]}
    for operation in OPERATIONS.values():
        assert set(operation["tags"]) <= tags
        assert operation["summary"]


def test_every_operation_says_whether_it_takes_a_token():
    public = {each["operationId"] for each in OPERATIONS.values() if each["security"] == [{}]}
    assert public == {
        "create_client_token",
        "create_token",
        "create_token_with_code",
        "refresh_token",
        "revoke_client_token",
        "revoke_token",
        "get_file",
        "get_health",
        "get_jwks",
        "get_readiness",
    }
    others = [each for each in OPERATIONS.values() if each["operationId"] not in public]
    schemes = [{scheme: []} for scheme in EVERYBODY]
    assert set(SCHEMA["components"]["securitySchemes"]) == set(EVERYBODY)
    for_people = {each["operationId"] for each in others if each["security"] == [{BEARER: []}]}
    assert for_people == {"get_me", "list_sessions", "end_session"}
    assert all(
        operation["security"] == schemes
        for operation in others
        if operation["operationId"] not in for_people
    )


def test_where_programs_sign_in_is_a_whole_address(settings):
    schemes = document()["components"]["securitySchemes"]
    grant = schemes[PROGRAM]["flows"]["clientCredentials"]
    assert grant["tokenUrl"] == f"{settings.BASE_URL}/oauth/token"
    assert resolve(urlsplit(grant["tokenUrl"]).path).url_name == "oauth-token"


def routes(patterns, prefix="/"):
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            yield from routes(pattern.url_patterns, prefix + str(pattern.pattern))
        elif isinstance(pattern, URLPattern):
            yield prefix + str(pattern.pattern), getattr(pattern.callback, "cls", None)


def test_every_address_of_the_api_is_there():
    views = [(path, view) for path, view in routes(get_resolver().url_patterns) if view]
    assert len(views) > 90
    for route, view in views:
        if not issubclass(view, ApiView) or not hasattr(view, "operations"):
            continue
        path = re.sub(r"<\w+:(\w+)>", r"{\1}", route).replace("{pk}", "{id}")
        short = path.removeprefix("/api")
        shown = path if path in SCHEMA["paths"] else short
        assert set(SCHEMA["paths"][shown]) == {method.lower() for method in view.operations}
        assert path == shown or is_below_api_too(shown)


def test_every_view_says_what_it_does():
    silent = [
        view.__name__
        for _, view in routes(get_resolver().url_patterns)
        if view and issubclass(view, ApiView) and not hasattr(view, "operations")
    ]
    assert silent == []


def test_what_is_below_api_too_says_so():
    assert OPERATIONS["/users", "get"]["servers"] == [{"url": "/"}, {"url": "/api"}]
    assert "servers" not in OPERATIONS["/api/v2/users/download", "get"]


# -- names of the documents


def names_in(text):
    """Return the names that a document gives to parameters and fields, each before its type."""
    bullets = re.findall(r"^\s*•\s+(\w+)(?:\s+(?:string|integer|array|object)\b.*)?$", text, re.M)
    lines = [line.strip() for line in text.splitlines()]
    pairs = pairwise(lines)
    plain = [name for name, kind in pairs if re.fullmatch(r"[\w-]+", name) and TYPE.fullmatch(kind)]
    examples = re.findall(r'"(\w+)"\s*:', text)
    kinds = {"string", "integer", "boolean", "object", "200", "401", "404", "500"}
    return {*bullets, *plain, *examples} - kinds - {"url"}  # of an example of mcp.json


def names_of(node, seen):
    """Yield the names of all parameters and properties below a part of the schema."""
    if isinstance(node, list):
        for item in node:
            yield from names_of(item, seen)
    elif isinstance(node, dict):
        if "in" in node and "name" in node:
            yield node["name"]
        if isinstance(properties := node.get("properties"), dict):
            yield from properties
        if (reference := node.get("$ref")) and reference not in seen:
            seen.add(reference)
            found = SCHEMA
            for step in reference.removeprefix("#/").split("/"):
                found = found[step]
            yield from names_of(found, seen)
        for inner in node.values():
            yield from names_of(inner, seen)


@pytest.mark.parametrize("document", OF_DOCUMENTS)
def test_every_name_of_a_document_is_there(document):
    names = names_in((DOCUMENTS / document).read_text()) - ELSEWHERE
    known = set(names_of(OPERATIONS[OF_DOCUMENTS[document]], set()))
    assert names - known == set()
    assert len(names) == NAMES[document]


@pytest.mark.parametrize("address", ADDRESSES, ids=lambda address: address.name)
def test_every_parameter_is_there(address):
    names = [each["name"] for each in parameters_of(address) if each["in"] == "query"]
    assert sorted(names) == sorted(parameter.name for parameter in address.parameters)


def parameters_of(address):
    path = re.sub(r"/con_\w+", "/{connection_id}", address.path)
    return OPERATIONS[path if path in SCHEMA["paths"] else path.removeprefix("/api"), "get"][
        "parameters"
    ]


def schema_of(address, parameter):
    found = next(each for each in parameters_of(address) if each["name"] == parameter.name)
    assert found.get("required", False) is parameter.required
    assert found["description"]
    one = found["schema"].get("items", found["schema"])
    assert {"enum", "minimum", "examples"} & set(one) or one["type"] == "boolean"
    return found["schema"]


@pytest.mark.parametrize(
    ("address", "parameter"), QUESTIONS, ids=[f"{a.name}-{p.name}" for a, p in QUESTIONS]
)
def test_a_parameter_takes_what_its_document_says(address, parameter):
    schema = schema_of(address, parameter)
    one = schema.get("items", schema)
    if parameter.kind in (Kind.WORD, Kind.WORDS):
        assert one["enum"] == parameter.words
    elif parameter.kind is Kind.SORT:
        for word in parameter.words:
            assert re.search(one["pattern"], word)
            assert re.search(one["pattern"], f"{word}:asc")
        assert not re.search(one["pattern"], "password:asc")
    elif parameter.kind is Kind.NUMBER:
        assert one["type"] == "integer"
        assert parameter.allowed.endswith(str(one.get("maximum", "up")))
        assert f" {one['minimum']} " in parameter.allowed
    else:
        kinds = {Kind.BOOLEAN: "boolean"}
        assert one["type"] == kinds.get(parameter.kind, "string")
    several = {Kind.WORDS, Kind.SORT, Kind.NAMES, Kind.IDS}
    assert (schema["type"] == "array") is (parameter.kind in several)


def test_a_parameter_that_is_declared_documents_itself():
    class Longer(UserFilterSet):
        colour = Word(allowed=["red", "blue"], help_text="The colour.", required=True)
        height = Number(least=1, most=9, initial=3)

    found = {parameter["name"]: parameter for parameter in query(Longer)}
    assert found["colour"] == {
        "name": "colour",
        "in": "query",
        "schema": {"type": "string", "enum": ["red", "blue"]},
        "required": True,
        "description": "The colour.",
    }
    assert found["height"]["allowEmptyValue"] is True
    number = {"type": "integer", "minimum": 1, "maximum": 9, "default": 3}
    assert found["height"]["schema"] == number


# -- the document as it is served


@pytest.mark.django_db
def test_anybody_may_read_it(call, settings, django_assert_num_queries):
    with django_assert_num_queries(0):
        answer = call().get("/openapi.json")
    assert answer.status_code == 200
    assert answer["Content-Type"] == "application/json"
    assert "max-age" in answer["Cache-Control"]
    served = answer.json()
    assert served["servers"] == [{"url": settings.BASE_URL}]
    assert served["paths"]["/users"]["get"]["servers"][1] == {"url": f"{settings.BASE_URL}/api"}
    assert served["components"]["schemas"] == SCHEMA["components"]["schemas"]
    known = call().get("/openapi.json", HTTP_IF_NONE_MATCH=answer["ETag"])
    assert known.status_code == 304
