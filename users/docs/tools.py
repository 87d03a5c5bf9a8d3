"""What AI tools are told: where the MCP server is, how it is entered, and what it offers."""

import json
from contextlib import suppress
from typing import Any

from django.conf import settings
from django.utils.module_loading import import_string

from .tables import code, table

# By its name: the server has a tool that reads these pages.
TOOLS = "users.mcp.catalog.TOOLS"


def address() -> str:
    """Return where the MCP server is."""
    return f"{settings.BASE_URL}/mcp"


def configuration() -> dict[str, Any]:
    """Return what an mcp.json says of this service."""
    headers = {"Authorization": "Bearer ${ACCESS_TOKEN}"}
    return {"mcpServers": {"usersvc": {"type": "http", "url": address(), "headers": headers}}}


def configuration_text() -> str:
    """Return the mcp.json."""
    return json.dumps(configuration(), indent=2)


def tools() -> list[tuple[str, str]]:
    """Return the name and one sentence of each tool of the MCP server."""
    found: Any = ()
    with suppress(ImportError):
        found = import_string(TOOLS)
    return [(tool.name, tool.title) for tool in found]


def tools_table() -> str:
    """Return the table of the tools; nothing where there are none."""
    rows = [(code(name), sentence) for name, sentence in tools()]
    return table(("Tool", "What it does"), rows) if rows else ""
