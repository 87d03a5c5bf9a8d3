"""What the pages of the documentation take from the code."""

import json
from collections.abc import Mapping

from django import template
from django.conf import settings
from django.template.loader import render_to_string

from usersvc.api.filters import StrictFilterSet
from usersvc.openapi import document

from ..api.download.serializers import TOKENS
from ..api.export.serializers import COLUMNS
from ..api.families import FAMILIES
from ..api.jobs.filters import ConnectionFilterSet, JobFilterSet
from ..api.jobs.profile import DEFAULT_FIELDS, PROFILE
from ..docs import words
from ..mcp.catalog import TOOLS
from ..mcp.questions import QUESTIONS as FAMILIES_OF_MODELS
from ..mcp.tool import Tool

register = template.Library()

QUESTIONS: dict[str, type[StrictFilterSet]] = {
    family.prefix: family.filterset for family in FAMILIES
} | {
    "list of jobs": JobFilterSet,
    "connections": ConnectionFilterSet,
    "admin": FAMILIES_OF_MODELS["admin"],
}
# How a language is called in a fence, and by the ending of its files.
LANGUAGES = {"bash": "sh", "python": "py", "javascript": "mjs", "go": "go"}


@register.simple_tag
def parameters(family: str) -> str:
    """Return the table of what a family's question takes, from its FilterSet."""
    return words.parameters(QUESTIONS[family])


@register.simple_tag
def fields(component: str) -> str:
    """Return the table of what an object holds, from the OpenAPI document."""
    absent = "optional" if component.endswith("Body") else "not always there"
    return words.fields(document()["components"]["schemas"][component], absent)


@register.simple_tag
def snippets(name: str, languages: str = " ".join(LANGUAGES)) -> str:
    """Return what does something, in each of the languages."""
    facts = {"base_url": settings.BASE_URL}
    return "\n\n".join(
        f"```{language}\n{render_to_string(f'docs/snippets/{name}.{ending}', facts).strip()}\n```"
        for language, ending in LANGUAGES.items()
        if language in languages.split()
    )


@register.simple_tag
def export_columns() -> str:
    """Return the titles of the export's columns, in their order."""
    return words.words(column.header for column in COLUMNS)


@register.simple_tag
def download_columns() -> str:
    """Return the columns of the download, in their order."""
    return words.words(TOKENS)


@register.simple_tag
def profile() -> str:
    """Return the attributes of the job user profile."""
    return words.words(PROFILE)


@register.simple_tag
def default_fields() -> str:
    """Return the fields of a job's file that names none."""
    return words.words(DEFAULT_FIELDS)


@register.simple_tag
def operations(tag: str) -> str:
    """Return the table of the operations under a tag, from the OpenAPI document."""
    rows = (
        (f"`{method.upper()} {path}`", _said(operation))
        for path, item in document()["paths"].items()
        for method, operation in item.items()
        if tag in operation["tags"]
    )
    return words.table(("Call", "What it does"), rows)


def _said(operation: Mapping[str, str]) -> str:
    more = operation.get("description", "")
    return f"{operation['summary']}. {more}".strip() if more else operation["summary"]


@register.simple_tag
def mcp_tools() -> str:
    """Return the table of the tools that a model may call."""
    rows = ((f"`{tool.name}`", tool.title, _permissions(tool)) for tool in TOOLS)
    return words.table(("Tool", "What it does", "Takes"), rows)


def _permissions(tool: Tool) -> str:
    needed = ", ".join(tool.permissions) or "whoever is signed in"
    return f"{needed}, and what the action takes" if tool.is_destructive else needed


@register.simple_tag
def mcp_json() -> str:
    """Return what an AI tool reads to find the MCP server."""
    return json.dumps(mcp_configuration(), indent=2)


def mcp_configuration() -> dict[str, object]:
    """Return the same as data."""
    headers = {"Authorization": "Bearer ${ACCESS_TOKEN}"}
    server = {"type": "http", "url": f"{settings.BASE_URL}/mcp", "headers": headers}
    return {"mcpServers": {"usersvc": server}}
